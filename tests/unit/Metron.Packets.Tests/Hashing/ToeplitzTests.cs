using System.Buffers.Binary;
using System.Net;
using CsCheck;
using Metron.Packets.Hashing;

namespace Metron.Packets.Tests.Hashing;

/// <summary>Against the vectors of Microsoft's "Verifying the RSS Hash Calculation", and a bit by bit reading of its definition.</summary>
public sealed class ToeplitzTests
{
    private static readonly Gen<byte[]> Keys = Gen.Byte.Array[Toeplitz.ShortestKey];
    private static readonly Gen<byte[]> Inputs = Gen.Byte.Array[0, Toeplitz.LongestInput];

    public static TheoryData<string, int, string, int, uint, uint> Vectors => new()
    {
        { "66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178 },
        { "199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea },
        { "24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a },
        { "38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f },
        { "153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2 },
        { "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d },
        { "3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf },
        { "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985, 0x02d1feef },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Hash_is_as_Microsoft_publishes_it(
        string source, int sourcePort, string destination, int destinationPort, uint ofAddresses, uint ofPortsToo)
    {
        var toeplitz = new Toeplitz(Toeplitz.MicrosoftKey);
        var addresses = IPAddress.Parse(source).GetAddressBytes().Concat(IPAddress.Parse(destination).GetAddressBytes()).ToArray();
        var ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), (ushort)destinationPort);
        var headers = new PacketHeaders
        {
            Source = IpAddress.Parse(source),
            Destination = IpAddress.Parse(destination),
            SourcePort = (ushort)sourcePort,
            DestinationPort = (ushort)destinationPort,
        };

        Assert.Equal(ofAddresses, toeplitz.Hash(addresses));
        Assert.Equal(ofPortsToo, toeplitz.Hash([.. addresses, .. ports]));
        Assert.Equal(ofPortsToo, toeplitz.Hash(addresses) ^ toeplitz.Part(addresses.Length, ports));
        Assert.Equal(ofAddresses, toeplitz.Hash(in headers, withPorts: false));
        Assert.Equal(ofPortsToo, toeplitz.Hash(in headers, withPorts: true));
        Assert.False(toeplitz.IsSymmetric);
    }

    [Fact]
    public void Hash_is_what_its_definition_says_bit_by_bit() =>
        Gen.Select(Keys, Inputs).Sample((key, input) => new Toeplitz(key).Hash(input) == ByDefinition(key, input), iter: 300);

    [Fact]
    public void Hash_is_linear_over_GF2() =>
        Gen.Select(Keys, Inputs, Inputs).Sample(
            (key, left, right) =>
            {
                var toeplitz = new Toeplitz(key);
                var sum = new byte[Math.Max(left.Length, right.Length)];
                for (var i = 0; i < sum.Length; i++)
                {
                    sum[i] = (byte)((i < left.Length ? left[i] : 0) ^ (i < right.Length ? right[i] : 0));
                }

                return toeplitz.Hash(sum) == (toeplitz.Hash(left) ^ toeplitz.Hash(right));
            },
            iter: 300);

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Symmetric_key_gives_both_directions_the_same_hash(int addressBytes)
    {
        var toeplitz = new Toeplitz(Toeplitz.SymmetricKey);
        var address = Gen.Byte.Array[addressBytes];
        var port = Gen.Byte.Array[2];
        Gen.Select(address, address, port, port).Sample(
            (a, b, p, q) => toeplitz.Hash([.. a, .. b, .. p, .. q]) == toeplitz.Hash([.. b, .. a, .. q, .. p])
                && toeplitz.Hash([.. a, .. b]) == toeplitz.Hash([.. b, .. a]),
            iter: 1000);
        Assert.True(toeplitz.IsSymmetric);
    }

    [Fact]
    public void Symmetric_key_gives_each_of_the_low_16_bits_to_exactly_one_port()
    {
        var toeplitz = new Toeplitz(Toeplitz.SymmetricKey);
        var hashes = Enumerable.Range(0, 65536).Select(port => (ushort)toeplitz.PartOfPort((ushort)port, false, true)).ToHashSet();
        Assert.Equal(65536, hashes.Count);
    }

    [Fact]
    public void A_single_changed_bit_of_the_key_breaks_the_symmetry() =>
        Gen.Int[0, (Toeplitz.ShortestKey * 8) - 1].Sample(bit =>
        {
            var key = Toeplitz.SymmetricKey.ToArray();
            key[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            // The last bit of the key is looked at by no bit of the longest input.
            return new Toeplitz(key).IsSymmetric == (bit == (Toeplitz.ShortestKey * 8) - 1);
        });

    [Fact]
    public void What_is_behind_the_fortieth_byte_of_a_key_has_no_influence()
    {
        byte[] longer = [.. Toeplitz.MicrosoftKey, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        var input = Enumerable.Range(200, Toeplitz.LongestInput).Select(i => (byte)i).ToArray();
        Assert.Equal(new Toeplitz(Toeplitz.MicrosoftKey).Hash(input), new Toeplitz(longer).Hash(input));
    }

    [Fact]
    public void Short_keys_and_long_inputs_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Toeplitz(new byte[Toeplitz.ShortestKey - 1]));
        var toeplitz = new Toeplitz(Toeplitz.MicrosoftKey);
        Assert.Throws<ArgumentOutOfRangeException>(() => toeplitz.Hash(new byte[Toeplitz.LongestInput + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => toeplitz.Part(-1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => toeplitz.Part(Toeplitz.LongestInput, new byte[1]));
    }

    private static uint ByDefinition(byte[] key, byte[] input)
    {
        var result = 0U;
        for (var bit = 0; bit < input.Length * 8; bit++)
        {
            if ((input[bit / 8] & 0x80 >> (bit % 8)) == 0)
            {
                continue;
            }

            for (var i = 0; i < 32; i++)
            {
                result ^= (uint)(key[(bit + i) / 8] >> (7 - ((bit + i) % 8)) & 1) << (31 - i);
            }
        }

        return result;
    }
}
