using Metron.Controller.Chains;
using Metron.Controller.Store;

namespace Metron.Controller.Reconciliation;

/// <summary>Keeps counts over restarts of the controller.</summary>
internal sealed class CounterKeeper
{
    private readonly CounterBook _book;
    private readonly CounterStore _store;
    private IReadOnlyList<StoredCounter> _saved;

    /// <summary>Takes up what was stored.</summary>
    public CounterKeeper(CounterBook book, CounterStore store)
    {
        _book = book;
        _store = store;
        _saved = store.Counters();
        book.Load(_saved);
    }

    /// <summary>Stores the counts, if there are others than stored.</summary>
    public void Save()
    {
        var present = _book.Save();
        if (present.Count != _saved.Count || !present.ToHashSet().SetEquals(_saved))
        {
            _store.Replace(present);
            _saved = present;
        }
    }
}
