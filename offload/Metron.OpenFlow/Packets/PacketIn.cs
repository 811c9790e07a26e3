using System.Text;

namespace Metron.OpenFlow;

/// <summary>A packet that a switch sends to its controller (OpenFlow 1.3.5 section 7.4.1).</summary>
public sealed record PacketIn : OpenFlowMessage
{
    public override MessageType Type => MessageType.PacketIn;

    /// <summary>Where the switch holds the rest of the packet, or <see cref="BufferNumber.None"/>.</summary>
    public uint Buffer { get; init; } = BufferNumber.None;

    /// <summary>Bytes of the whole packet.</summary>
    public ushort TotalLength { get; init; }

    public PacketInReason Reason { get; init; }

    public byte Table { get; init; }

    /// <summary>Cookie of the rule that sent the packet; all ones when there is none.</summary>
    public ulong Cookie { get; init; }

    /// <summary>Ingress port, metadata and tunnel.</summary>
    public Match Match { get; init; } = Match.Any;

    /// <summary>The frame, possibly cut.</summary>
    public EquatableArray<byte> Packet { get; init; }

    internal override void Append(StringBuilder text)
    {
        text.Append($"table_id={Table} cookie=0x{Cookie:x} total_len={TotalLength} ");
        Match.Append(text);
        text.Append($" (via {Reason}) data_len={Packet.Count}");
        text.Append(Buffer == BufferNumber.None ? " (unbuffered)" : $" buffer=0x{Buffer:x}");
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Buffer);
        writer.Write(TotalLength);
        writer.Write((byte)Reason);
        writer.Write(Table);
        writer.Write(Cookie);
        Match.Write(ref writer);
        writer.WriteZeros(2);
        writer.Write(Packet);
    }

    internal static PacketIn Read(ref OpenFlowReader reader)
    {
        var packetIn = new PacketIn
        {
            Buffer = reader.ReadUInt32(),
            TotalLength = reader.ReadUInt16(),
            Reason = (PacketInReason)reader.ReadByte(),
            Table = reader.ReadByte(),
            Cookie = reader.ReadUInt64(),
            Match = Match.Read(ref reader),
        };
        reader.Skip(2);
        return packetIn with { Packet = reader.ReadRest() };
    }
}

/// <summary>Why a packet was sent up (<c>OFPR_*</c>); those above 2 are of OpenFlow 1.4.</summary>
public enum PacketInReason : byte
{
    /// <summary>No rule, or the table-miss rule.</summary>
    TableMiss = 0,

    /// <summary>An action to the controller (1.4: of apply-actions).</summary>
    Action = 1,
    InvalidTtl = 2,
    ActionSet = 3,
    Group = 4,
    PacketOut = 5,
}

/// <summary>Lets the switch send a packet (OpenFlow 1.3.5 section 7.3.7).</summary>
public sealed record PacketOut : OpenFlowMessage
{
    public override MessageType Type => MessageType.PacketOut;

    /// <summary>Packet that the switch holds, or <see cref="BufferNumber.None"/> and <see cref="Packet"/>.</summary>
    public uint Buffer { get; init; } = BufferNumber.None;

    /// <summary>Port the packet is to have come in by; <see cref="PortNumber.Controller"/> for none.</summary>
    public uint InPort { get; init; } = PortNumber.Controller;

    /// <summary>Metadata, tunnel and registers that the packet is to have, without the port; OpenFlow 1.5, not sent before.</summary>
    public Match Pipeline { get; init; } = Match.Any;

    public EquatableArray<OpenFlowAction> Actions { get; init; }

    /// <summary>The frame; empty with a buffer.</summary>
    public EquatableArray<byte> Packet { get; init; }

    internal override void Append(StringBuilder text)
    {
        OxmText.AppendPort(text.Append("in_port="), InPort);
        if (!Pipeline.Fields.IsEmpty)
        {
            Pipeline.Append(text.Append(','));
        }

        text.Append(" actions=");
        text.Append(Actions.IsEmpty ? "drop" : "");
        ActionList.Append(text, Actions);
        text.Append(Buffer == BufferNumber.None ? $" data_len={Packet.Count}" : $" buffer=0x{Buffer:x}");
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Buffer);
        if (version < OpenFlowVersion.OpenFlow15)
        {
            writer.Write(InPort);
        }

        var lengthField = writer.Length;
        writer.WriteZeros(version < OpenFlowVersion.OpenFlow15 ? 8 : 4);
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            var port = InPort == PortNumber.Any ? default(ReadOnlySpan<OxmField>) : [OxmField.InPort(InPort)];
            new Match([.. port, .. Pipeline.Fields.AsSpan()]).Write(ref writer);
        }

        var start = writer.Length;
        ActionList.Write(ref writer, Actions);
        writer.PatchLength(lengthField, start);
        writer.Write(Packet);
    }

    internal static PacketOut Read(ref OpenFlowReader reader) =>
        reader.Version >= OpenFlowVersion.OpenFlow15 ? Read15(ref reader) : Read13(ref reader);

    private static PacketOut Read15(ref OpenFlowReader reader)
    {
        var buffer = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        reader.Skip(2);
        var match = Match.Read(ref reader);
        var port = match.Fields is [{ HasMask: false } first, ..] && first.Type == Oxm.InPort ? first : null;
        var actions = reader.Take(length);
        return new PacketOut
        {
            Buffer = buffer,
            InPort = (uint)(port?.Value ?? PortNumber.Any),
            Pipeline = port is null ? match : new Match(EquatableArray.Create(match.Fields.AsSpan()[1..])),
            Actions = ActionList.Read(ref actions),
            Packet = reader.ReadRest(),
        };
    }

    private static PacketOut Read13(ref OpenFlowReader reader)
    {
        var buffer = reader.ReadUInt32();
        var port = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        reader.Skip(6);
        var actions = reader.Take(length);
        return new PacketOut
        {
            Buffer = buffer,
            InPort = port,
            Actions = ActionList.Read(ref actions),
            Packet = reader.ReadRest(),
        };
    }
}
