using System.Text;

namespace Metron.OpenFlow;

/// <summary>Which unsolicited messages a controller gets (OpenFlow 1.3.5 section 7.3.10, 1.4.1 section 7.3.10).</summary>
/// <param name="Masks">Reason masks. OpenFlow 1.3 always carries those of packet-in, port-status and flow-removed, and no others.</param>
/// <param name="Properties">Properties unknown here; OpenFlow 1.4.</param>
public sealed record AsyncConfiguration(EquatableArray<AsyncMask> Masks, EquatableArray<OpenFlowProperty> Properties = default)
{
    private const int KindsIn13 = 6;

    /// <summary>The mask of this kind; null when it is not said.</summary>
    public uint? this[AsyncKind kind] => Masks.Where(mask => mask.Kind == kind).Select(mask => (uint?)mask.Reasons).FirstOrDefault();

    internal void Append(StringBuilder text)
    {
        var separator = "";
        foreach (var mask in Masks.AsSpan())
        {
            text.Append($"{separator}{mask.Kind}=0x{mask.Reasons:x}");
            separator = " ";
        }

        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow14)
        {
            for (var pair = 0; pair < KindsIn13; pair += 2)
            {
                // 1.3 has the mask of master and equal first; the kinds of 1.4 have the slave's first.
                writer.Write(this[(AsyncKind)(pair + 1)] ?? 0);
                writer.Write(this[(AsyncKind)pair] ?? 0);
            }

            return;
        }

        foreach (var mask in Masks.AsSpan())
        {
            var start = OpenFlowProperty.Begin(ref writer, (ushort)mask.Kind);
            writer.Write(mask.Reasons);
            OpenFlowProperty.End(ref writer, start);
        }

        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static AsyncConfiguration Read(ref OpenFlowReader reader, OpenFlowVersion version) =>
        version < OpenFlowVersion.OpenFlow14 ? Read13(ref reader) : Read14(ref reader);

    private static AsyncConfiguration Read13(ref OpenFlowReader reader)
    {
        var masks = new List<AsyncMask>();
        for (var pair = 0; pair < KindsIn13; pair += 2)
        {
            var master = reader.ReadUInt32();
            masks.Add(new AsyncMask((AsyncKind)pair, reader.ReadUInt32()));
            masks.Add(new AsyncMask((AsyncKind)(pair + 1), master));
        }

        return new AsyncConfiguration(masks.ToEquatableArray());
    }

    private static AsyncConfiguration Read14(ref OpenFlowReader reader)
    {
        var masks = new List<AsyncMask>();
        var others = new List<OpenFlowProperty>();
        var last = reader.Version >= OpenFlowVersion.OpenFlow15 ? AsyncKind.ControllerStatusMaster : AsyncKind.RequestForwardMaster;
        while (!reader.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref reader, out var body);
            if (type <= (ushort)last && body.Remaining == 4)
            {
                masks.Add(new AsyncMask((AsyncKind)type, body.ReadUInt32()));
            }
            else
            {
                others.Add(new OpenFlowProperty(type, body.ReadRest()));
            }
        }

        return new AsyncConfiguration(masks.ToEquatableArray(), others.ToEquatableArray());
    }
}

/// <summary>A mask of reasons: bit n lets messages with reason n through.</summary>
public readonly record struct AsyncMask(AsyncKind Kind, uint Reasons);

/// <summary>Kinds of unsolicited messages by role (<c>OFPACPT_*</c>). "Master" stands for master and equal.</summary>
public enum AsyncKind : ushort
{
    PacketInSlave = 0,
    PacketInMaster = 1,
    PortStatusSlave = 2,
    PortStatusMaster = 3,
    FlowRemovedSlave = 4,
    FlowRemovedMaster = 5,
    RoleStatusSlave = 6,
    RoleStatusMaster = 7,
    TableStatusSlave = 8,
    TableStatusMaster = 9,
    RequestForwardSlave = 10,
    RequestForwardMaster = 11,

    /// <summary>Counters that a <see cref="StatTriggerInstruction"/> sends; OpenFlow 1.5.</summary>
    FlowStatsSlave = 12,
    FlowStatsMaster = 13,

    /// <summary>OpenFlow 1.5.</summary>
    ControllerStatusSlave = 14,
    ControllerStatusMaster = 15,
}

/// <summary>Asks for the <see cref="AsyncConfiguration"/> of this connection.</summary>
public sealed record GetAsyncRequest : EmptyMessage, IOpenFlowRequest<GetAsyncReply>
{
    public override MessageType Type => MessageType.GetAsyncRequest;
}

/// <summary>Reports the <see cref="AsyncConfiguration"/> of this connection.</summary>
public sealed record GetAsyncReply(AsyncConfiguration Configuration) : OpenFlowMessage
{
    public override MessageType Type => MessageType.GetAsyncReply;

    internal override void Append(StringBuilder text) => Configuration.Append(text);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) => Configuration.Write(ref writer, version);
}

/// <summary>Sets the <see cref="AsyncConfiguration"/> of this connection.</summary>
public sealed record SetAsync(AsyncConfiguration Configuration) : OpenFlowMessage
{
    public override MessageType Type => MessageType.SetAsync;

    internal override void Append(StringBuilder text) => Configuration.Append(text);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) => Configuration.Write(ref writer, version);
}
