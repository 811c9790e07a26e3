using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Packets that are sent through the switch's tables as if a port had received them.</summary>
internal static class ProbePackets
{
    private const int SequenceOffset = 40;

    /// <summary>A frame of the local experimental Ethernet type, from and to an address that nobody has; its number is in the address.</summary>
    public static byte[] Frame(byte number, byte sequence = 0)
    {
        var frame = new byte[60];
        WriteAddress(frame, Destination(number));
        WriteAddress(frame.AsSpan(6), Guard.Address);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Guard.EtherType);
        "metronctl switch check"u8.CopyTo(frame.AsSpan(14));
        frame[SequenceOffset] = sequence;
        return frame;
    }

    /// <summary>Destination of a frame.</summary>
    public static HardwareAddress Destination(byte number) => new(Guard.Address.Value | number);

    /// <summary>The message that sends a frame through the tables from the first one on.</summary>
    public static PacketOut Through(byte number, byte sequence = 0) => new()
    {
        InPort = PortNumber.Controller,
        Actions = [new OutputAction(PortNumber.Table)],
        Packet = Frame(number, sequence).ToEquatableArray(),
    };

    /// <summary>A rule for the frame of a number that sends it up.</summary>
    public static FlowMod Rule(byte table, byte number, ulong cookie, ushort priority = 1) => new()
    {
        Table = table,
        Cookie = cookie,
        Priority = priority,
        Match = Match.Of(OxmField.EthernetDestination(Destination(number)), OxmField.EthernetType(Guard.EtherType)),
        Instructions = [new ApplyActionsInstruction([OutputAction.ToController])],
    };

    /// <summary>Whether a packet is the frame of a number, sent up by a rule rather than because no rule matched.</summary>
    public static bool IsFrame(PacketIn packet, byte number, ulong cookie) =>
        packet.Packet.AsSpan().StartsWith(Frame(number).AsSpan(0, 14)) && packet.Reason != PacketInReason.TableMiss
        && (packet.Cookie == cookie || packet.Cookie is 0 or ulong.MaxValue);

    /// <summary>Which of several equal frames it is; 0 when it came up cut.</summary>
    public static byte SequenceOf(PacketIn packet) => packet.Packet.Count > SequenceOffset ? packet.Packet[SequenceOffset] : (byte)0;

    private static void WriteAddress(Span<byte> target, HardwareAddress address)
    {
        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(whole, address.Value);
        whole[2..].CopyTo(target);
    }
}
