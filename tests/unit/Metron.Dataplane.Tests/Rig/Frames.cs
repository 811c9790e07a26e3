using System.Buffers.Binary;

namespace Metron.Dataplane.Tests;

/// <summary>Reads frames in tests.</summary>
internal static class Frames
{
    /// <summary>Headers of a frame, which must be right in all its checksums.</summary>
    public static PacketHeaders Read(byte[]? frame)
    {
        Assert.NotNull(frame);
        var tagged = frame[12] == 0x81;
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, tagged, out var headers, out var layout));
        AssertChecksum(frame, headers, layout);
        return headers;
    }

    /// <summary>VLAN id of a frame.</summary>
    public static int Vlan(byte[]? frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(14)) & 0xfff;

    /// <summary>The frame with another VLAN id, as the switch would write it.</summary>
    public static byte[] WithVlan(byte[] frame, uint tag)
    {
        var tagged = frame.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(14), (ushort)tag);
        return tagged;
    }

    private static void AssertChecksum(byte[] frame, in PacketHeaders headers, in FrameLayout layout)
    {
        if (layout.ChecksumOffset == 0 || headers.IsFragment)
        {
            return;
        }

        var length = headers.IsV6
            ? layout.NetworkOffset + 40 + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(layout.NetworkOffset + 4)) - layout.TransportOffset
            : layout.NetworkOffset + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(layout.NetworkOffset + 2)) - layout.TransportOffset;
        var segment = frame.AsSpan(layout.TransportOffset, length).ToArray();
        var field = segment.AsSpan(layout.ChecksumOffset - layout.TransportOffset, 2);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
        field.Clear();
        if (headers.Protocol == IpProtocol.Udp && checksum == 0)
        {
            return;
        }

        var expected = headers.Protocol == IpProtocol.Icmp
            ? InternetChecksum.Compute(segment)
            : InternetChecksum.Compute(headers.Source, headers.Destination, headers.Protocol, segment);
        Assert.True(
            expected == checksum || (headers.Protocol == IpProtocol.Udp && expected == 0 && checksum == 0xffff),
            $"checksum {checksum:x4} should be {expected:x4}");
    }
}
