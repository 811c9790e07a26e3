namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Messages that Wireshark's dissectors are known to read wrongly, with what they do.</summary>
internal static class TsharkGaps
{
    /// <summary>Samples that Open vSwitch does not know, but the standard does.</summary>
    public static IReadOnlyList<string> Standard { get; } = ["match-rare", "action-not-in-ovs", "table-features-reply"];

    /// <summary>Why this message is not for tshark; null for the others.</summary>
    public static string? Reason(OpenFlowMessage message, OpenFlowVersion version) => (message, version) switch
    {
        (FlowMod { Instructions.IsEmpty: true }, OpenFlowVersion.OpenFlow10) => "reads an action behind a rule that has none",
        (PacketOut packetOut, OpenFlowVersion.OpenFlow10) when packetOut.Actions.Any(action => action is SetFieldAction or EnqueueAction) =>
            "takes an action of 16 bytes for two, and the rest of it for the packet",
        (PortStatsReply reply, OpenFlowVersion.OpenFlow14) when reply.Ports.Any(port => port.Ethernet is null) =>
            "reads a property behind a port that has none",
        _ => null,
    };
}
