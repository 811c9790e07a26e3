using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks a switch who it is; the second message of every connection.</summary>
public sealed record FeaturesRequest : EmptyMessage, IOpenFlowRequest<FeaturesReply>
{
    public override MessageType Type => MessageType.FeaturesRequest;
}

/// <summary>Who the switch is (OpenFlow 1.3.5 section 7.3.1).</summary>
public sealed record FeaturesReply : OpenFlowMessage
{
    public override MessageType Type => MessageType.FeaturesReply;

    /// <summary>The switch's number: by convention its MAC address in the low 48 bits.</summary>
    public ulong DatapathId { get; init; }

    /// <summary>How many packets the switch can hold back at once.</summary>
    public uint BufferCount { get; init; }

    public byte TableCount { get; init; }

    /// <summary>0 for the main connection.</summary>
    public byte AuxiliaryId { get; init; }

    public SwitchCapabilities Capabilities { get; init; }

    public uint Reserved { get; init; }

    /// <summary>Actions that the switch can do, bit n for type n of OpenFlow 1.0; only sent there.</summary>
    public uint Actions { get; init; }

    /// <summary>The ports of the switch; only sent in OpenFlow 1.0, later versions have <see cref="PortDescriptionRequest"/>.</summary>
    public EquatableArray<PortDescription> Ports { get; init; }

    internal override void Append(StringBuilder text)
    {
        text.Append($"dpid:{DatapathId:x16} n_tables:{TableCount}, n_buffers:{BufferCount} auxiliary_id:{AuxiliaryId} capabilities: {Capabilities}");
        if (Actions != 0)
        {
            text.Append($" actions: 0x{Actions:x}");
        }

        foreach (var port in Ports.AsSpan())
        {
            port.Append(text.Append("; "));
        }
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(DatapathId);
        writer.Write(BufferCount);
        writer.Write(TableCount);
        writer.Write(AuxiliaryId);
        writer.WriteZeros(2);
        writer.Write((uint)Capabilities);
        writer.Write(Reserved);
    }

    internal static FeaturesReply Read(ref OpenFlowReader reader)
    {
        var datapathId = reader.ReadUInt64();
        var buffers = reader.ReadUInt32();
        var tables = reader.ReadByte();
        var auxiliary = reader.ReadByte();
        reader.Skip(2);
        return new FeaturesReply
        {
            DatapathId = datapathId,
            BufferCount = buffers,
            TableCount = tables,
            AuxiliaryId = auxiliary,
            Capabilities = (SwitchCapabilities)reader.ReadUInt32(),
            Reserved = reader.ReadUInt32(),
        };
    }
}

/// <summary>What a switch can do (<c>OFPC_*</c>).</summary>
[Flags]
public enum SwitchCapabilities : uint
{
    None = 0,
    FlowStatistics = 1,
    TableStatistics = 2,
    PortStatistics = 4,
    GroupStatistics = 8,
    IpReassembly = 32,
    QueueStatistics = 64,

    /// <summary>OpenFlow 1.0: ARP packets can be matched by their addresses; later versions always can.</summary>
    ArpMatchIp = 128,
    PortBlocked = 256,

    /// <summary>OpenFlow 1.5.</summary>
    Bundles = 512,

    /// <summary>OpenFlow 1.5.</summary>
    FlowMonitoring = 1024,

    /// <summary>OpenFlow 1.0: spanning tree (802.1D). On the wire it has the bit that later means group statistics.</summary>
    SpanningTree = 0x80000000,
}

/// <summary>Asks for the switch's <see cref="GetConfigReply">configuration</see>.</summary>
public sealed record GetConfigRequest : EmptyMessage, IOpenFlowRequest<GetConfigReply>
{
    public override MessageType Type => MessageType.GetConfigRequest;
}

/// <summary>How the switch treats fragments, and how much of a packet it sends up by default.</summary>
/// <param name="Fragments">Treatment of IP fragments.</param>
/// <param name="MissSendLength">Bytes, or <see cref="ControllerLength.WholePacket"/>.</param>
public sealed record GetConfigReply(FragmentTreatment Fragments, ushort MissSendLength) : OpenFlowMessage
{
    public override MessageType Type => MessageType.GetConfigReply;

    internal override void Append(StringBuilder text) => text.Append($"frags={Fragments} miss_send_len={MissSendLength}");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Fragments);
        writer.Write(MissSendLength);
    }
}

/// <summary>Sets what <see cref="GetConfigReply"/> reports.</summary>
/// <param name="Fragments">Treatment of IP fragments.</param>
/// <param name="MissSendLength">Bytes, or <see cref="ControllerLength.WholePacket"/>.</param>
public sealed record SetConfig(FragmentTreatment Fragments, ushort MissSendLength) : OpenFlowMessage
{
    public override MessageType Type => MessageType.SetConfig;

    internal override void Append(StringBuilder text) => text.Append($"frags={Fragments} miss_send_len={MissSendLength}");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Fragments);
        writer.Write(MissSendLength);
    }
}

/// <summary>Treatment of IP fragments (<c>OFPC_FRAG_*</c>).</summary>
public enum FragmentTreatment : ushort
{
    Normal = 0,
    Drop = 1,
    Reassemble = 2,
}
