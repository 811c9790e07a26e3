using System.Collections.Immutable;
using Metron.Controller.Store;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>What tables of switches were found to hold when they refused a rule for want of room: the budget that chains are planned within. Thread-safe.</summary>
public sealed class LearntCapacities
{
    private readonly Lock _turn = new();
    private readonly CapacityStore _store;
    private readonly ILogger<LearntCapacities> _log;
    private ImmutableDictionary<(string Switch, byte Table), StoredCapacity> _known;

    /// <summary>Knows what is in the store.</summary>
    public LearntCapacities(CapacityStore store, ILogger<LearntCapacities> log)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _log = log;
        _known = store.All().ToImmutableDictionary(capacity => (capacity.Switch, capacity.Table));
    }

    /// <summary>
    /// Rules of ours that tables of a switch hold, by table. What was found on a device that described itself otherwise does not count. When two
    /// tables were found full, the others are taken to hold no more than the larger of them: they are probably parts of one
    /// memory, and to fill them one after the other would only take long.
    /// </summary>
    public IReadOnlyDictionary<byte, int> Of(string name, string description)
    {
        var found = Volatile.Read(ref _known).Values
            .Where(capacity => capacity.Switch == name && capacity.Description == description)
            .ToImmutableSortedDictionary(capacity => capacity.Table, capacity => capacity.Rules);
        return found.Count < 2 ? found : Enumerable.Range(0, TableNumber.Maximum + 1).Select(table => (byte)table)
            .ToImmutableSortedDictionary(table => table, table => found.GetValueOrDefault(table, found.Values.Max()))
            .SetItems(found);
    }

    /// <summary>Notes what a table holds: what was found last counts.</summary>
    public void Learn(StoredCapacity found)
    {
        ArgumentNullException.ThrowIfNull(found);
        lock (_turn)
        {
            if (_known.GetValueOrDefault((found.Switch, found.Table)) == found)
            {
                return;
            }

            // Stored first: plans will rest on it.
            _store.Put(found);
            _known = _known.SetItem((found.Switch, found.Table), found);
        }

        SwitchLog.CapacityLearnt(_log, found.Switch, found.Table, found.Rules);
    }
}
