namespace Metron.IntegrationTests.Lab;

/// <summary>Two hosts in namespaces, joined by a cable: interface "near" (192.0.2.1) and interface "far" (192.0.2.2). Nothing else is on the cable: no IPv6.</summary>
internal sealed class VethPair : IAsyncDisposable
{
    /// <summary>Address of the near end.</summary>
    public const string NearAddress = "192.0.2.1";

    /// <summary>Address of the far end.</summary>
    public const string FarAddress = "192.0.2.2";

    private static int s_count;
    private readonly string _name = $"mtrnf{Environment.ProcessId}-k{Interlocked.Increment(ref s_count)}";

    private VethPair(bool nearIsHere)
    {
        Near = nearIsHere ? null : $"{_name}n";
        Far = $"{_name}f";
        NearInterface = nearIsHere ? $"mtr{Environment.ProcessId % 100_000}k{s_count}" : "near";
    }

    /// <summary>Namespace of the near host; null for that of this process.</summary>
    public string? Near { get; }

    /// <summary>Namespace of the far host.</summary>
    public string Far { get; }

    /// <summary>Name of the near interface.</summary>
    public string NearInterface { get; }

    /// <summary>Sets it up.</summary>
    /// <param name="nearIsHere">The near interface is in the namespace of this process, without an address.</param>
    public static async Task<VethPair> StartAsync(bool nearIsHere = false)
    {
        var pair = new VethPair(nearIsHere);
        try
        {
            await pair.SetUpAsync();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a command on the near host.</summary>
    public LabProcess StartNear(params IEnumerable<string> command) => LabProcess.Start([.. Prefix(Near), .. command]);

    /// <summary>Starts a command on the far host.</summary>
    public LabProcess StartFar(params IEnumerable<string> command) => LabProcess.Start([.. Prefix(Far), .. command]);

    /// <summary>Runs a command on the near host to its end.</summary>
    public async Task<CommandResult> NearAsync(params IEnumerable<string> command)
    {
        await using var process = StartNear(command);
        return await process.WaitAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { Near, Far })
        {
            if (name is not null)
            {
                await using var process = LabProcess.Start(["ip", "netns", "del", name]);
                await process.WaitAsync();
            }
        }
    }

    private static string[] Prefix(string? name) => name is null ? [] : ["ip", "netns", "exec", name];

    private async Task SetUpAsync()
    {
        var near = Near is null ? string.Empty : $"-n {Near}";
        var inNear = Near is null ? string.Empty : $"ip netns exec {Near}";
        string[] script =
        [
            "set -e",
            Near is null ? string.Empty : $"ip netns add {Near}",
            $"ip netns add {Far}",
            $"ip netns exec {Far} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1",
            Near is null ? string.Empty : $"{inNear} sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1",
            $"ip {near} link add {NearInterface} type veth peer name far netns {Far}",
            $"{inNear} sysctl -qw net.ipv6.conf.{NearInterface}.disable_ipv6=1",
            $"ip -n {Far} addr add {FarAddress}/24 dev far",
            Near is null ? string.Empty : $"ip {near} addr add {NearAddress}/24 dev {NearInterface}",
            $"ip {near} link set {NearInterface} up",
            $"ip -n {Far} link set far up",

            // Frames are what is on the wire: not merged, with checksums.
            $"{inNear} ethtool -K {NearInterface} tx off gro off > /dev/null",
            $"ip netns exec {Far} ethtool -K far tx off > /dev/null",
        ];
        await using var process = LabProcess.Start(["bash", "-c", string.Join('\n', script)]);
        (await process.WaitAsync()).Succeeded();
    }
}
