using System.Collections.Concurrent;
using System.Globalization;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>Brings what switches and servers count into the <see cref="CounterBook"/>.</summary>
public sealed class CounterFeed : ICounterRefresh
{
    private static readonly TimeSpan _shortestInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly CounterBook _book;
    private readonly ChainRegistry _registry;
    private readonly SwitchDirectory _switches;
    private readonly IntendedRulesCache _intended;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<uint, long> _refreshed = new();

    /// <summary>Begins to take the agents' load reports.</summary>
    public CounterFeed(
        CounterBook book, ChainRegistry registry, SwitchDirectory switches, AgentDirectory agents, IntendedRulesCache intended, TimeProvider time)
    {
        _book = book;
        _registry = registry;
        _switches = switches;
        _intended = intended;
        _time = time;
        agents.LoadReported += load => _book.TakeLoad(load, PlanOf);
    }

    /// <summary>Takes the counters of rules that were read from a switch.</summary>
    public void Take(string name, IReadOnlyList<CountedRule> rules)
    {
        var chains = _registry.Chains;
        var intended = _intended.On(name, chains);
        foreach (var counted in rules)
        {
            if (intended.Find(counted.Rule) is { ClassId: > 0 } rule && chains.TryGetValue(rule.Chain, out var chain)
                && Cookie.TryRead(counted.Rule.Cookie, out var cookie)
                && chain.Plans.FirstOrDefault(plan => (ushort)plan.Revision == cookie.Revision) is { } plan)
            {
                _book.TakeRule((plan.Chain, plan.Revision), rule.ClassId, NameOf(counted.Rule), counted.Packets, counted.Bytes);
            }
        }
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
            Take(plan.Plan.Switch, await connection.ReadRulesAsync(filter, either.Token));
        }
        catch (Exception error) when (error is SwitchException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // The counts of the last read are shown instead; the reconciler says what is wrong with the switch.
        }
    }

    private static string NameOf(InstalledRule rule) =>
        string.Create(CultureInfo.InvariantCulture, $"table={rule.Table},priority={rule.Priority},{rule.Match.Canonical()}");

    private (long Revision, bool VlanTags)? PlanOf(string name, long revision)
    {
        if (!_registry.Chains.TryGetValue(name, out var chain))
        {
            return null;
        }

        var plan = revision == 0 ? chain.Running : chain.Plans.FirstOrDefault(candidate => candidate.Revision == revision);
        return plan is null ? null : (plan.Revision, plan.Plan.TagKind == TagKind.Vlan);
    }
}
