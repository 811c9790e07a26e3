using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>
/// Hash index of a flow table: buckets of one cache line with eight entries, found by 16-bit signatures compared at once. An entry whose bucket
/// is full goes to the next one; each bucket counts those that passed it, so that a search knows when to end. Grows by doubling, a few buckets
/// at each insertion, so that no packet waits for all of it.
/// </summary>
/// <remarks>While growing, a bucket's entries are in the old array until it is migrated, and then all in the new one.</remarks>
internal sealed unsafe class FlowIndex : IDisposable
{
    private const int SlotsPerBucket = 8;
    private const int BucketsMigratedPerInsertion = 4;

    private readonly FlowRecord* _records;
    private readonly uint _maximumBuckets;
    private NativeRegion _region;
    private Bucket* _buckets;
    private uint _mask;
    private NativeRegion? _oldRegion;
    private Bucket* _oldBuckets;
    private uint _oldMask;
    private uint _migrated;
    private readonly View* _published;
    private readonly bool _usesHugePages;
    private int _count;

    /// <param name="records">Records of the table, which hold the hashes.</param>
    /// <param name="capacity">Most entries.</param>
    /// <param name="published">Where the fast path reads the index's view, kept up to date; null: nowhere.</param>
    /// <param name="usesHugePages">Whether large arrays are to lie in huge pages.</param>
    public FlowIndex(FlowRecord* records, int capacity, View* published = null, bool usesHugePages = true)
    {
        _records = records;
        _published = published;
        _usesHugePages = usesHugePages;
        _maximumBuckets = Math.Max(64, BitOperations.RoundUpToPowerOf2((uint)(capacity / 5 + 1)));
        var buckets = Math.Min(_maximumBuckets, 256);
        _region = new NativeRegion(buckets * (nuint)sizeof(Bucket), usesHugePages);
        _buckets = (Bucket*)_region.Start;
        _mask = buckets - 1;
        Publish();
    }

    /// <summary>Number of entries.</summary>
    public int Count => _count;

    /// <summary>Bytes of the bucket arrays.</summary>
    public long Bytes => ((long)_mask + 1 + (_oldBuckets == null ? 0 : (long)_oldMask + 1)) * sizeof(Bucket);

    /// <summary>The index as it is until the next <see cref="Add"/>.</summary>
    public View Current => new(_buckets, _mask, _oldBuckets, _oldMask, _migrated);

    /// <summary>Walks all entries with the hash's signature.</summary>
    public Candidates Search(ulong hash) => new(this, hash);

    /// <summary>Adds an entry; its record holds the hash. The key is not in the table yet.</summary>
    public void Add(int entry)
    {
        if (_oldBuckets != null)
        {
            Migrate(BucketsMigratedPerInsertion);
        }
        else if (_count > ((long)_mask + 1) * 5 && _mask + 1 < _maximumBuckets)
        {
            Grow();
        }

        _count++;
        Insert(entry);
    }

    /// <summary>Removes an entry; its record still holds the hash.</summary>
    public void Remove(int entry)
    {
        _count--;
        var hash = _records[entry].Hash;
        if (IsInOld(hash))
        {
            RemoveFrom(_oldBuckets, _oldMask, entry);
        }
        else
        {
            RemoveFrom(_buckets, _mask, entry);
        }
    }

    /// <summary>Asks the CPU for the bucket that an entry with this hash is in, or begins to be looked for.</summary>
    public void Prefetch(uint hash) => Sse.Prefetch0(IsInOld(hash) ? _oldBuckets + (hash & _oldMask) : _buckets + (hash & _mask));

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Dispose();
        _oldRegion?.Dispose();
        _buckets = null;
        _oldBuckets = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort SignatureOf(ulong hash) => (ushort)(hash >> 48);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches(Bucket* bucket, ushort signature)
    {
        var equal = Vector128.Equals(Vector128.Load(bucket->Signatures), Vector128.Create(signature));
        return equal.AsByte().ExtractMostSignificantBits() & bucket->Used;
    }

    private bool IsInOld(uint hash) => _oldBuckets != null && (hash & _oldMask) >= _migrated;

    private void Insert(int entry)
    {
        if (IsInOld(_records[entry].Hash))
        {
            InsertInto(_oldBuckets, _oldMask, entry);
        }
        else
        {
            InsertInto(_buckets, _mask, entry);
        }
    }

    private void InsertInto(Bucket* buckets, uint mask, int entry)
    {
        var record = _records + entry;
        var at = record->Hash & mask;
        while (buckets[at].Used == Bucket.Full)
        {
            buckets[at].Passed++;
            at = (at + 1) & mask;
        }

        var bucket = buckets + at;
        var slot = BitOperations.TrailingZeroCount(~(uint)bucket->Used) >> 1;
        bucket->Signatures[slot] = record->Signature;
        bucket->Entries[slot] = (uint)entry + 1;
        bucket->Used |= (ushort)(3 << (slot * 2));
    }

    private void RemoveFrom(Bucket* buckets, uint mask, int entry)
    {
        var at = _records[entry].Hash & mask;
        int slot;
        while ((slot = SlotOf(buckets + at, entry)) < 0)
        {
            buckets[at].Passed--;
            at = (at + 1) & mask;
        }

        buckets[at].Used &= (ushort)~(3 << (slot * 2));
    }

    /// <summary>The slot of an entry; -1 when it is not in the bucket. Each entry stands in one slot at most.</summary>
    private static int SlotOf(Bucket* bucket, int entry)
    {
        var equal = Vector256.Equals(Vector256.Load(bucket->Entries), Vector256.Create((uint)entry + 1)).ExtractMostSignificantBits();
        for (; equal != 0; equal &= equal - 1)
        {
            var slot = BitOperations.TrailingZeroCount(equal);
            if ((bucket->Used >> (slot * 2) & 1) != 0)
            {
                return slot;
            }
        }

        return -1;
    }

    private void Grow()
    {
        _oldRegion = _region;
        _oldBuckets = _buckets;
        _oldMask = _mask;
        _migrated = 0;
        var buckets = (_mask + 1) * 2;
        _region = new NativeRegion(buckets * (nuint)sizeof(Bucket), _usesHugePages);
        _buckets = (Bucket*)_region.Start;
        _mask = buckets - 1;
        Publish();
    }

    private void Publish()
    {
        if (_published != null)
        {
            *_published = Current;
        }
    }

    private void Migrate(int buckets)
    {
        for (; buckets > 0 && _migrated <= _oldMask; buckets--)
        {
            MigrateHome(_migrated);
        }

        if (_migrated > _oldMask)
        {
            _oldRegion!.Dispose();
            _oldRegion = null;
            _oldBuckets = null;
        }
        else
        {
            PrefetchRecords(_migrated, BucketsMigratedPerInsertion);
        }

        Publish();
    }

    /// <summary>Asks for the hashes of the entries that the next insertion will migrate: they lie anywhere.</summary>
    private void PrefetchRecords(uint home, uint buckets)
    {
        for (var end = Math.Min(home + buckets, _oldMask + 1); home < end; home++)
        {
            var bucket = _oldBuckets + home;
            for (var slot = 0; slot < SlotsPerBucket; slot++)
            {
                if ((bucket->Used >> (slot * 2) & 1) != 0)
                {
                    Sse.Prefetch0(_records + bucket->Entries[slot] - 1);
                }
            }
        }
    }

    /// <summary>Moves the entries whose home is the bucket, also those that passed on from it.</summary>
    private void MigrateHome(uint home)
    {
        var at = home;
        bool further;
        do
        {
            var bucket = _oldBuckets + at;
            further = bucket->Passed > 0;
            for (var slot = 0; slot < SlotsPerBucket; slot++)
            {
                var entry = (int)bucket->Entries[slot] - 1;
                if ((bucket->Used >> (slot * 2) & 1) != 0 && (_records[entry].Hash & _oldMask) == home)
                {
                    RemoveFrom(_oldBuckets, _oldMask, entry);
                    InsertInto(_buckets, _mask, entry);
                }
            }

            at = (at + 1) & _oldMask;
        }
        while (further);
        _migrated++;
    }

    /// <summary>One cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct Bucket
    {
        public const ushort Full = 0xffff;

        public fixed ushort Signatures[SlotsPerBucket];

        /// <summary>Entry numbers plus 1.</summary>
        public fixed uint Entries[SlotsPerBucket];

        /// <summary>Entries that belong here or before and were put further on, because this bucket was full.</summary>
        public uint Passed;

        /// <summary>Two bits for each slot that is in use, as a byte mask of 16-bit lanes has them.</summary>
        public ushort Used;
    }

    /// <summary>
    /// What the fast path needs of the index. Not valid any more when an entry is added.
    /// </summary>
    public readonly struct View
    {
        private readonly Bucket* _buckets;
        private readonly Bucket* _oldBuckets;
        private readonly uint _mask;
        private readonly uint _oldMask;
        private readonly uint _migrated;

        internal View(Bucket* buckets, uint mask, Bucket* oldBuckets, uint oldMask, uint migrated)
        {
            _buckets = buckets;
            _mask = mask;
            _oldBuckets = oldBuckets;
            _oldMask = oldMask;
            _migrated = migrated;
        }

        /// <summary>The buckets, of which the low bits of a hash choose one. While the index grows, an entry may still be in the old ones.</summary>
        public Bucket* Buckets => _buckets;

        /// <summary>Number of <see cref="Buckets"/> less 1.</summary>
        public uint Mask => _mask;

        /// <summary>The first entry with the hash's signature in its bucket, plus 1; 0 for none there. It may be another flow's.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public uint FirstCandidate(ulong hash)
        {
            var bucket = Home((uint)hash);
            var matches = Matches(bucket, SignatureOf(hash));
            return matches == 0 ? 0 : bucket->Entries[(uint)BitOperations.TrailingZeroCount(matches) >> 1];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Bucket* Home(uint hash) => _oldBuckets != null && (hash & _oldMask) >= _migrated
            ? _oldBuckets + (hash & _oldMask)
            : _buckets + (hash & _mask);
    }

    /// <summary>Walk over the entries that have a hash's signature.</summary>
    public ref struct Candidates
    {
        private readonly Bucket* _array;
        private readonly uint _mask;
        private readonly ushort _signature;
        private uint _at;
        private uint _matches;

        internal Candidates(FlowIndex index, ulong hash)
        {
            var old = index.IsInOld((uint)hash);
            _array = old ? index._oldBuckets : index._buckets;
            _mask = old ? index._oldMask : index._mask;
            _signature = SignatureOf(hash);
            _at = (uint)hash & _mask;
            _matches = Matches(_array + _at, _signature);
            Current = -1;
        }

        /// <summary>The entry.</summary>
        public int Current { get; private set; }

        /// <summary>Goes to the next one.</summary>
        public bool MoveNext()
        {
            while (_matches == 0)
            {
                if (_array[_at].Passed == 0)
                {
                    return false;
                }

                _at = (_at + 1) & _mask;
                _matches = Matches(_array + _at, _signature);
            }

            var slot = BitOperations.TrailingZeroCount(_matches) >> 1;
            _matches &= ~(3u << (slot * 2));
            Current = (int)_array[_at].Entries[slot] - 1;
            return true;
        }
    }
}
