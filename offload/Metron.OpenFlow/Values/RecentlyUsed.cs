using System.Diagnostics.CodeAnalysis;

namespace Metron.OpenFlow;

/// <summary>A dictionary of limited size that forgets what was set longest ago. Not safe for concurrent use.</summary>
internal sealed class RecentlyUsed<TKey, TValue>(int limit)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();

    public int Count => _nodes.Count;

    /// <summary>The values, the one set longest ago first.</summary>
    public IEnumerable<TValue> Values => _order.Select(static entry => entry.Value);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            value = node.Value.Value;
            return true;
        }

        value = default;
        return false;
    }

    public void Set(TKey key, TValue value)
    {
        Remove(key);
        if (_nodes.Count == limit)
        {
            Remove(_order.First!.Value.Key);
        }

        _nodes[key] = _order.AddLast((key, value));
    }

    public void Remove(TKey key)
    {
        if (_nodes.Remove(key, out var node))
        {
            _order.Remove(node);
        }
    }
}
