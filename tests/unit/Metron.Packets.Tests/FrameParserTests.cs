using CsCheck;

namespace Metron.Packets.Tests;

public sealed class FrameParserTests
{
    private static readonly FrameBuilder Udp = new();
    private static readonly FrameBuilder Tcp = new() { Protocol = IpProtocol.Tcp };
    private static readonly FrameBuilder Udp6 = new() { Source = IpAddress.Parse("2001:db8:1::5"), Destination = IpAddress.Parse("2001:db8:2::9") };
    private static readonly FrameBuilder Icmp = new() { Protocol = IpProtocol.Icmp, IcmpType = 8 };

    [Fact]
    public void A_frame_that_is_not_IP_is_named_so() => Assert.Equal(DropReason.NotIp, Parse(Set(Udp.Build(), 12, 0x08, 0x06)));

    [Theory]
    [InlineData(0x81, 0x00)]
    [InlineData(0x88, 0xa8)]
    public void A_VLAN_header_behind_the_tag_or_instead_of_it_is_named_so(byte high, byte low)
    {
        Assert.Equal(DropReason.VlanTagged, Parse(Set(Udp.Build(), 12, high, low)));
        var tagged = (Udp with { Vlan = 7 }).Build();
        Assert.Equal(DropReason.None, Parse(tagged, tagged: true));
        Assert.Equal(DropReason.VlanTagged, Parse(Set(tagged, 16, high, low), tagged: true));
    }

    [Fact]
    public void The_tag_does_not_count_in_the_frame_length()
    {
        var tagged = (Udp with { Vlan = 7 }).Build();
        FrameParser.Parse(tagged, tagged.Length, true, out var headers, out _);
        Assert.Equal(Udp.Build().Length, headers.FrameLength);
    }

    [Theory]
    [InlineData(0x55)] // version 5
    [InlineData(0x44)] // header of 16 bytes
    [InlineData(0x65)]
    public void IPv4_with_a_wrong_version_or_header_length_is_malformed(byte value) =>
        Assert.Equal(DropReason.MalformedHeader, Parse(Set(Udp.Build(), 14, value)));

    [Fact]
    public void IPv4_shorter_than_its_own_header_is_malformed_and_longer_than_the_frame_is_truncated()
    {
        Assert.Equal(DropReason.MalformedHeader, Parse(Set(Udp.Build(), 16, 0, 19)));
        Assert.Equal(DropReason.Truncated, Parse(Set(Udp.Build(), 16, 0, 200)));
        Assert.Equal(DropReason.Truncated, Parse(Set(Udp.Build(), 14, 0x4f)));
    }

    [Fact]
    public void SCTP_has_ports_and_is_truncated_without_its_common_header()
    {
        var sctp = Udp with { Protocol = IpProtocol.Sctp, Payload = [0x9c, 0x40, 0x0b, 0x59, 1, 2, 3, 4, 5, 6, 7, 8] };
        var frame = sctp.Build();
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out _));
        Assert.Equal((40000, 2905), (headers.SourcePort, headers.DestinationPort));
        Assert.Equal(DropReason.Truncated, Parse((sctp with { Payload = [0x9c, 0x40, 0x0b, 0x59] }).Build()));
    }

    [Fact]
    public void A_wrong_IPv4_checksum_is_named_so() => Assert.Equal(DropReason.BadChecksum, Parse(Set(Udp.Build(), 24, 0xde, 0xad)));

    [Fact]
    public void IPv6_of_another_version_is_malformed() => Assert.Equal(DropReason.MalformedHeader, Parse(Set(Udp6.Build(), 14, 0x40)));

    [Fact]
    public void A_TCP_header_of_less_than_20_bytes_is_malformed_and_one_past_the_packet_truncated()
    {
        Assert.Equal(DropReason.MalformedHeader, Parse(Set(Tcp.Build(), 46, 0x40)));
        Assert.Equal(DropReason.Truncated, Parse(Set(Tcp.Build(), 46, 0xf0)));
    }

    [Fact]
    public void A_UDP_length_below_8_is_malformed_and_one_past_the_packet_truncated()
    {
        Assert.Equal(DropReason.MalformedHeader, Parse(Set(Udp.Build(), 38, 0, 7)));
        Assert.Equal(DropReason.Truncated, Parse(Set(Udp.Build(), 38, 0, 14)));
    }

    [Theory]
    [InlineData("127.0.0.1", "192.0.2.9")]
    [InlineData("10.0.0.5", "127.8.9.1")]
    [InlineData("0.0.0.0", "192.0.2.9")]
    [InlineData("10.0.0.5", "0.0.0.0")]
    [InlineData("224.0.0.5", "192.0.2.9")]
    [InlineData("255.255.255.255", "192.0.2.9")]
    [InlineData("::", "2001:db8::1")]
    [InlineData("::1", "2001:db8::1")]
    [InlineData("2001:db8::1", "::1")]
    [InlineData("ff02::1", "2001:db8::1")]
    public void Martians_are_named_so(string source, string destination) =>
        Assert.Equal(
            DropReason.MartianAddress,
            Parse((Udp with { Source = IpAddress.Parse(source), Destination = IpAddress.Parse(destination) }).Build()));

    [Fact]
    public void Fragments_have_no_ports_and_only_the_first_has_a_checksum()
    {
        FrameParser.Parse((Udp with { Fragment = 0x2000 }).Build(), 47, false, out var first, out var firstLayout);
        Assert.True(first.IsFragment);
        Assert.Equal((0, 0), (first.SourcePort, first.DestinationPort));
        Assert.Equal(40, firstLayout.ChecksumOffset);
        var syn = (Udp with { Protocol = IpProtocol.Tcp, TcpFlags = TcpFlags.Syn, Fragment = 0x2000 }).Build();
        FrameParser.Parse(syn, syn.Length, false, out var firstOfTcp, out _);
        Assert.Equal((TcpFlags.Syn, 0), (firstOfTcp.TcpFlags, firstOfTcp.SourcePort)); // as switches see it
        FrameParser.Parse((Udp with { Fragment = 0x0010 }).Build(), 47, false, out var later, out var laterLayout);
        Assert.True(later.IsFragment);
        Assert.Equal((0, 0), (laterLayout.TransportOffset, laterLayout.ChecksumOffset));
    }

    [Theory]
    [InlineData(8, IcmpKind.Query)]
    [InlineData(13, IcmpKind.Query)]
    [InlineData(0, IcmpKind.Reply)]
    [InlineData(14, IcmpKind.Reply)]
    [InlineData(3, IcmpKind.Error)]
    [InlineData(5, IcmpKind.Error)]
    [InlineData(12, IcmpKind.Error)]
    [InlineData(9, IcmpKind.Other)]
    public void ICMP_kinds_are_told_apart_and_queries_have_their_identifier_as_ports(byte type, IcmpKind kind)
    {
        var frame = (Icmp with { IcmpType = type, IcmpCode = 1 }).Build();
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out _));
        Assert.Equal((kind, type, (byte)1), (headers.IcmpKind, headers.IcmpType, headers.IcmpCode));
        var identifier = kind is IcmpKind.Query or IcmpKind.Reply ? 40000 : 0;
        Assert.Equal((identifier, identifier), (headers.SourcePort, headers.DestinationPort));
    }

    [Theory]
    [InlineData("2c00000000000000", DropReason.None, false)] // atomic fragment, then UDP
    [InlineData("2c00000100000000", DropReason.None, true)] // first fragment
    [InlineData("2c00010000000000", DropReason.None, true)] // later fragment
    [InlineData("2b00000000000000", DropReason.None, false)] // routing header, no segments left
    [InlineData("2b00000100000000", DropReason.ExtensionHeader, false)] // segments left
    [InlineData("3300000000000000", DropReason.None, false)] // authentication header of 8 bytes
    [InlineData("3c0c000000000000", DropReason.Truncated, false)] // longer than the packet
    public void Extension_headers_are_judged_as_said(string hex, DropReason expected, bool isFragment)
    {
        // The first byte of the text is the number of the header itself; in the packet, there stands what follows it.
        var header = Convert.FromHexString(hex);
        var number = header[0];
        header[0] = IpProtocol.Udp;
        var udp = Udp6.Build();
        byte[] frame = [.. udp[..54], .. header, .. udp[54..]];
        frame[20] = number;
        frame[19] += 8;
        var reason = FrameParser.Parse(frame, frame.Length, false, out var headers, out _);
        Assert.Equal((expected, expected == DropReason.None && isFragment), (reason, reason == DropReason.None && headers.IsFragment));
        if (reason == DropReason.None)
        {
            // Switches see protocol 44 in fragments but the first.
            var protocol = hex == "2c00010000000000" ? IpProtocol.Ipv6Fragment : IpProtocol.Udp;
            Assert.Equal((protocol, isFragment ? 0 : 40000), (headers.Protocol, headers.SourcePort));
        }
    }

    [Fact]
    public void Too_many_extension_headers_are_named_so()
    {
        var udp = Udp6.Build();
        foreach (var (count, expected) in new[] { (8, DropReason.None), (9, DropReason.ExtensionHeader) })
        {
            byte[] chain = [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[(byte)(i == count - 1 ? 17 : 60), 0, 1, 4, 0, 0, 0, 0])];
            byte[] frame = [.. udp[..54], .. chain, .. udp[54..]];
            frame[20] = 60;
            frame[19] += (byte)chain.Length;
            Assert.Equal(expected, Parse(frame));
        }
    }

    [Fact]
    public void An_ICMP_error_with_too_little_of_its_packet_or_about_an_ICMP_error_is_malformed()
    {
        var about = new FrameBuilder { Source = IpAddress.Parse("192.0.2.9"), Destination = IpAddress.Parse("10.0.0.5") };
        Assert.Equal(DropReason.None, ParseError(about.BuildPacket()));
        Assert.Equal(DropReason.None, ParseError(about.BuildPacket()[..28]));
        Assert.Equal(DropReason.IcmpErrorMalformed, ParseError(about.BuildPacket()[..27]));
        Assert.Equal(DropReason.IcmpErrorMalformed, ParseError(about.BuildPacket()[..19]));
        Assert.Equal(DropReason.IcmpErrorMalformed, ParseError(Set(about.BuildPacket(), 0, 0x65)));
        Assert.Equal(DropReason.IcmpErrorMalformed, ParseError((about with { Protocol = IpProtocol.Icmp, IcmpType = 3 }).BuildPacket()));
    }

    [Fact]
    public void Padding_of_the_frame_is_not_taken_for_the_embedded_packet()
    {
        var error = (Icmp with { IcmpType = 3, Payload = Udp.BuildPacket()[..20] }).Build();
        byte[] padded = [.. error, .. new byte[20]];
        Assert.Equal(DropReason.None, FrameParser.Parse(padded, padded.Length, false, out var headers, out var layout));
        Assert.Equal(DropReason.IcmpErrorMalformed, FrameParser.ParseEmbedded(padded, headers, ref layout, out _));
    }

    [Fact]
    public void A_long_frame_needs_only_its_headers_contiguous()
    {
        var frame = (Udp with { Payload = new byte[3000] }).Build();
        Assert.Equal(DropReason.None, FrameParser.Parse(frame.AsSpan(0, 100), frame.Length, false, out var headers, out _));
        Assert.Equal(frame.Length, headers.FrameLength);
        Assert.Equal(DropReason.Truncated, FrameParser.Parse(frame.AsSpan(0, 40), frame.Length, false, out _, out _));
    }

    [Fact]
    public void Random_bytes_never_lead_out_of_the_frame() =>
        Gen.Select(Gen.Byte.Array[0, 120], Gen.Bool, Gen.Bool.Select(isV6 => isV6 ? 0x86dd : 0x0800), Gen.Byte).Sample((bytes, tagged, etherType, first) =>
        {
            var offset = tagged ? 18 : 14;
            if (bytes.Length > offset)
            {
                bytes[offset - 2] = (byte)(etherType >> 8);
                bytes[offset - 1] = (byte)etherType;
                bytes[offset] = (byte)(etherType == 0x0800 ? 0x45 | (first & 0x0f) : 0x60 | (first & 0x0f));
            }

            Rewrite(bytes, tagged);
        }, iter: 50_000);

    [Fact]
    public void Good_frames_with_any_byte_changed_are_handled_within_their_bounds()
    {
        var error = Icmp with { IcmpType = 3, Payload = Udp.BuildPacket() };
        var error6 = Udp6 with { Protocol = IpProtocol.IcmpV6, IcmpType = 1, Payload = Udp6.BuildPacket() };
        var frames = new[] { Udp.Build(), Tcp.Build(), Udp6.Build(), error.Build(), error6.Build() };
        Gen.Select(Gen.Int[0, frames.Length - 1], Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 200], Gen.Byte).Sample((index, at, value, other, otherValue) =>
        {
            var frame = frames[index].ToArray();
            frame[at % frame.Length] = value;
            frame[other % frame.Length] = otherValue;
            Rewrite(frame, false);
        }, iter: 50_000);
    }

    private static void Rewrite(byte[] frame, bool tagged)
    {
        if (FrameParser.Parse(frame, frame.Length, tagged, out var headers, out var layout) != DropReason.None)
        {
            return;
        }

        if (headers.IcmpKind == IcmpKind.Error && FrameParser.ParseEmbedded(frame, headers, ref layout, out var embedded) == DropReason.None)
        {
            FrameRewriter.WriteEmbedded(frame, layout, embedded, embedded with { Source = embedded.Destination, SourcePort = 1 });
        }

        FrameRewriter.Write(frame, layout, headers, headers with { Source = headers.Destination, SourcePort = 9, TimeToLive = 1 });
    }

    private static DropReason Parse(byte[] frame, bool tagged = false) => FrameParser.Parse(frame, frame.Length, tagged, out _, out _);

    private static DropReason ParseError(byte[] embedded)
    {
        var frame = (Icmp with { IcmpType = 3, Payload = embedded }).Build();
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out var layout));
        return FrameParser.ParseEmbedded(frame, headers, ref layout, out _);
    }

    private static byte[] Set(byte[] frame, int offset, params byte[] values)
    {
        values.CopyTo(frame, offset);
        return frame;
    }
}
