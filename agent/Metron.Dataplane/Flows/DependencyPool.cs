using System.Runtime.InteropServices;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>The dependencies of a worker's flow entries: linked lists in one array.</summary>
internal sealed unsafe class DependencyPool : IDisposable
{
    private readonly NativeRegion _region;
    private readonly Node* _nodes;
    private readonly int _capacity;
    private int _used;
    private int _free = -1;

    /// <param name="capacity">Most dependencies.</param>
    /// <param name="usesHugePages">Whether it is to lie in huge pages.</param>
    public DependencyPool(int capacity, bool usesHugePages)
    {
        _capacity = capacity;
        _region = new NativeRegion((nuint)capacity * (nuint)sizeof(Node), usesHugePages);
        _nodes = (Node*)_region.Start;
    }

    /// <summary>Dependencies that can still be added.</summary>
    public int Available => _capacity - InUse;

    /// <summary>Dependencies held.</summary>
    public int InUse { get; private set; }

    /// <summary>Bytes per dependency.</summary>
    public static int BytesEach => sizeof(Node);

    /// <summary>A dependency of a list.</summary>
    public Dependency this[int index] => new(_nodes[index].Function, _nodes[index].Handle);

    /// <summary>The one behind it in its list; -1 for none.</summary>
    public int Next(int index) => _nodes[index].Next;

    /// <summary>Puts a dependency in front of a list; <see cref="Available"/> must not be 0.</summary>
    /// <param name="head">The list; -1 for an empty one.</param>
    /// <param name="dependency">The dependency.</param>
    public void Add(ref int head, Dependency dependency)
    {
        var index = _free;
        if (index >= 0)
        {
            _free = _nodes[index].Next;
        }
        else
        {
            index = _used++;
        }

        InUse++;
        _nodes[index] = new Node { Function = dependency.Function, Handle = dependency.Handle, Next = head };
        head = index;
    }

    /// <summary>Takes the first dependency off a list.</summary>
    /// <returns>False when the list is empty.</returns>
    public bool TryTake(ref int head, out Dependency dependency)
    {
        if (head < 0)
        {
            dependency = default;
            return false;
        }

        var node = _nodes + head;
        dependency = new Dependency(node->Function, node->Handle);
        var next = node->Next;
        node->Next = _free;
        _free = head;
        head = next;
        InUse--;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    [StructLayout(LayoutKind.Sequential)]
    private struct Node
    {
        public int Function;
        public int Handle;
        public int Next;
    }
}
