using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>Who counts packets of rules: a switch, or a server.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Name">Its name.</param>
public readonly record struct RuleCounter(RuleCounterKind Kind, string Name);

/// <summary>Kinds of <see cref="RuleCounter"/>.</summary>
public enum RuleCounterKind
{
    /// <summary>A switch.</summary>
    Switch,

    /// <summary>A server.</summary>
    Server,
}

/// <summary>What a counter said at a moment.</summary>
/// <param name="Rule">The rule whose packets it counts.</param>
/// <param name="Source">What tells it from others of the same switch or server, and from an earlier one in its place: a new one begins with 0.</param>
/// <param name="Packets">Packets since it began.</param>
/// <param name="Bytes">Their bytes; null where they are not counted.</param>
public readonly record struct RuleCount(FunctionRule Rule, object Source, ulong Packets, ulong? Bytes);

/// <summary>Packets and bytes per second.</summary>
/// <param name="Packets">Packets per second.</param>
/// <param name="Bytes">Bytes per second, of the packets that a switch counted.</param>
public readonly record struct Rate(double Packets, double Bytes);
