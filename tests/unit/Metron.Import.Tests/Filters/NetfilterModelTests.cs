using Metron.Import.Filters;
using Metron.Import.Iptables;
using Metron.Import.Nftables;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Tests.Filters;

/// <summary>Imported firewalls decide as the chains do when they are walked packet by packet.</summary>
public class NetfilterModelTests
{
    private static readonly FilterImportOptions Options = new() { Inside = "lan0", Outside = "wan0" };

    /// <summary>About as many as the rules of the largest chains take.</summary>
    private const int MostDecisions = 1200;

    [Fact]
    public void A_firewall_from_iptables_decides_like_the_chains() => Draws.Sample(MostDecisions, random =>
    {
        var v4 = new FilterGenerator(random, isV6: false).Draw(2 + random.Next(10));
        var v6 = new FilterGenerator(random, isV6: true).Draw(2 + random.Next(6));
        var result = IptablesImporter.Import([new SourceText("v4", v4.ToIptables(random)), new SourceText("v6", v6.ToIptables(random))], Options);
        if (Draws.IsTooLarge(result.Problems))
        {
            return;
        }

        Compare(Right(result), packet => (packet.IsV6 ? v6 : v4).IsAccepted(packet));
    });

    [Fact]
    public void A_firewall_from_nft_decides_like_the_chains() => Draws.Sample(MostDecisions, random =>
    {
        var isV6 = random.Next(3) == 1;
        var model = new FilterGenerator(random, isV6).Draw(2 + random.Next(10));
        var result = NftablesImporter.Import(new SourceText("n", model.ToNft(random)), Options);
        if (Draws.IsTooLarge(result.Problems))
        {
            return;
        }

        Compare(Right(result), packet => packet.IsV6 == isV6 && model.IsAccepted(packet));
    });

    [Fact]
    public void Both_importers_read_files_of_several_hundred_rules()
    {
        var random = new Random(4711);
        var model = new FilterGenerator(random, isV6: false).Draw(120);
        var text = model.ToIptables(random);
        Assert.InRange(text.Count(c => c == '\n'), 500, 700);
        var first = Right(IptablesImporter.Import([new SourceText("a", text)], Options));
        var second = Right(NftablesImporter.Import(new SourceText("b", model.ToNft(random)), Options));
        Compare(first, packet => !packet.IsV6 && model.IsAccepted(packet));
        Compare(second, packet => !packet.IsV6 && model.IsAccepted(packet));
    }

    private static FirewallConfiguration Right(ImportResult<FirewallConfiguration> result)
    {
        Assert.Empty(result.Problems);
        return result.Value!;
    }

    private static void Compare(FirewallConfiguration firewall, Func<TestPacket, bool> isAccepted)
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var packet = PacketWorld.Draw(random);
            Assert.True(packet.IsAllowedBy(firewall) == isAccepted(packet), $"{packet} should be {(isAccepted(packet) ? "allowed" : "denied")}");
        }
    }
}
