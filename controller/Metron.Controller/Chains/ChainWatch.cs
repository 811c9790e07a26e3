using System.Threading.Channels;

namespace Metron.Controller.Chains;

/// <summary>
/// Tells watchers what happens to chains. A watcher that reads slowly gets the newest state of a chain instead of every state in between;
/// creations and removals are never left out. Callers hold the registry's lock, so events have one order.
/// </summary>
public sealed class ChainWatch
{
    private readonly Lock _turn = new();
    private readonly List<Subscription> _subscriptions = [];

    internal void Publish(V1.EventType type, ChainState chain)
    {
        lock (_turn)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Take(type, chain);
            }
        }
    }

    internal Subscription Subscribe(string? name, IEnumerable<ChainState> present)
    {
        var subscription = new Subscription(this, name);
        lock (_turn)
        {
            foreach (var chain in present)
            {
                subscription.Take(V1.EventType.Added, chain);
            }

            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <summary>What a watcher has not read yet, in order; a change of a chain that is waiting already only updates what waits.</summary>
    internal sealed class Subscription(ChainWatch owner, string? name) : IDisposable
    {
        private readonly Lock _turn = new();
        private readonly LinkedList<(V1.EventType Type, ChainState Chain)> _waiting = [];
        private readonly Dictionary<string, LinkedListNode<(V1.EventType Type, ChainState Chain)>> _newest = new(StringComparer.Ordinal);
        private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

        /// <summary>Waits until there is something, and takes all of it.</summary>
        public async Task<IReadOnlyList<(V1.EventType Type, ChainState Chain)>> NextAsync(CancellationToken cancellation)
        {
            while (true)
            {
                await _wake.Reader.ReadAsync(cancellation);
                lock (_turn)
                {
                    if (_waiting.Count > 0)
                    {
                        var taken = _waiting.ToArray();
                        _waiting.Clear();
                        _newest.Clear();
                        return taken;
                    }
                }
            }
        }

        public void Dispose()
        {
            lock (owner._turn)
            {
                owner._subscriptions.Remove(this);
            }
        }

        internal void Take(V1.EventType type, ChainState chain)
        {
            if (name is not null && name != chain.Name)
            {
                return;
            }

            lock (_turn)
            {
                if (type == V1.EventType.Modified && _newest.TryGetValue(chain.Name, out var waiting) && waiting.Value.Type != V1.EventType.Removed)
                {
                    waiting.Value = (waiting.Value.Type, chain);
                }
                else
                {
                    _newest[chain.Name] = _waiting.AddLast((type, chain));
                }
            }

            _wake.Writer.TryWrite(true);
        }
    }
}
