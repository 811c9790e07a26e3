namespace Metron.Packets.Tests;

/// <summary>Frames made by scapy (Scapy/make_vectors.py): rewriting one into the other must give the same bytes.</summary>
public sealed class ScapyVectorTests
{
    private static readonly Dictionary<string, byte[]> Vectors = Read();

    public static TheoryData<string> Pairs => [.. Vectors.Keys.Where(name => name.EndsWith("_before", StringComparison.Ordinal)).Select(name => name[..^7])];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_rewritten_frame_equals_the_one_that_scapy_makes(string name)
    {
        var frame = Vectors[name + "_before"].ToArray();
        var expected = Vectors[name + "_after"];
        var tagged = name == "udp4";
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, tagged, out var before, out var layout));
        Assert.Equal(DropReason.None, FrameParser.Parse(expected, expected.Length, tagged, out var after, out _));
        if (before.IcmpKind == IcmpKind.Error)
        {
            var expectedLayout = layout;
            Assert.Equal(DropReason.None, FrameParser.ParseEmbedded(frame, before, ref layout, out var embedded));
            Assert.Equal(DropReason.None, FrameParser.ParseEmbedded(expected, after, ref expectedLayout, out var embeddedAfter));
            FrameRewriter.WriteEmbedded(frame, layout, embedded, embeddedAfter);
        }

        FrameRewriter.Write(frame, layout, before, after);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(frame));
    }

    [Fact]
    public void Fields_are_read_as_scapy_wrote_them()
    {
        var frame = Vectors["tcp4_before"];
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out var layout));
        Assert.Equal("02:00:00:00:00:0a", headers.EthernetSource.ToString());
        Assert.Equal("02:00:00:00:00:0b", headers.EthernetDestination.ToString());
        Assert.Equal(IpAddress.Parse("10.0.0.5"), headers.Source);
        Assert.Equal(IpAddress.Parse("192.0.2.9"), headers.Destination);
        Assert.Equal((40000, 443), (headers.SourcePort, headers.DestinationPort));
        Assert.Equal(TcpFlags.Push | TcpFlags.Acknowledgement, headers.TcpFlags);
        Assert.Equal((IpProtocol.Tcp, 64, frame.Length), (headers.Protocol, headers.TimeToLive, headers.FrameLength));
        Assert.False(headers.IsFragment);
        Assert.Equal((14, 34, 50, true), (layout.NetworkOffset, layout.TransportOffset, layout.ChecksumOffset, layout.IsPlain));
    }

    [Fact]
    public void Extension_headers_are_walked_to_the_transport_header()
    {
        var frame = Vectors["ext6_before"];
        Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, false, out var headers, out var layout));
        Assert.Equal((IpProtocol.Udp, 40000, 53), (headers.Protocol, headers.SourcePort, headers.DestinationPort));
        Assert.False(layout.IsPlain);
        Assert.Equal(14 + 40 + 8 + 8, layout.TransportOffset);
    }

    [Fact]
    public void Router_alert_is_forwarded_and_a_source_route_is_not()
    {
        Assert.Equal(DropReason.None, FrameParser.Parse(Vectors["options"], Vectors["options"].Length, false, out var headers, out var layout));
        Assert.Equal((1, 2), (headers.SourcePort, headers.DestinationPort));
        Assert.False(layout.IsPlain);
        Assert.Equal(DropReason.IpOptions, FrameParser.Parse(Vectors["sourceroute"], Vectors["sourceroute"].Length, false, out _, out _));
    }

    [Fact]
    public void Every_frame_cut_anywhere_is_refused_or_parsed_within_its_bounds()
    {
        foreach (var (name, frame) in Vectors)
        {
            for (var length = 0; length < frame.Length; length++)
            {
                var cut = frame.AsSpan(0, length);
                var reason = FrameParser.Parse(cut, length, name.StartsWith("udp4", StringComparison.Ordinal), out _, out _);
                Assert.True(reason != DropReason.None, $"{name} cut to {length} bytes was taken");
            }
        }
    }

    private static Dictionary<string, byte[]> Read()
    {
        using var stream = typeof(ScapyVectorTests).Assembly.GetManifestResourceStream("vectors.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => Convert.FromHexString(parts[1]));
    }
}
