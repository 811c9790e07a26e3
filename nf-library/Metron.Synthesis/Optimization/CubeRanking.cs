using System.Runtime.CompilerServices;

namespace Metron.Synthesis;

/// <summary>Tells which cubes have a key that is not greater than a number: cubes sorted by key, and the sets of the first so many at some marks.</summary>
internal sealed class CubeRanking
{
    private const int MostMarks = 128;
    private readonly UInt128[] _keys;
    private readonly int[] _cubes;
    private readonly BitSet[] _marks;
    private readonly int _step;

    /// <summary>Ranks cubes by a key each.</summary>
    public CubeRanking(UInt128[] keys)
    {
        _keys = (UInt128[])keys.Clone();
        _cubes = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(_keys, _cubes);
        _step = Math.Max(64, (keys.Length / MostMarks) + 1);
        _marks = new BitSet[(keys.Length / _step) + 1];
        for (var mark = 0; mark < _marks.Length; mark++)
        {
            _marks[mark] = new BitSet(keys.Length);
            if (mark > 0)
            {
                _marks[mark].CopyFrom(_marks[mark - 1]);
                AddRange(_marks[mark], (mark - 1) * _step, mark * _step);
            }
        }
    }

    /// <summary>Whether all keys are the same.</summary>
    public bool IsConstant => _keys.Length == 0 || _keys[0] == _keys[^1];

    /// <summary>Keeps the cubes whose key is at most <paramref name="bound"/>.</summary>
    /// <remarks>A compilation is over before the runtime would optimise this by itself.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void KeepUpTo(UInt128 bound, BitSet set, BitSet scratch)
    {
        var count = CountUpTo(bound);
        if (count < _keys.Length)
        {
            var mark = count / _step;
            scratch.CopyFrom(_marks[mark]);
            AddRange(scratch, mark * _step, count);
            set.IntersectWith(scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CountUpTo(UInt128 bound)
    {
        var (low, high) = (0, _keys.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _keys[middle] <= bound ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRange(BitSet set, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            set.Add(_cubes[i]);
        }
    }
}
