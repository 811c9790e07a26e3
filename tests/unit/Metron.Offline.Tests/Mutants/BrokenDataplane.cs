using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Offline.Tests;

/// <summary>A dataplane that is wrong in one thing.</summary>
internal abstract class BrokenDataplane
{
    /// <summary>Whether the chain has something that it can get wrong.</summary>
    public abstract bool Concerns(ChainSpec spec);

    /// <summary>Makes a function of a worker.</summary>
    public virtual NetworkFunction Function(NetworkFunctionConfiguration configuration) =>
        NetworkFunctionFactory.Create(configuration, WorkerResources.Default);

    /// <summary>What comes of a packet.</summary>
    /// <param name="arrived">The frame as it was on the wire.</param>
    /// <param name="right">What should come of it.</param>
    public virtual OfflineResult Result(byte[] arrived, OfflineResult right) => right;
}

/// <summary>One that runs functions of a kind by another configuration than it was given.</summary>
internal sealed class Misconfigured<T>(Func<T, T> change) : BrokenDataplane
    where T : NetworkFunctionConfiguration
{
    public override bool Concerns(ChainSpec spec) => spec.Functions.Any(function => function is T);

    public override NetworkFunction Function(NetworkFunctionConfiguration configuration) =>
        base.Function(configuration is T known ? change(known) : configuration);
}

/// <summary>One whose functions of a kind are broken.</summary>
internal sealed class WithBroken<T>(Func<NetworkFunction, T, NetworkFunction> wrap) : BrokenDataplane
    where T : NetworkFunctionConfiguration
{
    /// <summary>Which functions of the kind have what it gets wrong.</summary>
    public Func<T, bool> Where { get; init; } = _ => true;

    public override bool Concerns(ChainSpec spec) => spec.Functions.OfType<T>().Any(Where);

    public override NetworkFunction Function(NetworkFunctionConfiguration configuration)
    {
        var right = base.Function(configuration);
        return configuration is T known ? wrap(right, known) : right;
    }
}

/// <summary>One that treats packets wrong for which it has a flow entry.</summary>
/// <param name="change">Gets the frame as it arrived and a copy of the frame as it should leave; false when the packet shows nothing.</param>
internal sealed class WithBrokenEntries(Func<byte[], byte[], bool> change) : BrokenDataplane
{
    public override bool Concerns(ChainSpec spec) => spec.Endpoints.All(endpoint => endpoint.Vlan == 0);

    public override OfflineResult Result(byte[] arrived, OfflineResult right)
    {
        if (right is not { Frame: { } frame, Worker: >= 0, WasSlow: false })
        {
            return right;
        }

        var copy = frame.ToArray();
        return change(arrived, copy) ? right with { Frame = copy } : right;
    }
}

/// <summary>One that counts wrong.</summary>
internal sealed class Miscounting(Func<OfflineResult, int> classOf) : BrokenDataplane
{
    public override bool Concerns(ChainSpec spec) => true;

    public override OfflineResult Result(byte[] arrived, OfflineResult right) =>
        right is { Frame: not null, Worker: >= 0 } ? right with { ClassId = classOf(right) } : right;
}
