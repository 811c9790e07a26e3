using System.Buffers.Binary;
using CsCheck;

namespace Metron.Packets.Tests;

public sealed class InternetChecksumTests
{
    [Fact]
    public void The_example_of_RFC_1071_sums_to_ddf2() =>
        Assert.Equal(0xddf2, (ushort)~InternetChecksum.Compute([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]));

    [Fact]
    public void The_vectorised_sum_equals_the_naive_one_for_every_length()
    {
        var bytes = new byte[400];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(FrameBuilder.NaiveChecksum(bytes.AsSpan(0, length)), InternetChecksum.Compute(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_large_frame_of_all_ones_does_not_overflow_a_lane()
    {
        var bytes = new byte[65535];
        Array.Fill(bytes, (byte)0xff);
        Assert.Equal(FrameBuilder.NaiveChecksum(bytes), InternetChecksum.Compute(bytes));
    }

    [Fact]
    public void A_segment_is_summed_with_its_pseudo_header()
    {
        foreach (var destination in new[] { "192.0.2.9", "2001:db8::9" })
        {
            var isV6 = destination.Contains(':');
            var builder = new FrameBuilder
            {
                Source = IpAddress.Parse(isV6 ? "2001:db8::5" : "10.0.0.5"),
                Destination = IpAddress.Parse(destination),
                Protocol = IpProtocol.Tcp,
            };
            var segment = builder.BuildPacket().AsSpan(isV6 ? 40 : 20).ToArray();
            var expected = (ushort)(segment[16] << 8 | segment[17]);
            segment[16] = segment[17] = 0;
            Assert.Equal(expected, InternetChecksum.Compute(builder.Source, builder.Destination, IpProtocol.Tcp, segment));
        }
    }

    [Fact]
    public void A_delta_gives_what_summing_again_gives() => Gen.Select(Gen.Byte.Array[24, 200], Gen.UShort, Gen.Int[1, 9]).Sample((bytes, word, index) =>
    {
        // All zeros have no unique checksum; a header never is.
        bytes[0] |= 1;
        var before = InternetChecksum.Compute(bytes);
        var at = bytes.AsSpan(index * 2, 2);
        var delta = default(ChecksumDelta);
        delta.Add(BinaryPrimitives.ReadUInt16BigEndian(at), word);
        BinaryPrimitives.WriteUInt16BigEndian(at, word);
        Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Apply(before, delta.Value));
    }, iter: 20_000);

    [Fact]
    public void A_delta_works_in_either_byte_order() => Gen.Select(Gen.UShort, Gen.UShort).Sample((checksum, delta) =>
    {
        static ushort Swap(ushort value) => BinaryPrimitives.ReverseEndianness(value);
        Assert.Equal(InternetChecksum.Apply(checksum, delta), Swap(InternetChecksum.Apply(Swap(checksum), Swap(delta))));
        Assert.Equal(InternetChecksum.ApplyUdp(checksum, delta), Swap(InternetChecksum.ApplyUdp(Swap(checksum), Swap(delta))));
    });

    [Fact]
    public void A_UDP_checksum_of_none_stays_none_and_no_other_becomes_none() => Gen.Select(Gen.UShort, Gen.UShort).Sample((checksum, delta) =>
        Assert.Equal(checksum == 0, InternetChecksum.ApplyUdp(checksum, delta) == 0));
}
