using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>What tags other than VLAN ids and MAC addresses do to a frame of <see cref="SwitchModel"/>.</summary>
internal static class SwitchEdits
{
    private const int LabelLength = 4;
    private const uint BottomOfStack = 0x100;
    private const uint DefaultTimeToLive = 64;

    /// <summary>Carries out an action on MPLS headers or code points.</summary>
    /// <exception cref="ArgumentException">It is another action.</exception>
    public static byte[] Apply(OpenFlowAction action, byte[] frame, ref SwitchKey key)
    {
        var type = SwitchFrame.VlanOf(frame) == 0 ? 12 : 16;
        switch (action)
        {
            case PushMplsAction push:
                frame = PushLabel(frame, type, push.EtherType);
                break;
            case PopMplsAction pop:
                frame = [.. frame.AsSpan(0, type), (byte)(pop.EtherType >> 8), (byte)pop.EtherType, .. frame.AsSpan(type + 2 + LabelLength)];
                break;
            case SetFieldAction { Field: var field } when field.Type == Oxm.MplsLabel:
                var entry = frame.AsSpan(type + 2);
                BinaryPrimitives.WriteUInt32BigEndian(entry, (uint)field.Value << 12 | (BinaryPrimitives.ReadUInt32BigEndian(entry) & 0xfff));
                break;
            case SetFieldAction { Field: var field } when field.Type == Oxm.IpDscp:
                WriteDscp(frame.AsSpan(type + 2), frame[type] == 0x86, (byte)field.Value);
                break;
            default:
                throw new ArgumentException($"{action} is about neither labels nor code points", nameof(action));
        }

        key = SwitchFrame.Read(key.InPort, frame) with { Metadata = key.Metadata };
        return frame;
    }

    /// <summary>A label 0 in front of what is there (OpenFlow 1.3.5 section 5.12.1).</summary>
    private static byte[] PushLabel(byte[] frame, int type, ushort etherType)
    {
        var isFirst = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(type)) != etherType;
        Span<byte> entry = stackalloc byte[LabelLength];
        BinaryPrimitives.WriteUInt32BigEndian(entry, DefaultTimeToLive | (isFirst ? BottomOfStack : 0));
        return [.. frame.AsSpan(0, type), (byte)(etherType >> 8), (byte)etherType, .. entry, .. frame.AsSpan(type + 2)];
    }

    /// <summary>Writes as much as there is: what is malformed is for others to find.</summary>
    private static void WriteDscp(Span<byte> packet, bool isV6, byte dscp)
    {
        if (packet.Length < 2)
        {
            return;
        }

        if (isV6)
        {
            var first = BinaryPrimitives.ReadUInt16BigEndian(packet);
            BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)((first & ~(63 << 6)) | dscp << 6));
            return;
        }

        // RFC 1624, equation 3: HC' = ~(~HC + ~m + m').
        var before = BinaryPrimitives.ReadUInt16BigEndian(packet);
        packet[1] = (byte)(dscp << 2 | (packet[1] & 3));
        if (packet.Length < 12)
        {
            return;
        }

        var sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(packet[10..]) + (ushort)~before + BinaryPrimitives.ReadUInt16BigEndian(packet);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], (ushort)~sum);
    }
}
