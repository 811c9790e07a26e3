using System.Collections.Immutable;
using System.Text.Json;
using Google.Protobuf;
using Metron.Controller.Store;
using Metron.Mapping;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>
/// All chains: stored first, then visible in <see cref="Chains"/>, then told to watchers and to the reconciler. Thread-safe.
/// </summary>
public sealed class ChainRegistry
{
    private readonly Lock _turn = new();
    private readonly ChainStore _store;
    private readonly ChainWatch _watch;
    private ImmutableSortedDictionary<string, ChainState> _chains;

    /// <summary>Loads what is stored.</summary>
    /// <exception cref="DatabaseException">A stored chain or plan cannot be read.</exception>
    public ChainRegistry(ChainStore store, ChainWatch watch)
    {
        _store = store;
        _watch = watch;
        var plans = store.Plans().ToLookup(plan => plan.Chain, StringComparer.Ordinal);
        _chains = store.Chains().ToImmutableSortedDictionary(chain => chain.Name, chain => Read(chain, plans[chain.Name]), StringComparer.Ordinal);
    }

    /// <summary>The operator changed a chain: its name. Raised outside locks.</summary>
    public event Action<string>? IntentChanged;

    /// <summary>All chains by name, as of now.</summary>
    public ImmutableSortedDictionary<string, ChainState> Chains => Volatile.Read(ref _chains);

    /// <summary>Counts the changes of intent, so that a decision made from <see cref="Chains"/> can be refused when it is out of date.</summary>
    public long IntentVersion { get; private set; }

    /// <summary>Stores a new chain, if nothing changed since <paramref name="intentVersion"/>.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="intentVersion">What it was decided from.</param>
    /// <param name="note">Who created it; null when that is not known.</param>
    /// <returns>The chain; null when something changed: look again.</returns>
    public ChainState? TryCreate(ChainState chain, long intentVersion, ChangeNote? note = null) => TryChange(chain.Name, intentVersion, () =>
        _store.Add(chain.Stored, note) is { } stored ? chain with { Stored = stored } : null);

    /// <summary>Stores a changed chain, if nothing changed since <paramref name="intentVersion"/>. Plans of the same spec carry it out, too.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="intentVersion">What it was decided from.</param>
    /// <param name="note">Who changed it; null when that is not known.</param>
    /// <returns>The chain; null when something changed: look again.</returns>
    public ChainState? TryUpdate(ChainState chain, long intentVersion, ChangeNote? note = null) => TryChange(chain.Name, intentVersion, () =>
    {
        var present = _chains[chain.Name];
        var before = present.Stored.Revision;
        var keepsPlans = chain.Stored.Revision != before && chain.Stored.Spec.Span.SequenceEqual(present.Stored.Spec.Span);
        var updated = present with
        {
            Stored = chain.Stored with { LastPlan = present.Stored.LastPlan },
            Spec = chain.Spec,
            Graph = chain.Graph,
            Plans = keepsPlans ? [.. present.Plans.Select(plan => plan.StandsFor == before ? plan.For(chain.Stored.Revision) : plan)] : present.Plans,
        };
        _store.Update(updated.Stored, note, keepsPlans ? before : 0);
        return updated;
    });

    /// <summary>Stores a new plan of a chain; a prepared plan that it replaces is on its way out from then on.</summary>
    /// <param name="chain">The chain that was planned.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="json">The plan as <see cref="PlanJson"/> writes it.</param>
    /// <returns>False when the operator changed the chain meanwhile; nothing was stored.</returns>
    public bool TryAddPlan(ChainState chain, ChainPlan plan, string json) => ChangePlans(chain.Name, present =>
    {
        if (present.Stored.Number != chain.Stored.Number || present.Stored.Revision != chain.Stored.Revision || present.Stored.Deleting)
        {
            return null;
        }

        var stored = new StoredPlan(
            chain.Name,
            plan.Revision,
            PlanPhase.Prepared,
            chain.Stored.Revision,
            chain.Stored.Spec,
            json,
            PlanAllocations.Of(plan));
        _store.AddPlan(stored, PlanSummaries.Of(plan, isEarlier: false));
        var others = present.Plans.Select(other => other.Phase == PlanPhase.Prepared ? other.In(PlanPhase.Removing) : other);
        return present with
        {
            Stored = present.Stored with { LastPlan = Math.Max(present.Stored.LastPlan, plan.Revision) },
            Plans = [.. others, new PlanState(stored, plan, chain.Spec)],
        };
    });

    /// <summary>Moves plans of a chain to new phases, all at once.</summary>
    public void SetPhases(string chain, IReadOnlyList<PhaseChange> phases) => ChangePlans(chain, present =>
    {
        _store.SetPhases(chain, phases);
        return present with
        {
            Plans = [.. present.Plans.Select(plan =>
                phases.FirstOrDefault(change => change.Revision == plan.Revision) is { Revision: > 0 } change ? plan.In(change.Phase) : plan)],
        };
    });

    /// <summary>Notes since when nothing leads to a plan any more.</summary>
    public void SetDrainTime(string chain, long revision, DateTimeOffset time) => ChangePlans(chain, present =>
    {
        _store.SetDrainTime(chain, revision, time);
        return present with { Plans = [.. present.Plans.Select(plan => plan.Revision == revision ? plan.DrainingSince(time) : plan)] };
    });

    /// <summary>Notes that a plan carries out a later revision of the spec too.</summary>
    public void SetStandsFor(string chain, long plan, long revision) => ChangePlans(chain, present =>
    {
        _store.SetStandsFor(
            chain,
            plan,
            revision,
            present.Plans.FirstOrDefault(candidate => candidate.Revision == plan) is { } kept ? PlanSummaries.Of(kept.Plan, isEarlier: true) : default);
        return present with { Plans = [.. present.Plans.Select(candidate => candidate.Revision == plan ? candidate.For(revision) : candidate)] };
    });

    /// <summary>Notes whether a plan does what the chain as written does. Not stored: a controller that starts looks again.</summary>
    public void SetVerification(string chain, long plan, ChainVerification verification) => ChangePlans(chain, present => present with
    {
        Plans = [.. present.Plans.Select(candidate => candidate.Revision == plan ? candidate.Verified(verification) : candidate)],
    });

    /// <summary>Forgets a plan; its numbers are free.</summary>
    public void RemovePlan(string chain, long revision) => ChangePlans(chain, present =>
    {
        _store.RemovePlan(chain, revision);
        return present with { Plans = [.. present.Plans.Where(plan => plan.Revision != revision)] };
    });

    /// <summary>Notes how a chain stands; watchers are told when that is different from before.</summary>
    public void SetConditions(string chain, ImmutableArray<ChainCondition> conditions)
    {
        lock (_turn)
        {
            if (!_chains.TryGetValue(chain, out var present) || present.Conditions.SequenceEqual(conditions))
            {
                return;
            }

            _store.UpdateConditions(chain, JsonSerializer.Serialize(conditions), present.Stored.Revision, ProblemOf(conditions));
            Publish(present with { Conditions = conditions }, V1.EventType.Modified);
        }
    }

    /// <summary>Forgets a chain that switch and servers have let go of.</summary>
    public void Remove(string chain)
    {
        lock (_turn)
        {
            if (_chains.TryGetValue(chain, out var present))
            {
                _store.Remove(chain);
                _chains = _chains.Remove(chain);
                IntentVersion++;
                _watch.Publish(V1.EventType.Removed, present);
            }
        }

        IntentChanged?.Invoke(chain);
    }

    /// <summary>Begins a watch: the present chains, then every change, without a gap between the two.</summary>
    internal ChainWatch.Subscription Subscribe(string? name)
    {
        lock (_turn)
        {
            return _watch.Subscribe(name, _chains.Values);
        }
    }

    /// <summary>Why the newest revision is not in force; empty while it is on its way.</summary>
    private static string ProblemOf(ImmutableArray<ChainCondition> conditions) =>
        conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) is { Holds: not true, Reason: ReadyReasons.NotInForce } ready
            ? ready.Message
            : string.Empty;

    private static ChainState Read(StoredChain stored, IEnumerable<StoredPlan> plans)
    {
        try
        {
            var spec = V1.ServiceChainSpec.Parser.ParseFrom(stored.Spec.Span);
            var mapped = ServiceChainMapper.Map(new V1.ServiceChain { Name = stored.Name, Spec = spec });
            mapped.TryGetSpec(out var graph);
            return new ChainState(stored, spec, graph)
            {
                Plans = [.. plans.Select(plan => new PlanState(plan, PlanJson.Read(plan.Json), V1.ServiceChainSpec.Parser.ParseFrom(plan.Spec.Span)))],
                Conditions = JsonSerializer.Deserialize<ImmutableArray<ChainCondition>>(stored.Conditions),
            };
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or JsonException)
        {
            throw new DatabaseException($"chain {stored.Name} cannot be read from the database ({error.Message}); restore a backup", error);
        }
    }

    private ChainState? TryChange(string name, long intentVersion, Func<ChainState?> change)
    {
        ChainState? changed;
        lock (_turn)
        {
            if (intentVersion != IntentVersion)
            {
                return null;
            }

            var isNew = !_chains.ContainsKey(name);
            changed = change();
            if (changed is null)
            {
                return null;
            }

            IntentVersion++;
            Publish(changed, isNew ? V1.EventType.Added : V1.EventType.Modified);
        }

        IntentChanged?.Invoke(name);
        return changed;
    }

    private bool ChangePlans(string name, Func<ChainState, ChainState?> change)
    {
        lock (_turn)
        {
            if (!_chains.TryGetValue(name, out var present) || change(present) is not { } changed)
            {
                return false;
            }

            Publish(changed, V1.EventType.Modified);
            return true;
        }
    }

    private void Publish(ChainState chain, V1.EventType type)
    {
        _chains = _chains.SetItem(chain.Name, chain);
        _watch.Publish(type, chain);
    }
}
