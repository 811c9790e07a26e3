using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// Records of one kind, each named by a handle that stays the same until the record is freed; freed handles are used again.
/// </summary>
/// <param name="maximum">Most records at a time.</param>
internal sealed class Slab<T>(int maximum)
    where T : unmanaged
{
    private readonly ChunkedArray<T> _records = new();
    private readonly ChunkedArray<int> _free = new();
    private int _freeCount;
    private int _length;

    /// <summary>Most records at a time; records beyond a maximum that was lowered stay.</summary>
    public int Maximum { get; set; } = maximum;

    /// <summary>Number of records.</summary>
    public int Count => _length - _freeCount;

    /// <summary>One more than the largest handle ever given.</summary>
    public int Length => _length;

    /// <summary>The record.</summary>
    public ref T this[int handle] => ref _records[handle];

    /// <summary>Adds a record of zeros.</summary>
    /// <returns>False when there are <see cref="Maximum"/> records already.</returns>
    public bool TryAdd(out int handle)
    {
        if (Count >= Maximum)
        {
            handle = -1;
            return false;
        }

        if (_freeCount > 0)
        {
            handle = _free[--_freeCount];
            return true;
        }

        handle = _length++;
        _records.EnsureLength(_length);
        return true;
    }

    /// <summary>Frees a record; its handle may be given to another one.</summary>
    public void Free(int handle)
    {
        _records[handle] = default;
        _free.EnsureLength(_freeCount + 1);
        _free[_freeCount++] = handle;
    }
}
