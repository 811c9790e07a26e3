using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// Finds handles by hash: <c>for (var h = index.First(hash); h >= 0; h = index.Next(h))</c> visits the handles that were added with this
/// hash; the caller compares keys. Buckets of one cache line hold seven hashes with their handles, so that a search takes one cache miss and
/// compares all at once; what finds no room goes to an overflow bucket. Grows by linear hashing (Litwin, VLDB 1980): each addition splits at
/// most one bucket, next to the one before, so there is no pause to rehash, at any size. 20 bytes per handle.
/// </summary>
internal sealed class HashIndex
{
    private const int FirstBuckets = 16;

    /// <summary>Handles per bucket, on average, from which on buckets are split.</summary>
    private const int Load = 4;

    private readonly ChunkedArray<Bucket> _buckets = new();
    private readonly ChunkedArray<Bucket> _overflow = new();
    private readonly ChunkedArray<uint> _hashes = new(); // per handle
    private int _bucketCount = FirstBuckets;
    private int _level = FirstBuckets; // largest power of two that is not above _bucketCount
    private int _overflowCount;
    private int _freeOverflow; // overflow bucket + 1, 0 for none

    public HashIndex() => _buckets.EnsureLength(FirstBuckets);

    /// <summary>Number of handles in the index.</summary>
    public int Count { get; private set; }

    /// <summary>Asks the CPU for what <see cref="First"/> and <see cref="Add"/> will look at.</summary>
    public void Prefetch(uint hash) => _buckets.Prefetch(BucketOf(hash));

    /// <summary>
    /// First handle with the hash, as far as it can be told without waiting for memory twice: for asking the CPU for what it names.
    /// </summary>
    /// <returns>-1 for none.</returns>
    public int Peek(uint hash)
    {
        ref var bucket = ref _buckets[BucketOf(hash)];
        var matches = bucket.Matches(hash);
        return matches == 0 ? -1 : bucket.Handles[BitOperations.TrailingZeroCount(matches)];
    }

    /// <summary>First handle with the hash, -1 for none.</summary>
    public int First(uint hash)
    {
        ref var bucket = ref _buckets[BucketOf(hash)];
        while (true)
        {
            var matches = bucket.Matches(hash);
            if (matches != 0)
            {
                return bucket.Handles[BitOperations.TrailingZeroCount(matches)];
            }

            if (bucket.Overflow == 0)
            {
                return -1;
            }

            bucket = ref _overflow[bucket.Overflow - 1];
        }
    }

    /// <summary>Next handle with the same hash, -1 for none.</summary>
    public int Next(int handle)
    {
        var hash = _hashes[handle];
        ref var bucket = ref _buckets[BucketOf(hash)];
        var isBehind = false;
        while (true)
        {
            for (var matches = bucket.Matches(hash); matches != 0; matches &= matches - 1)
            {
                var candidate = bucket.Handles[BitOperations.TrailingZeroCount(matches)];
                if (isBehind)
                {
                    return candidate;
                }

                isBehind = candidate == handle;
            }

            if (bucket.Overflow == 0)
            {
                return -1;
            }

            bucket = ref _overflow[bucket.Overflow - 1];
        }
    }

    /// <summary>Adds a handle that is not in the index.</summary>
    public void Add(uint hash, int handle)
    {
        _hashes.EnsureLength(handle + 1);
        _hashes[handle] = hash;
        Insert(hash, handle);
        if (++Count > _bucketCount * Load)
        {
            Split();
        }
    }

    /// <summary>Removes a handle that is in the index.</summary>
    public void Remove(int handle)
    {
        Count--;
        var hash = _hashes[handle];
        ref var bucket = ref _buckets[BucketOf(hash)];
        if (bucket.TryRemove(hash, handle))
        {
            return;
        }

        ref var link = ref bucket.Overflow;
        while (true)
        {
            ref var overflow = ref _overflow[link - 1];
            if (!overflow.TryRemove(hash, handle))
            {
                link = ref overflow.Overflow;
                continue;
            }

            if (overflow.Used == 0)
            {
                var free = link - 1;
                link = overflow.Overflow;
                FreeOverflow(free);
            }

            return;
        }
    }

    private int BucketOf(uint hash)
    {
        var bucket = (int)(hash & (uint)((_level * 2) - 1));
        return bucket < _bucketCount ? bucket : bucket - _level;
    }

    private void Insert(uint hash, int handle)
    {
        ref var bucket = ref _buckets[BucketOf(hash)];
        while (!bucket.TryAdd(hash, handle))
        {
            if (bucket.Overflow == 0)
            {
                bucket.Overflow = TakeOverflow() + 1;
            }

            bucket = ref _overflow[bucket.Overflow - 1];
        }
    }

    private void Split()
    {
        var from = _bucketCount - _level;
        _buckets.EnsureLength(++_bucketCount);
        if (_bucketCount == _level * 2)
        {
            _level *= 2;
        }

        var bucket = _buckets[from];
        _buckets[from] = default;
        while (true)
        {
            for (var slot = 0; slot < bucket.Used; slot++)
            {
                Insert(bucket.Hashes[slot], bucket.Handles[slot]);
            }

            if (bucket.Overflow == 0)
            {
                return;
            }

            var overflow = bucket.Overflow - 1;
            bucket = _overflow[overflow];
            FreeOverflow(overflow);
        }
    }

    private int TakeOverflow()
    {
        if (_freeOverflow != 0)
        {
            var free = _freeOverflow - 1;
            _freeOverflow = _overflow[free].Overflow;
            _overflow[free].Overflow = 0;
            return free;
        }

        _overflow.EnsureLength(_overflowCount + 1);
        return _overflowCount++;
    }

    private void FreeOverflow(int bucket)
    {
        _overflow[bucket] = new Bucket { Overflow = _freeOverflow };
        _freeOverflow = bucket + 1;
    }

    /// <summary>One cache line: slots in use come first.</summary>
    private struct Bucket
    {
        public const int Slots = 7;
        private const int Last = 7;

        public Lanes<uint> Hashes; // the last lane holds the number of slots in use
        public Lanes<int> Handles; // the last lane holds the overflow bucket + 1, 0 for none

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ref int Overflow => ref Handles[Slots];

        public int Used
        {
            readonly get => (int)Hashes[Last];
            set => Hashes[Last] = (uint)value;
        }

        /// <summary>A bit for each slot in use that has the hash.</summary>
        public readonly uint Matches(uint hash)
        {
            var hashes = Vector256.Create((ReadOnlySpan<uint>)Hashes);
            return Vector256.Equals(hashes, Vector256.Create(hash)).ExtractMostSignificantBits() & ((1u << (int)hashes[Last]) - 1);
        }

        public bool TryAdd(uint hash, int handle)
        {
            var used = Used;
            if (used == Slots)
            {
                return false;
            }

            Hashes[used] = hash;
            Handles[used] = handle;
            Used = used + 1;
            return true;
        }

        public bool TryRemove(uint hash, int handle)
        {
            for (var matches = Matches(hash); matches != 0; matches &= matches - 1)
            {
                var slot = BitOperations.TrailingZeroCount(matches);
                if (Handles[slot] == handle)
                {
                    var last = --Used;
                    Hashes[slot] = Hashes[last];
                    Handles[slot] = Handles[last];
                    return true;
                }
            }

            return false;
        }
    }

    [InlineArray(Bucket.Slots + 1)]
    private struct Lanes<T>
        where T : unmanaged
    {
        private T _first;
    }
}
