using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;
using Metron.Reference;

namespace Metron.Offline;

/// <summary>What a chain is compiled for.</summary>
public sealed record OfflineOptions
{
    /// <summary>Workers of the server, 1 to 64; 0: as many as the chain needs at least.</summary>
    public int Workers { get; init; }

    /// <summary>How the switch tags.</summary>
    public TagKind TagKind { get; init; } = TagKind.Vlan;

    /// <summary>Most flow entries of a worker for each IP version: 1,024 to 33,554,432.</summary>
    public int MaximumFlowsPerWorker { get; init; } = 1 << 16;

    /// <summary>Whether results name the rules that packets matched.</summary>
    public bool TraceRules { get; init; }

    /// <summary>Ports of the switch whose links are down, for endpoints that have several.</summary>
    public IReadOnlyList<uint> PortsDown { get; init; } = [];

    /// <summary>
    /// Makes the functions of the server's workers; the platform's own unless something else is said. Keys are made up from their names then, the
    /// same in every run, and initialization vectors begin at 0: real keys stay on their servers.
    /// </summary>
    public Func<NetworkFunctionConfiguration, NetworkFunction> CreateFunction { get; init; } =
        configuration => NetworkFunctionFactory.Create(configuration, MadeUp);

    private static WorkerResources MadeUp { get; } = WorkerResources.Default with { ReadKey = MadeUpKey.Of, DrawVector = static () => 0 };
}

/// <summary>A chain that cannot be run.</summary>
public sealed class OfflineException : Exception
{
    /// <param name="problems">Every problem, in the order of the spec.</param>
    public OfflineException(IReadOnlyList<string> problems)
        : base(string.Join("; ", problems)) => Problems = problems;

    /// <summary>Every problem: "path: what is wrong", or why there is no plan.</summary>
    public IReadOnlyList<string> Problems { get; }
}
