using CsCheck;
using Metron.NetworkFunctions.Napt;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

public class PrefixTranslationTests
{
    private static readonly PrefixTranslation Example = new(IpPrefix.Parse("fd01:203:405::/48"), IpPrefix.Parse("2001:db8:1::/48"));

    [Fact]
    public void The_example_of_RFC_6296_is_translated_as_it_says()
    {
        var worker = Translator(Example);

        var sent = worker.Pass(Udp("fd01:203:405:1::1234", 1, "2001:db8:99::1", 2), Inside);
        Assert.Equal(IpAddress.Parse("2001:db8:1:d550::1234"), sent.Source);
        Assert.Equal(1, sent.SourcePort);
        Assert.True(worker.Verdict.Cacheable);

        var received = worker.Pass(sent.Reply(), Outside);
        Assert.Equal(IpAddress.Parse("fd01:203:405:1::1234"), received.Destination);
    }

    [Theory]
    [InlineData(48)]
    [InlineData(40)]
    [InlineData(28)]
    [InlineData(49)]
    [InlineData(56)]
    [InlineData(64)]
    public void Every_address_comes_back_as_it_went_and_no_checksum_changes(int length) =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong, Gen.ULong, Gen.Int[0, 4]).Sample((inside, outside, high, low, ones) =>
        {
            var mask = UInt128.MaxValue << (128 - length);
            var prefixes = new PrefixTranslation(
                new IpPrefix(IpAddress.V6(((UInt128)inside << 64) & mask), length),
                new IpPrefix(IpAddress.V6(((UInt128)outside << 64) & mask), length));
            var translator = new PrefixTranslator(prefixes);
            low |= ones == 0 ? 0 : ulong.MaxValue << (64 - (ones * 16)); // words of ones are skipped beyond /48
            var original = IpAddress.V6((prefixes.Inside.First & mask) | ((((UInt128)high << 64) | low) & ~mask));

            var address = original;
            if (!translator.TryTranslateOut(ref address))
            {
                var word = (ushort)(original.Value >> 64);
                Assert.True(length <= 48 ? word == 0xffff : low == ulong.MaxValue, $"{original} refused");
                return;
            }

            Assert.True(prefixes.Outside.Contains(address));
            Assert.Equal(Sum(original), Sum(address));
            Assert.True(translator.TryTranslateIn(ref address));
            Assert.Equal(original, address);
        });

    [Fact]
    public void Addresses_beside_the_prefixes_or_in_subnet_ffff_are_dropped()
    {
        var worker = Translator(Example);

        Assert.Equal(DropReason.PrefixMismatch, worker.Drop(Udp("fd01:203:406::1", 1, "2001:db8:99::1", 2), Inside));
        Assert.Equal(DropReason.PrefixMismatch, worker.Drop(Udp("2001:db8:99::1", 1, "2001:db8:2::1", 2), Outside));
        Assert.Equal(DropReason.PrefixMismatch, worker.Drop(Udp("fd01:203:405:ffff::1", 1, "2001:db8:99::1", 2), Inside));
        Assert.Equal(DropReason.Hairpin, worker.Drop(Udp("fd01:203:405:1::1", 1, "2001:db8:1:d550::2", 2), Inside));
    }

    [Fact]
    public void Every_protocol_is_translated_and_fragments_too()
    {
        var worker = Translator(Example);

        worker.Pass(Packet("fd01:203:405:1::1234", "2001:db8:99::1", IpProtocol.Esp), Inside);
        worker.Pass(Packet("fd01:203:405:1::1234", "2001:db8:99::1", IpProtocol.Udp) with { IsFragment = true }, Inside);
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void Icmp_errors_are_translated_with_the_packet_they_are_about()
    {
        var worker = Translator(Example);
        var sent = worker.Pass(Udp("fd01:203:405:1::1234", 1, "2001:db8:99::1", 2), Inside);

        var (outer, embedded) = worker.SendErrorExpecting(
            DropReason.None, Unreachable("2001:db8:88::1", "2001:db8:1:d550::1234"), sent, Outside);
        Assert.Equal(IpAddress.Parse("fd01:203:405:1::1234"), outer.Destination);
        Assert.Equal(IpAddress.Parse("fd01:203:405:1::1234"), embedded.Source);

        (outer, embedded) = worker.SendErrorExpecting(
            DropReason.None,
            Unreachable("fd01:203:405:1::1234", "2001:db8:99::1"),
            Udp("2001:db8:99::1", 2, "fd01:203:405:1::1234", 1),
            Inside);
        Assert.Equal(IpAddress.Parse("2001:db8:1:d550::1234"), outer.Source);
        Assert.Equal(IpAddress.Parse("2001:db8:1:d550::1234"), embedded.Destination);

        worker.SendErrorExpecting(
            DropReason.PrefixMismatch, Unreachable("2001:db8:88::1", "2001:db8:1:d550::1234"), sent.Reply(), Outside);
    }

    /// <summary>One's complement sum of the address's 16-bit words, where ffff and 0 are the same.</summary>
    private static int Sum(IpAddress address)
    {
        var sum = 0;
        for (var shift = 0; shift < 128; shift += 16)
        {
            sum += (ushort)(address.Value >> shift);
        }

        return sum % 0xffff;
    }

    private static TestWorker Translator(PrefixTranslation prefixes) =>
        new(Function(new NaptConfiguration("nat") { PrefixTranslation = prefixes }));
}
