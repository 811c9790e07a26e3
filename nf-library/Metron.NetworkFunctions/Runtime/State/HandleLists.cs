using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>A fixed number of doubly linked lists over handles; a handle is in at most one of them. 8 bytes per handle.</summary>
internal sealed class HandleLists
{
    // Circular, one sentinel per list: node i < _lists is the sentinel of list i, node _lists + h is handle h.
    // Links are node + 1; 0: in no list.
    private readonly ChunkedArray<Links> _nodes = new();
    private readonly int _lists;

    public HandleLists(int lists)
    {
        _lists = lists;
        _nodes.EnsureLength(lists);
        for (var list = 0; list < lists; list++)
        {
            _nodes[list] = new Links { Previous = list + 1, Next = list + 1 };
        }
    }

    /// <summary>First handle of the list, -1 when it is empty.</summary>
    public int First(int list) => _nodes[list].Next - 1 - _lists is var handle && handle >= 0 ? handle : -1;

    /// <summary>The handle behind this one in its list, -1 at the end.</summary>
    public int Next(int handle) => _nodes[_lists + handle].Next - 1 - _lists is var next && next >= 0 ? next : -1;

    /// <summary>Puts a handle that is in no list at the end of one.</summary>
    public void Append(int list, int handle)
    {
        var node = _lists + handle;
        _nodes.EnsureLength(node + 1);
        ref var sentinel = ref _nodes[list];
        _nodes[node] = new Links { Previous = sentinel.Previous, Next = list + 1 };
        _nodes[sentinel.Previous - 1].Next = node + 1;
        sentinel.Previous = node + 1;
    }

    /// <summary>Takes a handle out of its list, if it is in one.</summary>
    public void Remove(int handle)
    {
        var node = _lists + handle;
        _nodes.EnsureLength(node + 1);
        ref var links = ref _nodes[node];
        if (links.Next == 0)
        {
            return;
        }

        _nodes[links.Previous - 1].Next = links.Next;
        _nodes[links.Next - 1].Previous = links.Previous;
        links = default;
    }

    private struct Links
    {
        public int Previous;
        public int Next;
    }
}
