using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>What copies of a flow's packets shall be: headers, the first 16 bytes of the frame, and length. For either IP version.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CopyAction
{
    /// <summary>Bits of the frame's first 16 bytes that stay.</summary>
    public Vector128<byte> Keep;

    /// <summary>Bits that are set in their place.</summary>
    public Vector128<byte> Value;

    /// <summary>Most bytes of the frame without tag; 0 for all.</summary>
    public int Length;

    /// <summary>When free: name of the next free one; 0 for none.</summary>
    public int NextFree;

    /// <summary>The rewrite, as a flow entry; an IPv4 flow's lies at its start.</summary>
    public FlowEntry<Ipv6Addresses> Action;
}

/// <summary>The copy actions of a worker's flow entries. Names are not 0.</summary>
internal sealed unsafe class CopyPool : IDisposable
{
    private readonly NativeRegion _region;
    private readonly CopyAction* _actions;
    private readonly int _capacity;
    private int _used;
    private int _free;

    /// <param name="capacity">Most actions; memory is used as they are.</param>
    /// <param name="usesHugePages">Whether it is to lie in huge pages.</param>
    public CopyPool(int capacity, bool usesHugePages)
    {
        _capacity = capacity;
        _region = new NativeRegion((nuint)capacity * (nuint)sizeof(CopyAction), usesHugePages);
        _actions = (CopyAction*)_region.Start;
    }

    /// <summary>Actions held.</summary>
    public int InUse { get; private set; }

    /// <summary>Bytes per action.</summary>
    public static int BytesEach => sizeof(CopyAction);

    /// <summary>An action by its name.</summary>
    public CopyAction* this[int name] => _actions + name - 1;

    /// <summary>Takes an action; 0 when there is none left.</summary>
    public int Take()
    {
        var name = _free;
        if (name != 0)
        {
            _free = this[name]->NextFree;
        }
        else if (_used == _capacity)
        {
            return 0;
        }
        else
        {
            name = ++_used;
        }

        InUse++;
        return name;
    }

    /// <summary>Gives an action back.</summary>
    public void Return(int name)
    {
        this[name]->NextFree = _free;
        _free = name;
        InUse--;
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();
}
