using Metron.Controller.Chains;
using Metron.Controller.Metrics;

namespace Metron.Controller.Rates;

/// <summary>What switches with little room keep away from servers, as metrics. Thread-safe.</summary>
/// <param name="chains">The chains.</param>
/// <param name="rates">What was measured.</param>
public sealed class OffloadMetrics(ChainRegistry chains, RuleRateBook rates)
{
    /// <summary>Writes the sums over all functions that switches have in part; those of which nothing was measured yet are left out.</summary>
    internal void Write(MetricsText text)
    {
        var shares = chains.Chains.Values.Select(chain => chain.Running?.Plan).OfType<Orchestration.ChainPlan>()
            .SelectMany(plan => rates.SharesOf(plan).Where(share => share.IsMeasured).Select(share => (plan.Switch, Share: share)))
            .GroupBy(of => of.Switch, of => of.Share, StringComparer.Ordinal)
            .OrderBy(of => of.Key, StringComparer.Ordinal);
        text.Gauge(
            "metron_offload_packets_per_second",
            "Packets that rules drop of functions which a switch has in part: those that it drops itself, and those that it leaves to servers and could drop.",
            shares.SelectMany(of => new[]
            {
                new Sample(of.Sum(share => share.KeptAway), ("switch", of.Key), ("where", "switch")),
                new Sample(of.Sum(share => Math.Max(0, share.OfPossible - share.KeptAway)), ("switch", of.Key), ("where", "server")),
            }));
    }
}
