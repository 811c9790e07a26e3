using System.Collections.Immutable;
using System.Threading.Channels;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Rates;
using Metron.Controller.Store;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>
/// Brings reality to intent: the only writer to switches and servers. One loop observes, decides (<see cref="ReconcileDecision"/>) and
/// begins what was decided; actions on other machines run beside it and report back to it.
/// </summary>
internal sealed class Reconciler : BackgroundService
{
    private static readonly TimeSpan _pauseAfterError = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _counterInterval = TimeSpan.FromMinutes(1);

    private readonly ChainRegistry _registry;
    private readonly AgentDirectory _agents;
    private readonly SwitchDirectory _switches;
    private readonly LocalExecutor _local;
    private readonly RemoteExecutor _remote;
    private readonly IntendedRulesCache _intended;
    private readonly InventorySource _inventory;
    private readonly CounterKeeper _counters;
    private readonly RuleRateBook _rates;
    private readonly OffloadReview _review;
    private readonly ControllerConfiguration _configuration;
    private readonly TimeProvider _time;
    private readonly ILogger<Reconciler> _log;

    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Attempts _attempts = new();
    private readonly HashSet<Task> _running = [];
    private readonly HashSet<string> _beingProgrammed = new(StringComparer.Ordinal);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, string> _blackboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _transitions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (object Rules, object Intended, SwitchSight Sight, bool HasDrift)> _sights = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _startTime;
    private string _inventoryFingerprint = string.Empty;
    private DateTimeOffset _countersStored;

    public Reconciler(
        ChainRegistry registry,
        AgentDirectory agents,
        SwitchDirectory switches,
        LocalExecutor local,
        PlanningDesk desk,
        RemoteExecutor remote,
        IntendedRulesCache intended,
        InventorySource inventory,
        CounterKeeper counters,
        RuleRateBook rates,
        ControllerConfiguration configuration,
        TimeProvider time,
        ILogger<Reconciler> log)
    {
        (_registry, _agents, _switches, _local, _remote, _intended) = (registry, agents, switches, local, remote, intended);
        (_inventory, _counters, _configuration, _time, _log) = (inventory, counters, configuration, time, log);
        (_rates, _review) = (rates, new OffloadReview(configuration.Timings.OffloadReview));
        _startTime = _countersStored = time.GetUtcNow();
        local.PlanningEnded += EndReview;
        desk.ReportTo(handle => _inbox.Writer.TryWrite(handle));
    }

    /// <summary>When the loop last finished a round; for health checks.</summary>
    public DateTimeOffset LastRound { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host waits for the first await of its services; a large store must not hold it up.
        await Task.Yield();
        _registry.IntentChanged += OnIntentChanged;
        _agents.Changed += OnServerChanged;
        _agents.LoadReported += OnLoadReported;
        _switches.Changed += OnSwitchChanged;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await WaitAsync(Round(stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The controller stops.
        }
        finally
        {
            _registry.IntentChanged -= OnIntentChanged;
            _agents.Changed -= OnServerChanged;
            _agents.LoadReported -= OnLoadReported;
            _switches.Changed -= OnSwitchChanged;
            await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _counters.Save();
        }
    }

    private void OnIntentChanged(string chain) => _inbox.Writer.TryWrite(() =>
    {
        _attempts.ForgetChain(chain);
        _local.ForgetPlanning(chain);
    });

    private void OnServerChanged(string server) => _inbox.Writer.TryWrite(() =>
    {
        if (_agents.Servers.TryGetValue(server, out var state))
        {
            ForgetFailuresOnTransition($"server {server}", server, state.TransitionTime);
        }
    });

    /// <summary>Load alone changes nothing; a closed program that goes down or comes back changes conditions, and they shall not wait for the next round.</summary>
    private void OnLoadReported(V1.ServerLoad load)
    {
        var signature = BlackboxHealth.Signature(load);
        if (_blackboxes.GetValueOrDefault(load.Server, string.Empty) != signature)
        {
            _blackboxes[load.Server] = signature;
            _inbox.Writer.TryWrite(static () => { });
        }
    }

    private void OnSwitchChanged(string name) => _inbox.Writer.TryWrite(() => ForgetFailuresOnTransition(
        $"switch {name}", name, _switches.Switches[name].TransitionTime));

    private void ForgetFailuresOnTransition(string key, string peer, DateTimeOffset transition)
    {
        if (!_transitions.TryGetValue(key, out var before) || before != transition)
        {
            _transitions[key] = transition;
            _attempts.ForgetPeer(peer);
        }
    }

    /// <summary>One round: observe, decide, act.</summary>
    /// <returns>When the next round is due even if nothing happens.</returns>
    private DateTimeOffset? Round(CancellationToken stopping)
    {
        try
        {
            var world = Observe();
            var decision = ReconcileDecision.Decide(world);
            while (decision.Local.Count > 0)
            {
                foreach (var action in decision.Local)
                {
                    if (action is SetPhases set && set.Changes.Any(change => change.Phase == PlanPhase.Committed))
                    {
                        // What a switch refused of the plan before says nothing of this one.
                        _attempts.ForgetChain(set.Chain);
                    }

                    _local.Run(action, world);
                }

                world = Observe();
                decision = ReconcileDecision.Decide(world);
            }

            foreach (var action in decision.Remote)
            {
                Begin(action, stopping);
            }

            Review(world);
            ReportConditions(world);
            SaveCounters(world.Now);
            LastRound = world.Now;
            return _review.NextAt is { } review && !(decision.WakeAt <= review) ? review : decision.WakeAt;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            ReconcileLog.Unexpected(_log, _pauseAfterError, error);
            return _time.GetUtcNow() + _pauseAfterError;
        }
    }

    /// <summary>Plans chains again whose switch has room for some of their rules only, where others may drop more.</summary>
    private void Review(World world)
    {
        foreach (var chain in _review.Due(world))
        {
            if (_rates.SharesOf(world.Chains[chain].Running!.Plan).Any(share => share.MightImprove))
            {
                _local.Run(new PlanChain(chain), world);
            }
            else
            {
                _review.Ended(chain, world.Now, planned: false, changed: false);
            }
        }
    }

    private void EndReview(string chain, ChainPlan? plan)
    {
        _review.Ended(chain, _time.GetUtcNow(), planned: true, changed: plan is not null);
        if (plan is { Offload.Cuts.Count: > 0 } && _registry.Chains.TryGetValue(chain, out var state) && state.Running?.Plan is { Offload.Cuts.Count: > 0 } before)
        {
            ReconcileLog.OffloadChanged(
                _log,
                chain,
                plan.Switch,
                Math.Round(_rates.SharesOf(before).Sum(share => share.KeptAway), 1),
                Math.Round(_rates.SharesOf(plan).Sum(share => share.KeptAway), 1));
        }
    }

    private World Observe()
    {
        var inventory = _inventory.Read();
        var fingerprint = InventorySource.Fingerprint(inventory);
        if (fingerprint != _inventoryFingerprint)
        {
            _inventoryFingerprint = fingerprint;
            _local.ForgetPlanning();
        }

        foreach (var (name, remark) in PortHealth.Mismatches(_switches.Switches, inventory))
        {
            _switches.Remark(name, remark);
        }

        var chains = _registry.Chains;
        return new World
        {
            Now = _time.GetUtcNow(),
            StartTime = _startTime,
            Timings = _configuration.Timings,
            Chains = chains,
            Servers = _agents.Servers,
            Switches = _switches.Switches.Values.ToDictionary(state => state.Configuration.Name, state => Look(state, chains), StringComparer.Ordinal),
            Ports = _switches.Switches,
            Inventory = inventory,
            InFlight = _attempts.InFlight,
            Failures = _attempts.Failures,
            Planned = _local.Planned,
        };
    }

    private SwitchSight Look(SwitchState state, ImmutableSortedDictionary<string, ChainState> chains)
    {
        var name = state.Configuration.Name;
        if (state.Rules is not { } rules)
        {
            _sights.Remove(name);
            return SwitchSight.Unknown(name, state.Connected);
        }

        var intended = _intended.On(name, chains);
        if (!_sights.TryGetValue(name, out var cached) || !ReferenceEquals(cached.Rules, rules) || !ReferenceEquals(cached.Intended, intended))
        {
            _sights[name] = cached = (
                rules, intended, SwitchSight.Compare(name, intended.Rules, rules.Select(counted => counted.Rule), state.ReadTime), false);
        }

        if (!cached.HasDrift && !_beingProgrammed.Contains(name))
        {
            _sights[name] = cached = (rules, intended, FindDrift(state, rules, cached.Sight, chains), true);
        }

        // While a switch is being changed, what was read before does not say what it has.
        var sight = cached.Sight.With(state.Resources);
        return _beingProgrammed.Contains(name) ? sight.Unsettled() : sight;
    }

    private SwitchSight FindDrift(
        SwitchState state, IReadOnlyList<CountedRule> rules, SwitchSight sight, ImmutableSortedDictionary<string, ChainState> chains)
    {
        var name = state.Configuration.Name;
        var changing = SwitchIntent.BeingChanged(name, chains.Values);
        var drift = SwitchDrift.Of(sight.Change!, rules.Any(rule => Cookie.IsOurs(rule.Rule.Cookie)), chain => !changing.Contains(chain));
        if (rules is ReadRules read)
        {
            drift = drift with { Foreign = drift.Foreign + read.ForeignNotKept, LeftOver = drift.LeftOver + read.LeftOverNotKept };
        }

        _switches.SetDrift(name, drift);
        return sight.With(drift, state.Configuration.DriftPolicy);
    }

    private void Begin(RemoteAction action, CancellationToken stopping)
    {
        _attempts.Begin(action.Key);
        if (action is ProgramSwitch program)
        {
            _beingProgrammed.Add(program.Switch);
        }

        var task = Task.Run(() => _remote.RunAsync(action, stopping), stopping);
        _running.Add(task);
        _ = task.ContinueWith(
            ended => _inbox.Writer.TryWrite(() => End(action, ended)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void End(RemoteAction action, Task<Outcome> task)
    {
        _running.Remove(task);
        _attempts.End(action.Key);
        if (action is ProgramSwitch { Switch: var programmed })
        {
            _beingProgrammed.Remove(programmed);
        }

        if (task.IsCanceled)
        {
            return;
        }

        var outcome = task.IsFaulted ? new Outcome(task.Exception!.GetBaseException().Message) : task.Result;
        if (outcome.Problem is { } problem)
        {
            Fail(action.Key, action.GetType().Name, problem);
        }
        else
        {
            _attempts.Succeeded(action.Key);
        }

        if (action is ProgramSwitch program)
        {
            NoteRefusals(program.Switch, outcome, isAttempt: true);
        }
        else if (action is ReadSwitch read)
        {
            NoteRefusals(read.Switch, outcome, isAttempt: false);
        }
    }

    /// <summary>Notes the chains that a switch refused something of; an attempt to program it that refused nothing ends earlier refusals.</summary>
    private void NoteRefusals(string name, Outcome outcome, bool isAttempt)
    {
        foreach (var chain in _registry.Chains.Values)
        {
            var key = new RemoteKey(RemoteKind.ChainRules, name, chain.Name);
            if (outcome.Refused.TryGetValue(chain.Stored.Number, out var refusal))
            {
                Fail(key, $"Programming chain {chain.Name}", refusal);
            }
            else if (isAttempt && outcome.Problem is null && _attempts.Failures.TryGetValue(key, out var earlier) && earlier.NotBefore <= _time.GetUtcNow())
            {
                _attempts.Succeeded(key);
            }
        }

        if (outcome.Refused.TryGetValue(0, out var shared))
        {
            _switches.Remark(name, $"refused a rule that serves all chains: {shared}");
        }
    }

    private void Fail(RemoteKey key, string what, string problem)
    {
        var now = _time.GetUtcNow();
        var failure = _attempts.Failed(key, problem, now);
        ReconcileLog.Failed(_log, what, key.Peer, problem, failure.Count, failure.NotBefore - now);
    }

    private void ReportConditions(World world)
    {
        foreach (var chain in world.Chains.Values)
        {
            var conditions = ConditionRules.Of(chain, world);
            var ready = conditions[^1];
            var before = chain.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
            if (before is null || before.Holds != ready.Holds || before.Reason != ready.Reason)
            {
                ReconcileLog.Ready(_log, chain.Name, ready.Reason, ready.Message);
            }

            _registry.SetConditions(chain.Name, conditions);
        }
    }

    private void SaveCounters(DateTimeOffset now)
    {
        if (now - _countersStored >= _counterInterval)
        {
            _countersStored = now;
            _counters.Save();
        }
    }

    private async Task WaitAsync(DateTimeOffset? wakeAt, CancellationToken stopping)
    {
        var until = wakeAt ?? DateTimeOffset.MaxValue;
        var now = _time.GetUtcNow();
        var longest = _configuration.Timings.ReconcileInterval;
        var pause = until - now < longest ? until - now : longest;
        if (pause > TimeSpan.Zero)
        {
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var message = _inbox.Reader.WaitToReadAsync(woken.Token).AsTask();
            await Task.WhenAny(message, Task.Delay(pause, _time, woken.Token));
            await woken.CancelAsync();
        }

        stopping.ThrowIfCancellationRequested();
        while (_inbox.Reader.TryRead(out var handle))
        {
            handle();
        }
    }
}
