using System.Collections.Concurrent;
using System.Globalization;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Rates;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>Brings what switches and servers count into the <see cref="CounterBook"/>.</summary>
public sealed class CounterFeed : ICounterRefresh
{
    /// <summary>How names of rules begin, which names of servers cannot.</summary>
    private const string RulePrefix = "table=";

    private static readonly TimeSpan _shortestInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly CounterBook _book;
    private readonly ChainRegistry _registry;
    private readonly SwitchDirectory _switches;
    private readonly IntendedRulesCache _intended;
    private readonly RuleRateBook _rates;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<uint, long> _refreshed = new();

    /// <summary>Begins to take the agents' load reports.</summary>
    public CounterFeed(
        CounterBook book, ChainRegistry registry, SwitchDirectory switches, AgentDirectory agents, IntendedRulesCache intended, RuleRateBook rates, TimeProvider time)
    {
        _rates = rates;
        _book = book;
        _registry = registry;
        _switches = switches;
        _intended = intended;
        _time = time;
        agents.LoadReported += load => _book.TakeLoad(load, PlanOf);
    }

    /// <summary>Takes the counters of rules that were read from a switch.</summary>
    /// <param name="name">Name of the switch.</param>
    /// <param name="rules">Its rules.</param>
    /// <param name="only">The chain whose rules they are; null when all were read.</param>
    public void Take(string name, IReadOnlyList<CountedRule> rules, string? only = null)
    {
        var chains = _registry.Chains;
        var intended = _intended.On(name, chains);
        var known = new List<(CountedRule Counted, SwitchRule Rule)>();
        foreach (var counted in rules)
        {
            if (intended.Find(counted.Rule) is not { } rule)
            {
                continue;
            }

            known.Add((counted, rule));
            if (rule.ClassId > 0 && chains.TryGetValue(rule.Chain, out var chain)
                && Cookie.TryRead(rule.Flow.Cookie, out var cookie)
                && chain.Plans.FirstOrDefault(plan => (ushort)plan.Revision == cookie.Revision) is { } plan)
            {
                _book.TakeRule((plan.Chain, plan.Revision), rule.ClassId, NameOf(counted.Rule), counted.Packets, counted.Bytes);
            }
        }

        _rates.TakeSwitch(name, known, only);
    }

    /// <inheritdoc/>
    public async Task RefreshAsync(ChainState chain, CancellationToken cancellation)
    {
        if (chain.InForce is not { } plan || !_switches.Switches.TryGetValue(plan.Plan.Switch, out var state) || state.Connection is not { } connection)
        {
            return;
        }

        var now = _time.GetTimestamp();
        if (_refreshed.TryGetValue(chain.Stored.Number, out var last) && _time.GetElapsedTime(last, now) < _shortestInterval)
        {
            return;
        }

        _refreshed[chain.Stored.Number] = now;
        using var timeout = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            var filter = new FlowFilter { Cookie = new Cookie(chain.Stored.Number, 0, 0).Value, CookieMask = Cookie.ChainMask };
            Take(plan.Plan.Switch, await connection.ReadRulesAsync(filter, either.Token), chain.Name);
        }
        catch (Exception error) when (error is SwitchException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // The counts of the last read are shown instead; the reconciler says what is wrong with the switch.
        }
    }

    /// <summary>Goes on counting for a plan that takes over where the plan in force ends.</summary>
    public void TakeOver(PlanState before, PlanState plan)
    {
        var classes = plan.Plan.Classes.ToLookup(traffic => ClassName(plan, traffic), traffic => traffic.Id);
        var ids = before.Plan.Classes.ToDictionary(traffic => traffic.Id, traffic => classes[ClassName(before, traffic)].FirstOrDefault());
        var rules = ChainPrograms.SwitchRules(plan.Plan).Where(rule => rule.ClassId > 0).Select(rule => NameOf(rule.Flow)).ToHashSet(StringComparer.Ordinal);
        _book.Continue(
            (before.Chain, before.Revision),
            (plan.Chain, plan.Revision),
            id => ids.GetValueOrDefault(id),
            source => rules.Contains(source) || !source.StartsWith(RulePrefix, StringComparison.Ordinal));
    }

    /// <summary>What makes a class the same in two plans.</summary>
    private static (string Ingress, int Egress, string Path) ClassName(PlanState plan, PlannedClass traffic) =>
        (ServerEndpoints.NameOf(plan.Plan.Spec, traffic.Ingress), traffic.Egress, string.Join('\n', traffic.Path));

    private static string NameOf(InstalledRule rule) => NameOf(RuleIdentity.Of(rule));

    private static string NameOf(FlowMod flow) => NameOf(RuleIdentity.Of(flow));

    private static string NameOf(RuleIdentity rule) =>
        string.Create(CultureInfo.InvariantCulture, $"{RulePrefix}{rule.Table},priority={rule.Priority},{rule.Match}");

    private (long Revision, bool VlanTags)? PlanOf(string name, long revision)
    {
        if (!_registry.Chains.TryGetValue(name, out var chain))
        {
            return null;
        }

        // Plans share a program that does the same for both: what it counts is counted for the one in force.
        var plan = revision == 0 ? chain.Running
            : chain.InForce is { } inForce && inForce.ProgramRevision == revision ? inForce
            : chain.Plans.LastOrDefault(candidate => candidate.ProgramRevision == revision);
        return plan is null ? null : (plan.Revision, plan.Plan.TagKind != TagKind.Mac);
    }
}
