using System.Runtime.InteropServices;
using Metron.Packets.Memory;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Flows;

/// <summary>What functions do with every packet of a worker's flow entries: linked lists in one array, each in the order of the walk.</summary>
internal sealed unsafe class WorkPool : IDisposable
{
    private readonly NativeRegion _region;
    private readonly WorkNode* _nodes;
    private readonly int _capacity;
    private int _used;
    private int _free;

    /// <param name="capacity">Most pieces of work; memory is used as they are.</param>
    public WorkPool(int capacity)
    {
        _capacity = capacity;
        _region = new NativeRegion((nuint)capacity * (nuint)sizeof(WorkNode));
        _nodes = (WorkNode*)_region.Start;
    }

    /// <summary>Pieces that can still be added.</summary>
    public int Available => _capacity - InUse;

    /// <summary>Pieces held.</summary>
    public int InUse { get; private set; }

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

    /// <summary>Frees a list.</summary>
    public void Free(int list)
    {
        while (list != 0)
        {
            var next = this[list]->Next;
            this[list]->Next = _free;
            _free = list;
            list = next;
            InUse--;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();
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
}
