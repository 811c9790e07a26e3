using System.Globalization;
using Metron.NetworkFunctions.Chains;

namespace Metron.Offline.Tests;

/// <summary>What properties over random chains have in common: their seeds, and how a chain is compiled.</summary>
internal static class Seeds
{
    /// <summary>The only seed to look at, of the environment variable METRON_SEED; null when all are.</summary>
    public static int? Given { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("METRON_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : null;

    /// <summary>The seeds from 1 on, or the one that is given.</summary>
    public static IEnumerable<int> UpTo(int count) => Given is { } given ? [given] : Enumerable.Range(1, count);

    /// <summary>Compiles a random chain for two workers, with either kind of tag.</summary>
    /// <returns>Null when the chain is not valid, as not every random one is.</returns>
    public static ChainComparison? Compile(Dice dice, ChainSpec spec, bool allowsMac = true)
    {
        var isMac = allowsMac && spec.Endpoints[0].PeerMac is not null && dice.Percent(30);
        try
        {
            return new ChainComparison(OfflineChain.Compile(
                spec, new OfflineOptions { TagKind = isMac ? TagKind.Mac : TagKind.Vlan, MaximumFlowsPerWorker = 1024, Workers = 2 }));
        }
        catch (OfflineException)
        {
            return null;
        }
    }
}
