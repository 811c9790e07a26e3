using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

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
}

/// <summary>A chain that cannot be run.</summary>
public sealed class OfflineException : Exception
{
    /// <param name="violations">Every problem, in the order of the spec; at least one.</param>
    public OfflineException(IReadOnlyList<Violation> violations)
        : base(string.Join("; ", violations.Select(violation => $"{violation.Path}: {violation.Message}".TrimStart(':', ' ')))) => Violations = violations;

    /// <summary>Every problem; the path is empty when there is no plan for a chain that is right.</summary>
    public IReadOnlyList<Violation> Violations { get; }
}
