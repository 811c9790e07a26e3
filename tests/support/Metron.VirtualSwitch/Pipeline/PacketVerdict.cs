using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What the switch did with a frame.</summary>
/// <param name="Outputs">The ports by which it left, and how it looked then; empty when it was dropped.</param>
/// <param name="Punted">Copies for the controller.</param>
/// <param name="Rules">The rules that it met, in order.</param>
/// <param name="MissedTable">The table that had no rule for it, which drops it; null when each had one.</param>
public sealed record PacketVerdict(
    IReadOnlyList<PacketOutput> Outputs,
    IReadOnlyList<PuntedPacket> Punted,
    IReadOnlyList<FlowEntry> Rules,
    byte? MissedTable)
{
    /// <summary>Whether nobody got it.</summary>
    public bool IsDropped => Outputs.Count == 0 && Punted.Count == 0;

    /// <summary>Ports and frames, so that verdicts can be compared: "2:0200…,3:0200…", or "drop".</summary>
    public override string ToString() => IsDropped
        ? "drop"
        : string.Join(',', Outputs.Select(output => $"{output.Port}:{Convert.ToHexStringLower(output.Frame)}")
            .Concat(Punted.Select(packet => $"controller:{Convert.ToHexStringLower(packet.Frame)}")));
}

/// <summary>A frame leaves by a port.</summary>
/// <param name="Port">OpenFlow number of the port.</param>
/// <param name="Frame">The frame as it leaves, without FCS.</param>
public readonly record struct PacketOutput(uint Port, byte[] Frame);

/// <summary>A copy of a packet for the controller.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Table">Table whose rule sent it.</param>
/// <param name="Cookie">Cookie of that rule; all ones for packet-out.</param>
/// <param name="MaximumLength">Most bytes of it that the controller wants.</param>
/// <param name="Frame">The frame.</param>
/// <param name="Match">Ingress port and metadata.</param>
public sealed record PuntedPacket(PacketInReason Reason, byte Table, ulong Cookie, ushort MaximumLength, byte[] Frame, Match Match);
