using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A rule that a switch should have.</summary>
/// <param name="Flow">The rule as a message that adds it.</param>
/// <param name="Role">What it belongs to, which decides when it is added and removed.</param>
/// <param name="Chain">Name of the chain; empty for rules that serve all chains.</param>
/// <param name="Purpose">What it is for, in words: "ingress clients", "fw rule deny-ssh", "tag 7 to worker 1".</param>
public sealed record SwitchRule(FlowMod Flow, RuleRole Role, string Chain, string Purpose)
{
    /// <summary>Class that all packets which match it belong to; 0 for none.</summary>
    public int ClassId { get; init; }

    /// <summary>Why it drops, as the server would count it ("denied", "noRoute", "notIp", …); null when it does not drop.</summary>
    public string? DropReason { get; init; }

    /// <summary>The rule of a function that decides about the packets which match it; null for rules that belong to no function.</summary>
    public FunctionRule? Decision { get; init; }

    /// <summary>The rule as <c>ovs-ofctl</c> reads it.</summary>
    public override string ToString() => RuleText.Of(Flow);
}

/// <summary>What a rule belongs to.</summary>
public enum RuleRole
{
    /// <summary>Table 0, from servers: egress tags and re-tagged packets. Stays until the chain's packets have drained.</summary>
    Tag,

    /// <summary>Tables 1 to 20.</summary>
    Stage,

    /// <summary>Table 0, from endpoints: puts the chain's packets on its path.</summary>
    Entrance,

    /// <summary>Table 0, counts what no chain wants at a port.</summary>
    Shared,
}
