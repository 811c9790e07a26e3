using System.Runtime.InteropServices;
using CsCheck;

namespace Metron.Packets.Tests;

/// <summary>Where payloads lie.</summary>
public sealed class PacketPayloadTests
{
    private const int EthernetLength = 14;

    private static readonly Gen<FrameBuilder> Frames =
        from isV6 in Gen.Bool
        from protocol in Gen.OneOf(IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, (byte)132)
        from payload in Gen.Byte.Array[0, 40]
        select new FrameBuilder
        {
            Source = IpAddress.Parse(isV6 ? "2001:db8::1" : "10.0.0.1"),
            Destination = IpAddress.Parse(isV6 ? "2001:db8::2" : "10.0.0.2"),
            Protocol = protocol == IpProtocol.Icmp && isV6 ? IpProtocol.IcmpV6 : protocol,
            IcmpType = (byte)(isV6 ? 128 : 8),
            Payload = payload,
        };

    [Fact]
    public void The_payload_of_a_plain_packet_is_what_a_full_parse_finds() => Frames.Sample(builder =>
    {
        // Behind the packet there may be padding.
        byte[] frame = [.. builder.Build(), 0xee, 0xee, 0xee];
        WithNetwork(frame, frame.Length, network =>
        {
            var isRead = network.TryReadPlain(out var sequence, out var payload);
            Assert.Equal(builder.Protocol is IpProtocol.Tcp or IpProtocol.Udp, isRead);
            if (isRead)
            {
                Assert.Equal(DropReason.None, FrameParser.Parse(frame, frame.Length, tagged: false, out var headers, out var layout));
                var (start, length) = PacketPayload.Locate(frame, headers, layout);
                Assert.Equal(frame.AsSpan(start, length), payload.Span);
                Assert.Equal(builder.Payload, payload.Span.ToArray());
                Assert.Equal(builder.Protocol == IpProtocol.Tcp ? PacketPayload.ReadNumbers(frame, layout).Sequence : 0, sequence);
            }
        });
    });

    [Fact]
    public void A_packet_that_does_not_lie_in_the_bytes_as_a_whole_is_not_read() => Frames.Sample(builder =>
    {
        var frame = builder.Build();
        for (var length = EthernetLength; length < frame.Length; length++)
        {
            WithNetwork(frame, length, network => Assert.False(network.TryReadPlain(out _, out _)));
        }
    });

    private static void WithNetwork(byte[] frame, int length, Action<PacketPayload> look)
    {
        var pin = GCHandle.Alloc(frame, GCHandleType.Pinned);
        try
        {
            look(new PacketPayload(pin.AddrOfPinnedObject() + EthernetLength, length - EthernetLength));
        }
        finally
        {
            pin.Free();
        }
    }
}
