namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Which fields of tshark must have which values for a message.</summary>
internal static class TsharkFields
{
    /// <summary>Names of all fields that <see cref="Of"/> may give for this version.</summary>
    public static IReadOnlyList<string> Names(OpenFlowVersion version)
    {
        if (version == OpenFlowVersion.OpenFlow10)
        {
            return ["openflow.version", "openflow_1_0.type", "openflow.length", "openflow.xid", "openflow.cookie", "openflow.priority", "openflow.datapath_id", "openflow.total_len"];
        }

        string[] names =
        [
            "version", "type", "length", "xid", "flowmod.cookie", "flowmod.cookie_mask", "flowmod.priority", "flowmod.table_id", "flowmod.idle_timeout",
            "flow_removed.cookie", "flow_removed.priority", "flow_removed.packet_count", "packet_in.cookie", "packet_in.total_len", "packet_in.buffer_id",
            "switch_features.datapath_id", "switch_features.n_buffers", "multipart_request.type", "multipart_reply.type",
        ];
        return [.. names.Where(name => version < OpenFlowVersion.OpenFlow15 || !name.EndsWith("packet_count", StringComparison.Ordinal)).Select(name => Prefix(version) + name)];
    }

    public static Dictionary<string, ulong> Of(OpenFlowMessage message, OpenFlowVersion version, byte[] bytes, uint transaction)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var prefix = is10 ? "openflow." : Prefix(version);
        var values = new Dictionary<string, ulong>
        {
            [prefix + "version"] = (byte)version,
            [is10 ? "openflow_1_0.type" : prefix + "type"] = bytes[1],
            [prefix + "length"] = (ulong)bytes.Length,
            [prefix + "xid"] = transaction,
        };
        foreach (var (name, value) in Content(message, is10, version >= OpenFlowVersion.OpenFlow15))
        {
            values[prefix + name] = value;
        }

        return values;
    }

    private static string Prefix(OpenFlowVersion version) => $"openflow_v{(byte)version}.";

    private static (string Name, ulong Value)[] Content(OpenFlowMessage message, bool is10, bool isStat) => message switch
    {
        FlowMod flow when is10 => [("cookie", flow.Cookie), ("priority", flow.Priority)],
        FlowRemoved when is10 => [], // not dissected
        FeaturesReply features when is10 => [("datapath_id", features.DatapathId)],
        PacketIn packetIn when is10 => [("total_len", packetIn.TotalLength)],
        FlowMod flow =>
        [
            ("flowmod.cookie", flow.Cookie), ("flowmod.cookie_mask", flow.CookieMask), ("flowmod.priority", flow.Priority),
            ("flowmod.table_id", flow.Table), ("flowmod.idle_timeout", flow.IdleTimeoutSeconds),
        ],
        FlowRemoved removed when isStat =>
            [("flow_removed.cookie", removed.Cookie), ("flow_removed.priority", removed.Priority)],
        FlowRemoved removed =>
            [("flow_removed.cookie", removed.Cookie), ("flow_removed.priority", removed.Priority), ("flow_removed.packet_count", removed.PacketCount)],
        PacketIn packetIn => [("packet_in.cookie", packetIn.Cookie), ("packet_in.total_len", packetIn.TotalLength), ("packet_in.buffer_id", packetIn.Buffer)],
        FeaturesReply features => [("switch_features.datapath_id", features.DatapathId), ("switch_features.n_buffers", features.BufferCount)],
        MultipartRequest request when !is10 => [("multipart_request.type", (ulong)request.Kind)],
        MultipartReply reply when !is10 => [("multipart_reply.type", (ulong)reply.Kind)],
        _ => [],
    };
}
