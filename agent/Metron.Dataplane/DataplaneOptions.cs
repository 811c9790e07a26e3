using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets.Hashing;

namespace Metron.Dataplane;

/// <summary>How the dataplane of a server is run.</summary>
public sealed record DataplaneOptions
{
    /// <summary>The workers; a worker's index is its place in the list.</summary>
    public required IReadOnlyList<WorkerOptions> Workers { get; init; }

    /// <summary>Makes an instance of a function for one worker. Called by the thread that deploys, never by a worker.</summary>
    public Func<NetworkFunctionConfiguration, NetworkFunction> CreateFunction { get; init; } = CreateWithSecretSeed();

    /// <summary>
    /// Number of flow groups: 0, or a power of two up to 4,096. 0: every worker has a group of its own for good, and ingress tags name workers. Otherwise
    /// groups can move between workers: <see cref="Metron.NetworkFunctions.Chains.IngressTag.Worker"/> names a group, or all of them; at first, group i is worker i mod n's.
    /// </summary>
    public int FlowGroups { get; init; }

    /// <summary>
    /// How the NIC hashes what it does not find the flow group of by tag: needed for tags that name all flow groups. Null: there are no such tags.
    /// </summary>
    public FrameHash? Hash { get; init; }

    /// <summary>Packets of a flow group that may wait, on the worker that it moves to, until it comes: 32 to 65,536. More are dropped.</summary>
    public int EarlyPackets { get; init; } = 512;

    /// <summary>How long packets wait for their flow group before they are dropped.</summary>
    public TimeSpan MigrationDeadline { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Most flow entries of a worker for each IP version: 1,024 to 33,554,432. When they are all in use, the idlest of some go. A flow group that can move
    /// has room for four times its even share.
    /// </summary>
    public int MaximumFlowsPerWorker { get; init; } = 1 << 20;

    /// <summary>How long a flow entry is kept without packets. The functions' own timeouts are independent of it, and longer.</summary>
    public TimeSpan FlowIdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ticks of the time stamp counter per second, to count cycles in; 0: count nanoseconds.</summary>
    public ulong TscHertz { get; init; }

    /// <summary>
    /// Of a worker's polls that found packets one in so many, on average, is measured: what its cycles go to, and how long its packets take. 1 to
    /// 1,048,576; 0: none is.
    /// </summary>
    public int SampleInterval { get; init; } = 256;

    /// <summary>How long a worker sleeps after <see cref="EmptyPollsBeforeSleep"/> polls that found nothing; zero: it never sleeps.</summary>
    public TimeSpan IdleSleep { get; init; }

    /// <summary>Polls in a row that find nothing before a worker sleeps.</summary>
    public int EmptyPollsBeforeSleep { get; init; } = 1000;

    /// <summary>Secret number by which frames are known that probe closed programs; 0: none is.</summary>
    public ulong ProbeToken { get; init; }

    /// <summary>How long deploying, undeploying and moving flow groups wait for a worker to take notice before they fail, or give up.</summary>
    public TimeSpan WorkerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    private static Func<NetworkFunctionConfiguration, NetworkFunction> CreateWithSecretSeed()
    {
        var resources = WorkerResources.Default with { HashSeed = (ulong)Random.Shared.NextInt64() };
        return configuration => NetworkFunctionFactory.Create(configuration, resources);
    }
}

/// <summary>How one worker is run.</summary>
public sealed record WorkerOptions
{
    /// <summary>CPU that its thread is pinned to; -1: not pinned.</summary>
    public int Core { get; init; } = -1;

    /// <summary>
    /// Ingress tag that frames without any tag are taken to carry: they leave without a tag too. Null: they are dropped as
    /// <c>unknownTag</c>. For plain traces and devices without a tagging switch.
    /// </summary>
    public uint? UntaggedIngress { get; init; }

    /// <summary>Names of the closed programs that it has interfaces to, at most 100, in the order in which their ports are given.</summary>
    public IReadOnlyList<string> Appliances { get; init; } = [];
}
