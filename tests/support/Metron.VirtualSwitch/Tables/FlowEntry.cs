using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>A rule that the switch has.</summary>
public sealed class FlowEntry
{
    internal FlowEntry(FlowMod rule, RuleCounter counter, long installedAt)
    {
        Rule = rule;
        Counter = counter;
        InstalledAt = installedAt;
        Compiled = new CompiledMatch(rule.Match);
    }

    /// <summary>The message that would add it: with canonical match, without buffer and cookie mask.</summary>
    public FlowMod Rule { get; }

    public byte Table => Rule.Table;

    public ushort Priority => Rule.Priority;

    public ulong Cookie => Rule.Cookie;

    public Match Match => Rule.Match;

    public EquatableArray<Instruction> Instructions => Rule.Instructions;

    public ulong PacketCount => Counter.Packets;

    public ulong ByteCount => Counter.Bytes;

    internal RuleCounter Counter { get; }

    /// <summary>Time stamp of the switch's clock.</summary>
    internal long InstalledAt { get; }

    internal CompiledMatch Compiled { get; }

    internal FlowKey Key => new(Rule.Priority, Rule.Match);

    public override string ToString() => Rule.ToString();
}

/// <summary>What a rule counts; shared by the rules that replace each other without a reset.</summary>
internal sealed class RuleCounter
{
    public ulong Packets { get; set; }

    public ulong Bytes { get; set; }

    /// <summary>Time stamp of the last packet.</summary>
    public long UsedAt { get; set; }
}

/// <summary>What identifies a rule in its table.</summary>
internal readonly record struct FlowKey(ushort Priority, Match Match);
