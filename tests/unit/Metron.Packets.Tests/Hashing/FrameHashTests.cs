using CsCheck;
using Metron.Packets.Hashing;

namespace Metron.Packets.Tests.Hashing;

public sealed class FrameHashTests
{
    private static readonly Toeplitz Microsoft = new(Toeplitz.MicrosoftKey);
    private static readonly FrameHash All = new(Microsoft, HashTypes.All);

    private static readonly FrameBuilder V4 = new()
    {
        Source = IpAddress.Parse("66.9.149.187"),
        Destination = IpAddress.Parse("161.142.100.80"),
        SourcePort = 2794,
        DestinationPort = 1766,
    };

    private static readonly FrameBuilder V6 = V4 with
    {
        Source = IpAddress.Parse("3ffe:2501:200:1fff::7"),
        Destination = IpAddress.Parse("3ffe:2501:200:3::1"),
    };

    [Theory]
    [InlineData(IpProtocol.Tcp)]
    [InlineData(IpProtocol.Udp)]
    public void Tcp_and_Udp_are_hashed_with_ports_behind_any_tag(byte protocol)
    {
        var v4 = V4 with { Protocol = protocol };
        var v6 = V6 with { Protocol = protocol };
        Assert.Equal(0x51ccc178U, HashOf(v4.Build()));
        Assert.Equal(0x40207d3dU, HashOf(v6.Build()));
        Assert.Equal(0x51ccc178U, HashOf((v4 with { Vlan = 100 }).Build()));
        byte[] twice = [.. v6.Build()[..12], 0x88, 0xa8, 0, 7, .. (v6 with { Vlan = 100 }).Build()[12..]];
        Assert.Equal(0x40207d3dU, HashOf(twice));
    }

    [Fact]
    public void Fragments_and_other_protocols_are_hashed_by_addresses_alone()
    {
        Assert.Equal(0x323e8fc2U, HashOf((V4 with { Fragment = 0x2000 }).Build())); // first
        Assert.Equal(0x323e8fc2U, HashOf((V4 with { Fragment = 0x0010 }).Build())); // last
        Assert.Equal(0x51ccc178U, HashOf((V4 with { Fragment = 0x4000 }).Build())); // may not be fragmented
        Assert.Equal(0x323e8fc2U, HashOf((V4 with { Protocol = IpProtocol.Icmp }).Build()));
        Assert.Equal(0x2cc18cd5U, HashOf((V6 with { Protocol = IpProtocol.IcmpV6 }).Build()));
        var behindExtension = V6.Build();
        behindExtension[14 + 6] = 0; // hop-by-hop options
        Assert.Equal(0x2cc18cd5U, HashOf(behindExtension));
    }

    [Fact]
    public void Ports_stand_behind_Ipv4_options()
    {
        var plain = V4.Build();
        byte[] withOptions = [.. plain[..14], 0x46, .. plain[15..34], 1, 1, 1, 0, .. plain[34..]];
        Assert.Equal(0x51ccc178U, HashOf(withOptions));
    }

    [Theory]
    [InlineData(HashTypes.Ipv4, 0x323e8fc2U, null)]
    [InlineData(HashTypes.Ipv4Udp, 0x51ccc178U, null)]
    [InlineData(HashTypes.Ipv4Tcp, null, null)]
    [InlineData(HashTypes.Ipv4Tcp | HashTypes.Ipv4, 0x323e8fc2U, null)]
    [InlineData(HashTypes.Ipv6, null, 0x2cc18cd5U)]
    [InlineData(HashTypes.Ipv6Udp, null, 0x40207d3dU)]
    [InlineData(HashTypes.Ipv6Tcp, null, null)]
    [InlineData(HashTypes.None, null, null)]
    public void Only_what_is_asked_for_is_hashed(HashTypes types, uint? ofV4, uint? ofV6)
    {
        var hash = new FrameHash(Microsoft, types);
        Assert.Equal(ofV4, hash.TryCompute(V4.Build(), out var v4) ? v4 : null);
        Assert.Equal(ofV6, hash.TryCompute(V6.Build(), out var v6) ? v6 : null);
    }

    [Fact]
    public void What_is_cut_off_or_no_packet_is_hashed_as_far_as_it_goes_or_not_at_all()
    {
        var v4 = V4.Build();
        var v6 = V6.Build();
        for (var length = 0; length <= v4.Length; length++)
        {
            Assert.Equal(length < 34 ? null : length < 38 ? 0x323e8fc2U : 0x51ccc178U, HashOf(v4[..length]));
        }

        for (var length = 0; length <= v6.Length; length++)
        {
            Assert.Equal(length < 54 ? null : length < 58 ? 0x2cc18cd5U : 0x40207d3dU, HashOf(v6[..length]));
        }

        Assert.Null(HashOf([.. v4[..12], 0x08, 0x06, .. v4[14..]]));
        Assert.Null(HashOf([.. v4[..14], 0x65, .. v4[15..]]));
        Assert.Null(HashOf([.. v6[..14], 0x45, .. v6[15..]]));
    }

    [Fact]
    public void No_frame_makes_it_fail() => Gen.Byte.Array[0, 80].Sample(
        bytes =>
        {
            foreach (var type in new byte[][] { [0x08, 0x00], [0x86, 0xdd], [0x81, 0x00] })
            {
                byte[] frame = bytes.Length < 14 ? bytes : [.. bytes[..12], .. type, .. bytes[14..]];
                All.TryCompute(frame, out _);
            }
        },
        iter: 20_000);

    private static uint? HashOf(byte[] frame) => All.TryCompute(frame, out var hash) ? hash : null;
}
