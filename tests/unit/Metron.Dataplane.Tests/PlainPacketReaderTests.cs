using CsCheck;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Tests;

/// <summary>The fast path's reader against the full parser.</summary>
public sealed unsafe class PlainPacketReaderTests
{
    private static readonly FrameBuilder[] Seeds =
    [
        new() { Protocol = IpProtocol.Tcp },
        new() { Protocol = IpProtocol.Udp },
        new() { Protocol = IpProtocol.Icmp, IcmpType = 8 },
        new() { Protocol = IpProtocol.Icmp, IcmpType = 3, Payload = new FrameBuilder().BuildPacket() },
        new() { Protocol = IpProtocol.Gre, Payload = new byte[30] },
        V6(IpProtocol.Tcp),
        V6(IpProtocol.Udp),
        V6(IpProtocol.IcmpV6) with { IcmpType = 128 },
        V6(IpProtocol.Esp) with { Payload = new byte[30] },
    ];

    [Fact]
    public void Plain_packets_are_read()
    {
        foreach (var seed in Seeds.Where(seed => seed.IcmpType != 3))
        {
            Assert.True(TryRead(seed.Build(), out _, out _), seed.ToString());
        }
    }

    [Fact]
    public void What_is_read_is_what_the_parser_takes_and_has_the_same_key() =>
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Int[14, 90], Gen.Byte, Gen.Int[14, 90], Gen.Byte, Gen.Int[0, 8]).Sample(
            (index, at, value, other, otherValue, cut) =>
            {
                var frame = Seeds[index].Build();
                frame = frame[..(frame.Length - (cut > 4 ? cut - 4 : 0))];
                Set(frame, at, value);
                if ((cut & 1) == 0)
                {
                    Set(frame, other, otherValue);
                }

                FixChecksum(frame);
                Compare(frame);
            },
            iter: 200_000);

    [Fact]
    public void A_wrong_IPv4_checksum_is_left_to_the_slow_path()
    {
        var frame = Seeds[0].Build();
        frame[24] ^= 1;
        Assert.False(TryRead(frame, out _, out _));
    }

    private static void Compare(byte[] frame)
    {
        var reason = FrameParser.Parse(frame, frame.Length, false, out var headers, out var layout);
        if (!TryRead(frame, out var rest, out var addresses))
        {
            return;
        }

        // The reader does not judge addresses: no entry is ever made for martians.
        if (reason == DropReason.MartianAddress)
        {
            return;
        }

        Assert.Equal(DropReason.None, reason);
        Assert.False(headers.IsFragment);
        Assert.True(layout.IsPlain);
        Assert.Equal(TcpFlags.None, headers.TcpFlags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset));
        Assert.True(PlainPacketReader.TryGetPorts(headers, out var ports));
        Assert.Equal(FlowKey<Ipv4Addresses>.RestOf(ports, headers.Protocol, 5), rest);
        Assert.Equal(headers.IsV6 ? FlowComposer.Ipv6(headers) : (object)FlowComposer.Ipv4(headers), addresses);
    }

    private static bool TryRead(byte[] frame, out ulong rest, out object addresses)
    {
        fixed (byte* start = frame)
        {
            var isV6 = frame[12] == 0x86;
            var four = default(FlowKey<Ipv4Addresses>);
            var six = default(FlowKey<Ipv6Addresses>);
            var read = isV6
                ? PlainPacketReader.TryReadIpv6(start + 14, frame.Length - 14, frame.Length - 14, 5, &six)
                : PlainPacketReader.TryReadIpv4(start + 14, frame.Length - 14, frame.Length - 14, 5, out four);
            rest = isV6 ? six.Rest : four.Rest;
            addresses = isV6 ? six.Addresses : four.Addresses;
            return read;
        }
    }

    private static void Set(byte[] frame, int at, byte value)
    {
        if (at < frame.Length)
        {
            frame[at] = value;
        }
    }

    private static void FixChecksum(byte[] frame)
    {
        if (frame[12] == 0x08 && frame.Length >= 34)
        {
            frame[24] = frame[25] = 0;
            var checksum = FrameBuilder.NaiveChecksum(frame.AsSpan(14, Math.Clamp((frame[14] & 0x0f) * 4, 20, frame.Length - 14)));
            frame[24] = (byte)(checksum >> 8);
            frame[25] = (byte)checksum;
        }
    }

    private static FrameBuilder V6(byte protocol) =>
        new() { Source = IpAddress.Parse("2001:db8:1::5"), Destination = IpAddress.Parse("2001:db8:2::9"), Protocol = protocol };
}
