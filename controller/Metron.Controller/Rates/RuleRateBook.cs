using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Rates;

/// <summary>
/// What rules take, in packets per second: from the counters of switches that the controller reads anyway, and from the agents' load reports. Not stored: after
/// a restart it is measured anew. Thread-safe.
/// </summary>
public sealed class RuleRateBook
{
    private readonly Lock _turn = new();
    private readonly RuleRateMeter _meter;
    private readonly ChainRegistry _registry;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startTime;
    private readonly long _start;
    private readonly Dictionary<string, DateTimeOffset> _reported = new(StringComparer.Ordinal);

    /// <summary>Begins to take the agents' load reports. What was measured before counts half after half the time between two reviews.</summary>
    public RuleRateBook(ChainRegistry registry, AgentDirectory agents, ControllerConfiguration configuration, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(agents);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(time);
        var review = configuration.Timings.OffloadReview;
        (_registry, _time, _meter) = (registry, time, new RuleRateMeter((review > TimeSpan.Zero ? review : new ControllerTimings().OffloadReview) / 2));
        (_startTime, _start) = (time.GetUtcNow(), time.GetTimestamp());
        agents.LoadReported += TakeLoad;
    }

    /// <summary>Clocks of machines are set now and then; time between readings is not.</summary>
    private DateTimeOffset Now => _startTime + _time.GetElapsedTime(_start);

    /// <summary>All rates, as they are now.</summary>
    public IRuleRates Snapshot()
    {
        lock (_turn)
        {
            _meter.KeepOnly(_registry.Chains.Keys.ToHashSet(StringComparer.Ordinal));
            return _meter.Snapshot();
        }
    }

    /// <summary>How much of a chain's functions a switch does that has only some of their rules; empty where that is no question.</summary>
    public IReadOnlyList<PartialShare> SharesOf(ChainPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Offload is { Cuts.Count: > 0 } ? PartialShare.Of(plan, Snapshot()) : [];
    }

    /// <summary>Takes the counters of rules that were read from a switch.</summary>
    /// <param name="name">Name of the switch.</param>
    /// <param name="rules">Rules of it, with what each is by intent.</param>
    /// <param name="only">The chain that was read; null when all of them were.</param>
    internal void TakeSwitch(string name, IEnumerable<(CountedRule Counted, SwitchRule Rule)> rules, string? only)
    {
        var ofChains = rules.Where(rule => rule.Rule.Decision is not null).ToLookup(rule => rule.Rule.Chain, StringComparer.Ordinal);
        var chains = _registry.Chains.Values.Where(chain => chain.InForce?.Plan.Switch == name && (only is null || chain.Name == only));
        lock (_turn)
        {
            foreach (var chain in chains)
            {
                // The cookie tells a rule that was added again, with a counter that began anew, from the one before.
                var counts = ofChains[chain.Name].Select(rule => new RuleCount(
                    rule.Rule.Decision!.Value, (RuleIdentity.Of(rule.Counted.Rule), rule.Counted.Rule.Cookie), rule.Counted.Packets, rule.Counted.Bytes));
                _meter.Take(chain.Name, new RuleCounter(RuleCounterKind.Switch, name), Now, counts, []);
            }
        }
    }

    private void TakeLoad(V1.ServerLoad load)
    {
        lock (_turn)
        {
            // A report that came twice, or late, says nothing new.
            var time = load.Time?.ToDateTimeOffset();
            if (time is { } measured)
            {
                if (_reported.TryGetValue(load.Server, out var before) && measured <= before && before - measured < TimeSpan.FromMinutes(1))
                {
                    return;
                }

                _reported[load.Server] = measured;
            }

            // While a chain changes, several revisions of its program report.
            foreach (var chain in load.Chains.GroupBy(chain => chain.Chain, StringComparer.Ordinal).Where(chain => _registry.Chains.ContainsKey(chain.Key)))
            {
                var functions = chain.SelectMany(program => program.Functions.Select(function => (program.Revision, Load: function)))
                    .Where(function => function.Load.Denied is not null).ToList();
                _meter.Take(
                    chain.Key,
                    new RuleCounter(RuleCounterKind.Server, load.Server),
                    Now,
                    functions.SelectMany(function => function.Load.Denied.Rules.Select(denied => Count(function.Revision, function.Load.Function, denied))),
                    functions.Select(function => function.Load.Function));
            }
        }
    }

    private static RuleCount Count(long revision, string function, V1.DeniedByRule denied)
    {
        var rule = new FunctionRule(function, (int)denied.Port, denied.Rule);
        return new RuleCount(rule, (revision, rule), denied.Packets, null);
    }
}
