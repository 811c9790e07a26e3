using System.Numerics;
using CsCheck;
using Metron.NetworkFunctions.Hashing;
using Metron.Packets;
using Metron.Packets.Hashing;

namespace Metron.NetworkFunctions.Tests.Hashing;

public class PortCosetsTests
{
    private const int Words = 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(128)]
    [InlineData(4096)]
    public void The_symmetric_key_gives_every_flow_group_as_many_ports(int groups)
    {
        var cosets = new PortCosets(new Toeplitz(Toeplitz.SymmetricKey), false, groups);
        Assert.All(Enumerable.Range(0, groups), part => Assert.Equal(65536 / groups, cosets.CountOf(part)));
    }

    [Fact]
    public void Every_port_is_in_the_coset_of_what_it_adds_to_the_hash_and_in_no_other() =>
        Gen.Select(Gen.Byte.Array[Toeplitz.ShortestKey], Gen.Bool, Gen.Int[0, 7]).Sample(
            (key, isV6, bits) =>
            {
                var toeplitz = new Toeplitz(key);
                var cosets = new PortCosets(toeplitz, isV6, 1 << bits);
                var seen = new int[65536];
                for (var part = 0; part < 1 << bits; part++)
                {
                    for (var word = 0; word < Words; word++)
                    {
                        for (var rest = cosets.Fitting(word, part); rest != 0; rest &= rest - 1)
                        {
                            var port = (word << 6) + BitOperations.TrailingZeroCount(rest);
                            seen[port]++;
                            Assert.Equal(part, (int)toeplitz.PartOfPort((ushort)port, isV6, true) & ((1 << bits) - 1));
                        }
                    }
                }

                Assert.All(seen, times => Assert.Equal(1, times));
            },
            iter: 10,
            threads: 1);

    [Fact]
    public void A_key_that_is_not_symmetric_and_numbers_that_are_no_powers_of_two_are_refused()
    {
        var hash = new FrameHash(new Toeplitz(Toeplitz.SymmetricKey), HashTypes.All);
        Assert.Throws<ArgumentException>(() => new HashDispatch(new FrameHash(new Toeplitz(Toeplitz.MicrosoftKey), HashTypes.All), 4));
        Assert.Throws<ArgumentException>(() => new HashDispatch(hash, 0));
        Assert.Throws<ArgumentException>(() => new HashDispatch(hash, 3));
        Assert.Throws<ArgumentException>(() => new HashDispatch(hash, 8192));
        Assert.Equal(4, new HashDispatch(hash, 4).Groups);
    }

    [Fact]
    public void Flow_groups_are_those_of_the_hash_of_what_the_NIC_hashes()
    {
        var toeplitz = new Toeplitz(Toeplitz.SymmetricKey);
        var headers = TestPackets.Udp("10.0.0.1", 4001, "203.0.113.5", 53);
        var withPorts = (int)toeplitz.Hash(in headers, true) & 127;
        var without = (int)toeplitz.Hash(in headers, false) & 127;
        Assert.NotEqual(without, withPorts);
        Assert.Equal(withPorts, GroupOf(headers, HashTypes.Ipv4Udp));
        Assert.Equal(without, GroupOf(headers, HashTypes.Ipv4 | HashTypes.Ipv4Tcp));
        Assert.Equal(0, GroupOf(headers, HashTypes.Ipv4Tcp | HashTypes.Ipv6));
        Assert.Equal(without, GroupOf(headers with { IsFragment = true }, HashTypes.All));
    }

    private static int GroupOf(PacketHeaders headers, HashTypes types) =>
        new HashDispatch(new FrameHash(new Toeplitz(Toeplitz.SymmetricKey), types), 128).GroupOf(in headers);
}
