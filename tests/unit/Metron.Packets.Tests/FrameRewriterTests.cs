using CsCheck;

namespace Metron.Packets.Tests;

/// <summary>A rewritten frame must equal the frame made anew with the new values, all checksums recomputed in full.</summary>
public sealed class FrameRewriterTests
{
    private static readonly Gen<IpAddress> V4 = Gen.UInt[0x0100_0000, 0x7eff_ffff].Select(IpAddress.V4);
    private static readonly Gen<IpAddress> V6 =
        Gen.Select(Gen.ULong, Gen.ULong).Select((high, low) => IpAddress.V6(new UInt128(high & 0x0fff_ffff_ffff_ffff | 0x2000_0000_0000_0000, low)));

    private static readonly Gen<FrameBuilder> Frames =
        from isV6 in Gen.Bool
        from source in isV6 ? V6 : V4
        from destination in isV6 ? V6 : V4
        from protocol in OneOf(IpProtocol.Tcp, IpProtocol.Udp, isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp, IpProtocol.Gre)
        from ports in Gen.Select(Gen.UShort, Gen.UShort)
        from checksum in Gen.Bool
        from payload in Gen.Byte.Array[0, 64]
        from vlan in Gen.Bool
        from ttl in Gen.Byte[1, 255]
        select new FrameBuilder
        {
            Source = source,
            Destination = destination,
            Protocol = protocol,
            SourcePort = ports.Item1,
            DestinationPort = ports.Item2,
            UdpChecksum = checksum || isV6,
            Payload = payload,
            Vlan = vlan ? (ushort)100 : null,
            TimeToLive = ttl,
            IcmpType = (byte)(isV6 ? 128 : 8),
        };

    private static Gen<byte> OneOf(params byte[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static readonly Gen<(FrameBuilder Before, FrameBuilder After)> Changes =
        from before in Frames
        from source in before.Source.IsV6 ? V6 : V4
        from destination in before.Source.IsV6 ? V6 : V4
        from ports in Gen.Select(Gen.UShort, Gen.UShort)
        from mask in Gen.Int[0, 31]
        from ttl in Gen.Byte[0, before.TimeToLive]
        select (before, before with
        {
            Source = (mask & 1) != 0 ? source : before.Source,
            Destination = (mask & 2) != 0 ? destination : before.Destination,
            SourcePort = (mask & 4) != 0 ? ports.Item1 : before.SourcePort,
            DestinationPort = (mask & 8) != 0 ? ports.Item2 : before.DestinationPort,
            TimeToLive = ttl,
            EthernetDestination = (mask & 16) != 0 ? new MacAddress(0x020000000001) : before.EthernetDestination,
        });

    [Fact]
    public void Any_change_equals_building_the_frame_anew() => Changes.Sample(change =>
    {
        var frame = change.Before.Build();
        var expected = change.After.Build();
        var tagged = change.Before.Vlan.HasValue;
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, tagged, out var before, out var layout));
        Assert.Equal(DropReason.None, FrameParser.Parse(expected, expected.Length, tagged, out var after, out _));
        FrameRewriter.Write(frame, layout, before, after);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(frame));
    }, iter: 20_000);

    [Fact]
    public void Any_change_of_an_embedded_packet_equals_building_the_error_anew() =>
        Gen.Select(Changes, Gen.Int[0, 100]).Sample((change, cut) =>
        {
            var (before, after) = change;
            after = after with { TimeToLive = before.TimeToLive };
            var isV6 = before.Source.IsV6;
            var length = Math.Min(before.BuildPacket().Length, (isV6 ? 48 : 28) + cut);
            // A TCP checksum of which one byte was quoted cannot be corrected.
            var halfChecksum = before.Protocol == IpProtocol.Tcp && length == (isV6 ? 40 : 20) + 17;
            if (halfChecksum || (before.Protocol == IpProtocol.Gre && before.Payload.Length < 8))
            {
                return;
            }

            FrameBuilder Error(FrameBuilder about) => new()
            {
                Source = isV6 ? IpAddress.Parse("2001:db8::7") : IpAddress.Parse("192.0.2.7"),
                Destination = about.Source,
                Protocol = isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp,
                IcmpType = (byte)(isV6 ? 1 : 3),
                Payload = about.BuildPacket()[..length],
            };
            var frame = Error(before).Build();
            var expected = Error(after).Build();
            Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var outer, out var layout));
            Assert.Equal(DropReason.None, FrameParser.ParseEmbedded(frame, outer, ref layout, out var embedded));
            FrameRewriter.Write(frame, layout, outer, outer with { Destination = after.Source });
            FrameRewriter.WriteEmbedded(frame, layout, embedded, embedded with
            {
                Source = after.Source,
                Destination = after.Destination,
                SourcePort = before.Protocol == IpProtocol.Gre ? (ushort)0 : after.SourcePort,
                DestinationPort = before.Protocol == IpProtocol.Gre ? (ushort)0 : after.DestinationPort,
            });
            Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(frame));
        }, iter: 20_000);

    [Fact]
    public void A_wrong_transport_checksum_stays_wrong()
    {
        var frame = new FrameBuilder { Protocol = IpProtocol.Tcp }.Build();
        frame[50] ^= 0xff;
        FrameParser.Parse(frame, frame.Length, false, out var before, out var layout);
        FrameRewriter.Write(frame, layout, before, before with { SourcePort = 1 });
        var right = new FrameBuilder { Protocol = IpProtocol.Tcp, SourcePort = 1 }.Build();
        Assert.Equal(right[..50], frame[..50]);
        Assert.NotEqual(right[50..52], frame[50..52]);
    }

    [Fact]
    public void A_frame_that_nothing_changes_in_keeps_every_byte()
    {
        var frame = new FrameBuilder { Protocol = IpProtocol.Tcp }.Build();
        frame[50] = frame[51] = 0xff;
        var expected = frame.ToArray();
        FrameParser.Parse(frame, frame.Length, false, out var before, out var layout);
        FrameRewriter.Write(frame, layout, before, before);
        Assert.Equal(expected, frame);
    }

    [Fact]
    public void Tags_and_MAC_addresses_turn_into_each_other()
    {
        Assert.Equal("02:4d:54:12:34:56", DispatchTag.ToMac(0x123456).ToString());
        Assert.True(DispatchTag.TryRead(MacAddress.Parse("02:4d:54:00:00:07"), out var tag));
        Assert.Equal(7u, tag);
        Assert.False(DispatchTag.TryRead(MacAddress.Parse("02:4d:55:00:00:07"), out _));
    }
}
