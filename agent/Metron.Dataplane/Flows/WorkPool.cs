using System.Runtime.InteropServices;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>What functions do with every packet of a worker's flow entries: linked lists in one array, each in the order of the walk.</summary>
internal sealed unsafe class WorkPool : IDisposable
{
    private readonly NativeRegion _region;
    private readonly WorkNode* _nodes;
    private readonly int _capacity;
    private int _used;
    private int _free;
    private readonly CopyPool _copies;

    /// <param name="capacity">Most pieces of work; memory is used as they are.</param>
    /// <param name="usesHugePages">Whether it is to lie in huge pages.</param>
    public WorkPool(int capacity, bool usesHugePages)
    {
        _capacity = capacity;
        _region = new NativeRegion((nuint)capacity * (nuint)sizeof(WorkNode), usesHugePages);
        _nodes = (WorkNode*)_region.Start;
        _copies = new CopyPool(Math.Min(capacity, int.MaxValue / CopyPool.BytesEach), usesHugePages);
    }

    /// <summary>Pieces that can still be added.</summary>
    public int Available => _capacity - InUse;

    /// <summary>Pieces held.</summary>
    public int InUse { get; private set; }

    /// <summary>Bytes that they take.</summary>
    public long Bytes => ((long)InUse * BytesEach) + ((long)_copies.InUse * CopyPool.BytesEach);

    /// <summary>Bytes per piece.</summary>
    public static int BytesEach => sizeof(WorkNode);

    /// <summary>A piece by its name, which is not 0.</summary>
    public WorkNode* this[int name] => _nodes + name - 1;

    /// <summary>Puts a piece in front of a list; <see cref="Available"/> must not be 0.</summary>
    /// <param name="list">Name of its first piece; 0 for an empty one.</param>
    /// <param name="work">The piece.</param>
    public void Add(ref int list, FlowWork work)
    {
        var name = _free;
        if (name != 0)
        {
            _free = this[name]->Next;
        }
        else
        {
            name = ++_used;
        }

        InUse++;
        *this[name] = new WorkNode { Function = work.Function, Handle = work.Handle, Passed = work.Passed, Next = list };
        list = name;
    }

    /// <summary>Gives a piece of work an action for copies.</summary>
    /// <param name="list">Name of the first piece.</param>
    /// <param name="index">How many pieces stand before it.</param>
    /// <returns>The action, to be filled; null when there is none left.</returns>
    public CopyAction* AddCopy(int list, int index)
    {
        for (; index > 0; index--)
        {
            list = this[list]->Next;
        }

        var copy = _copies.Take();
        this[list]->Copy = copy;
        return copy == 0 ? null : _copies[copy];
    }

    /// <summary>A piece's action for copies; null for none.</summary>
    public CopyAction* CopyOf(WorkNode* node) => node->Copy == 0 ? null : _copies[node->Copy];

    /// <summary>Frees a list.</summary>
    public void Free(int list)
    {
        while (list != 0)
        {
            var next = this[list]->Next;
            if (this[list]->Copy != 0)
            {
                _copies.Return(this[list]->Copy);
            }

            this[list]->Next = _free;
            _free = list;
            list = next;
            InUse--;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Dispose();
        _copies.Dispose();
    }
}

/// <summary>A piece of work; see <see cref="FlowWork"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WorkNode
{
    public int Function;
    public int Handle;
    public int Passed;

    /// <summary>Name of the next piece; 0 for none.</summary>
    public int Next;

    /// <summary>Name of its action for copies in the <see cref="CopyPool"/>; 0 for none.</summary>
    public int Copy;
}
