namespace Metron.OpenFlow.Tests.Differential;

/// <summary>What Wireshark's dissectors (4.0) are known to read wrongly. The fields in front of that place are compared all the same.</summary>
internal static class TsharkGaps
{
    /// <summary>Samples that Open vSwitch does not know, but the standard does.</summary>
    public static IReadOnlyList<string> Standard { get; } = ["match-rare", "action-not-in-ovs", "table-features-reply"];

    /// <summary>Why complaints about this message do not count; null for the others.</summary>
    public static string? Reason(OpenFlowMessage message, OpenFlowVersion version) => version switch
    {
        OpenFlowVersion.OpenFlow10 => Of10(message),
        OpenFlowVersion.OpenFlow14 => Since14(message),
        OpenFlowVersion.OpenFlow15 => Since14(message) ?? Of15(message),
        _ => null,
    };

    private static string? Of10(OpenFlowMessage message) => message switch
    {
        FlowMod { Instructions.IsEmpty: true } => "reads an action behind a rule that has none",
        PacketOut packetOut when packetOut.Actions.Any(action => action is SetFieldAction or EnqueueAction) =>
            "takes an action of 16 bytes for two, and the rest of it for the packet",
        _ => null,
    };

    private static string? Since14(OpenFlowMessage message) => message switch
    {
        QueueStatsReply or QueueDescriptionReply => "reads a property behind a queue that has none",
        PortStatsReply reply when reply.Ports.Any(port => port.Ethernet is null) => "reads a property behind a port that has none",
        _ => null,
    };

    // It fails in the same way at what ovs-ofctl -O OpenFlow15 add-flow sends.
    private static string? Of15(OpenFlowMessage message) => message switch
    {
        FlowMod or FlowRemoved or PacketIn or PacketOut or FlowStatsRequest or FlowStatsReply or AggregateStatsRequest or TableFeaturesReply
            or BundleAddMessage or RequestForward or FlowMonitorRequest or FlowMonitorReply or FlowCountersRequest or FlowCountersReply => "fails at the first match field, and at actions",
        GroupMod or GroupDescriptionReply => "fails at the actions of buckets",
        BundleFeaturesReply => "does not know it",
        _ => null,
    };
}
