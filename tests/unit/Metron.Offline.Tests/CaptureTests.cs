using System.Buffers.Binary;
using Metron.Offline.Captures;

namespace Metron.Offline.Tests;

public class CaptureTests
{
    private static readonly byte[] Frame = SampleSpecs.Client(40000).Build();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap_is_read_in_both_byte_orders_and_resolutions(bool isLittle, bool isNanoseconds)
    {
        var file = Pcap(isLittle, isNanoseconds, (5, 250, Frame, Frame.Length), (6, 1, Frame[..20], 60));

        var capture = CaptureReader.Read(file);

        Assert.Equal([""], capture.Interfaces);
        Assert.Equal([5_000_000_000 + (isNanoseconds ? 250 : 250_000), 6_000_000_000 + (isNanoseconds ? 1 : 1000)], capture.Packets.Select(packet => packet.Nanoseconds));
        Assert.Equal(Frame, capture.Packets[0].Frame);
        Assert.Equal((false, true), (capture.Packets[0].IsCut, capture.Packets[1].IsCut));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_is_read_with_interfaces_resolutions_and_unknown_blocks(bool isLittle)
    {
        var file = Pcapng(isLittle);

        var capture = CaptureReader.Read(file);

        Assert.Equal(["eth0", "internet"], capture.Interfaces);
        Assert.Equal([(0, 7_000_002_000L), (1, 7_000_000_003L), (0, 7_000_000_003L)], capture.Packets.Select(packet => (packet.Interface, packet.Nanoseconds)));
        Assert.All(capture.Packets, packet => Assert.Equal(Frame, packet.Frame));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapWriter(stream))
        {
            writer.Write(1_700_000_000_123_456_789, Frame);
            writer.Write(1_700_000_001_000_000_000, Frame.AsSpan(0, 30));
        }

        var packets = CaptureReader.Read(stream.ToArray()).Packets;

        Assert.Equal([1_700_000_000_123_456_789, 1_700_000_001_000_000_000], packets.Select(packet => packet.Nanoseconds));
        Assert.Equal([Frame, Frame[..30]], packets.Select(packet => packet.Frame));
    }

    [Fact]
    public void A_file_that_ends_anywhere_is_read_up_to_there_or_refused_and_never_worse()
    {
        foreach (var whole in new[] { Pcap(true, false, (1, 1, Frame, Frame.Length)), Pcapng(true), Pcapng(false) })
        {
            for (var length = 0; length < whole.Length; length++)
            {
                try
                {
                    Assert.True(CaptureReader.Read(whole.AsSpan(0, length)).Packets.Count < 3);
                }
                catch (CaptureException error)
                {
                    Assert.InRange(error.Offset, 0, length);
                }
            }
        }
    }

    [Fact]
    public void Any_broken_byte_is_survived()
    {
        foreach (var whole in new[] { Pcap(false, false, (1, 1, Frame, Frame.Length)), Pcapng(true) })
        {
            for (var at = 0; at < whole.Length; at++)
            {
                var broken = whole.ToArray();
                broken[at] ^= 0xff;
                try
                {
                    CaptureReader.Read(broken);
                }
                catch (CaptureException error)
                {
                    Assert.NotEmpty(error.Message);
                }
            }
        }
    }

    [Fact]
    public void Other_links_than_Ethernet_are_refused_by_name()
    {
        var file = Pcap(true, false);
        file[20] = 113;
        Assert.Contains("link type is 113", Assert.Throws<CaptureException>(() => CaptureReader.Read(file)).Message, StringComparison.Ordinal);
        Assert.Contains("magic number", Assert.Throws<CaptureException>(() => CaptureReader.Read("hello, world"u8)).Message, StringComparison.Ordinal);
    }

    private static byte[] Pcap(bool isLittle, bool isNanoseconds, params (uint Seconds, uint Fraction, byte[] Frame, int Original)[] packets) =>
    [
        .. Word(isNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, isLittle), .. Half(2, isLittle), .. Half(4, isLittle), .. Word(0, isLittle), .. Word(0, isLittle),
        .. Word(65535, isLittle), .. Word(1, isLittle),
        .. packets.SelectMany(packet => (byte[])[
            .. Word(packet.Seconds, isLittle), .. Word(packet.Fraction, isLittle), .. Word((uint)packet.Frame.Length, isLittle),
            .. Word((uint)packet.Original, isLittle), .. packet.Frame]),
    ];

    private static byte[] Pcapng(bool isLittle)
    {
        byte[] Name(string name) => [.. Half(2, isLittle), .. Half((ushort)name.Length, isLittle), .. Pad(System.Text.Encoding.UTF8.GetBytes(name))];
        byte[] End() => [.. Half(0, isLittle), .. Half(0, isLittle)];
        byte[] Packet(uint number, ulong units) =>
        [
            .. Word(number, isLittle), .. Word((uint)(units >> 32), isLittle), .. Word((uint)units, isLittle), .. Word((uint)Frame.Length, isLittle),
            .. Word((uint)Frame.Length, isLittle), .. Pad(Frame),
        ];
        byte[] resolution = [.. Half(9, isLittle), .. Half(1, isLittle), 9, 0, 0, 0];
        return
        [
            .. Block(0x0a0d0d0a, [.. Word(0x1a2b3c4d, isLittle), .. Half(1, isLittle), .. Half(0, isLittle), .. Word(uint.MaxValue, isLittle), .. Word(uint.MaxValue, isLittle)], isLittle),
            .. Block(1, [.. Half(1, isLittle), .. Half(0, isLittle), .. Word(0, isLittle), .. Name("eth0"), .. End()], isLittle),
            .. Block(1, [.. Half(1, isLittle), .. Half(0, isLittle), .. Word(0, isLittle), .. Name("internet"), .. resolution, .. End()], isLittle),
            .. Block(0x0bad, [1, 2, 3, 4], isLittle),
            .. Block(6, Packet(0, 7_000_002), isLittle),
            .. Block(6, Packet(1, 7_000_000_003), isLittle),
            .. Block(3, [.. Word((uint)Frame.Length, isLittle), .. Pad(Frame)], isLittle),
        ];
    }

    private static byte[] Block(uint type, byte[] body, bool isLittle)
    {
        var length = Word((uint)body.Length + 12, isLittle);
        return [.. Word(type, isLittle), .. length, .. body, .. length];
    }

    private static byte[] Pad(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];

    private static byte[] Word(uint value, bool isLittle)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, isLittle ? BinaryPrimitives.ReverseEndianness(value) : value);
        return bytes;
    }

    private static byte[] Half(ushort value, bool isLittle) => isLittle ? [(byte)value, (byte)(value >> 8)] : [(byte)(value >> 8), (byte)value];
}
