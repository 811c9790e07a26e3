namespace Metron.OpenFlow;

/// <summary>Message types of OpenFlow 1.3 and 1.4 (<c>OFPT_*</c>); the same numbers mean the same in both; OpenFlow 1.0 has its own from 15 on.</summary>
public enum MessageType : byte
{
    Hello = 0,
    Error = 1,
    EchoRequest = 2,
    EchoReply = 3,
    Experimenter = 4,
    FeaturesRequest = 5,
    FeaturesReply = 6,
    GetConfigRequest = 7,
    GetConfigReply = 8,
    SetConfig = 9,
    PacketIn = 10,
    FlowRemoved = 11,
    PortStatus = 12,
    PacketOut = 13,
    FlowMod = 14,
    GroupMod = 15,
    PortMod = 16,
    TableMod = 17,
    MultipartRequest = 18,
    MultipartReply = 19,
    BarrierRequest = 20,
    BarrierReply = 21,
    QueueGetConfigRequest = 22,
    QueueGetConfigReply = 23,
    RoleRequest = 24,
    RoleReply = 25,
    GetAsyncRequest = 26,
    GetAsyncReply = 27,
    SetAsync = 28,
    MeterMod = 29,
    RoleStatus = 30,
    TableStatus = 31,
    RequestForward = 32,
    BundleControl = 33,
    BundleAddMessage = 34,
    ControllerStatus = 35,
}

/// <summary>Names of message types as the standard writes them.</summary>
public static class MessageTypeNames
{
    private static readonly string[] Names =
    [
        "HELLO", "ERROR", "ECHO_REQUEST", "ECHO_REPLY", "EXPERIMENTER", "FEATURES_REQUEST", "FEATURES_REPLY",
        "GET_CONFIG_REQUEST", "GET_CONFIG_REPLY", "SET_CONFIG", "PACKET_IN", "FLOW_REMOVED", "PORT_STATUS", "PACKET_OUT",
        "FLOW_MOD", "GROUP_MOD", "PORT_MOD", "TABLE_MOD", "MULTIPART_REQUEST", "MULTIPART_REPLY", "BARRIER_REQUEST",
        "BARRIER_REPLY", "QUEUE_GET_CONFIG_REQUEST", "QUEUE_GET_CONFIG_REPLY", "ROLE_REQUEST", "ROLE_REPLY",
        "GET_ASYNC_REQUEST", "GET_ASYNC_REPLY", "SET_ASYNC", "METER_MOD", "ROLE_STATUS", "TABLE_STATUS", "REQUESTFORWARD",
        "BUNDLE_CONTROL", "BUNDLE_ADD_MESSAGE", "CONTROLLER_STATUS",
    ];

    /// <summary>"FLOW_MOD" for <see cref="MessageType.FlowMod"/>; "TYPE_77" for a type that has no name.</summary>
    public static string ToName(this MessageType type) => (int)type < Names.Length ? Names[(int)type] : $"TYPE_{(int)type}";

    /// <summary>Name of the type that a header's bytes mean, for logs.</summary>
    internal static string NameOf(byte version, byte type) => version != (byte)OpenFlowVersion.OpenFlow10
        ? ((MessageType)type).ToName()
        : MessageType10.FromWire(type)?.ToName() ?? $"TYPE_{type}";
}
