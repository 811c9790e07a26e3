using Metron.Controller.Store;

namespace Metron.Controller.Chains;

/// <summary>
/// Packets and bytes per traffic class of every plan. Switches count per rule from the rule's installation, servers per worker from the
/// program's deployment: when a count goes down, its source began anew, and what was counted before is kept. Thread-safe.
/// </summary>
public sealed class CounterBook
{
    /// <summary>Length of an 802.1Q header, which servers count and the API does not.</summary>
    private const ulong VlanTagBytes = 4;

    private readonly Lock _turn = new();
    private readonly Dictionary<(string Chain, long Revision), Dictionary<Source, Count>> _plans = [];

    /// <summary>Takes what a switch says about a rule of a class.</summary>
    /// <param name="plan">Chain and revision of the plan.</param>
    /// <param name="trafficClass">Class that all packets of the rule belong to.</param>
    /// <param name="rule">What tells the rule from others.</param>
    /// <param name="packets">Packets that matched since the rule was installed.</param>
    /// <param name="bytes">Their bytes.</param>
    public void TakeRule((string Chain, long Revision) plan, int trafficClass, string rule, ulong packets, ulong bytes) =>
        Take(plan, new Source(trafficClass, rule, 0), packets, bytes);

    /// <summary>Takes a load report.</summary>
    /// <param name="load">The report.</param>
    /// <param name="planOf">The plan of a chain's program: its revision and whether servers see VLAN tags; null when there is none.</param>
    public void TakeLoad(V1.ServerLoad load, Func<string, long, (long Revision, bool VlanTags)?> planOf)
    {
        foreach (var chain in load.Chains)
        {
            if (planOf(chain.Chain, chain.Revision) is not { } plan)
            {
                continue;
            }

            foreach (var entry in chain.Classes)
            {
                var (packets, bytes) = (entry.Counters?.Packets ?? 0, entry.Counters?.Bytes ?? 0);
                var tags = plan.VlanTags ? packets * VlanTagBytes : 0;
                Take(
                    (chain.Chain, plan.Revision), new Source((int)entry.TrafficClass, load.Server, entry.Worker), packets, bytes > tags ? bytes - tags : 0);
            }
        }
    }

    /// <summary>Packets and bytes of a plan so far, by class id; classes without packets are left out.</summary>
    public IReadOnlyDictionary<int, (ulong Packets, ulong Bytes)> Read(string chain, long revision)
    {
        lock (_turn)
        {
            return !_plans.TryGetValue((chain, revision), out var counts)
                ? new Dictionary<int, (ulong, ulong)>()
                : counts.GroupBy(entry => entry.Key.TrafficClass).ToDictionary(
                    group => group.Key,
                    group => group.Aggregate((Packets: 0UL, Bytes: 0UL), (sum, entry) => (sum.Packets + entry.Value.Packets, sum.Bytes + entry.Value.Bytes)));
        }
    }

    /// <summary>
    /// Goes on counting for a plan where another one of the chain ends: rules and programs that both need are not begun anew, and a class that
    /// both have is the same to its operator.
    /// </summary>
    /// <param name="before">Chain and revision of the plan that ends.</param>
    /// <param name="plan">Chain and revision of the plan that takes over.</param>
    /// <param name="classOf">The later plan's class for one of the plan before; 0 for none.</param>
    /// <param name="goesOn">Whether the later plan has a source of this name; what others counted is kept as a sum.</param>
    public void Continue(
        (string Chain, long Revision) before, (string Chain, long Revision) plan, Func<int, int> classOf, Func<string, bool> goesOn)
    {
        lock (_turn)
        {
            if (_plans.ContainsKey(plan) || !_plans.TryGetValue(before, out var counts))
            {
                return;
            }

            var taken = Of(plan);
            foreach (var (source, count) in counts)
            {
                if (classOf(source.TrafficClass) is var id and > 0)
                {
                    var goes = goesOn(source.Name);
                    var key = goes ? source with { TrafficClass = id } : new Source(id, string.Empty, 0);
                    var sum = goes ? count : new Count(count.Packets, count.Bytes, 0, 0);
                    taken[key] = taken.TryGetValue(key, out var other) ? other.Plus(sum) : sum;
                }
            }
        }
    }

    /// <summary>Forgets all plans but these.</summary>
    public void KeepOnly(IReadOnlySet<(string Chain, long Revision)> plans)
    {
        lock (_turn)
        {
            foreach (var gone in _plans.Keys.Where(plan => !plans.Contains(plan)).ToList())
            {
                _plans.Remove(gone);
            }
        }
    }

    /// <summary>Everything counted before the present counts of switches and servers, to be stored.</summary>
    internal IReadOnlyList<StoredCounter> Save()
    {
        lock (_turn)
        {
            return
            [
                .. from plan in _plans
                   from entry in plan.Value
                   select new StoredCounter(
                       plan.Key.Chain,
                       plan.Key.Revision,
                       entry.Key.TrafficClass,
                       entry.Key.Name,
                       entry.Key.Worker,
                       entry.Value.BasePackets,
                       entry.Value.BaseBytes,
                       entry.Value.LastPackets,
                       entry.Value.LastBytes),
            ];
        }
    }

    /// <summary>Takes up what was stored.</summary>
    internal void Load(IEnumerable<StoredCounter> stored)
    {
        lock (_turn)
        {
            foreach (var counter in stored)
            {
                Of((counter.Chain, counter.Revision))[new Source(counter.TrafficClass, counter.Source, counter.Worker)] =
                    new Count(counter.BasePackets, counter.BaseBytes, counter.LastPackets, counter.LastBytes);
            }
        }
    }

    private void Take((string Chain, long Revision) plan, Source source, ulong packets, ulong bytes)
    {
        lock (_turn)
        {
            var counts = Of(plan);
            counts.TryGetValue(source, out var count);
            counts[source] = count.With(packets, bytes);
        }
    }

    private Dictionary<Source, Count> Of((string Chain, long Revision) plan)
    {
        if (!_plans.TryGetValue(plan, out var counts))
        {
            _plans[plan] = counts = [];
        }

        return counts;
    }

    /// <summary>Who counts: a rule, or a worker of a server.</summary>
    private readonly record struct Source(int TrafficClass, string Name, uint Worker);

    private readonly record struct Count(ulong BasePackets, ulong BaseBytes, ulong LastPackets, ulong LastBytes)
    {
        public ulong Packets => BasePackets + LastPackets;

        public ulong Bytes => BaseBytes + LastBytes;

        public Count Plus(Count other) =>
            new(BasePackets + other.BasePackets, BaseBytes + other.BaseBytes, LastPackets + other.LastPackets, LastBytes + other.LastBytes);

        public Count With(ulong packets, ulong bytes) => packets < LastPackets
            ? new Count(BasePackets + LastPackets, BaseBytes + LastBytes, packets, bytes)
            : this with { LastPackets = packets, LastBytes = bytes };
    }
}
