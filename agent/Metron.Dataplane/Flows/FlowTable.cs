using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Flows;

/// <summary>
/// The flows of one flow group for one IP version. Entries never move, so that a number names one for as long as it lives. A lookup is three
/// steps, so that a burst can overlap their cache misses: ask for the bucket, <see cref="PrefetchEntry"/>,
/// <see cref="TryConfirm"/>.
/// </summary>
internal sealed unsafe class FlowTable<TAddresses> : IDisposable
    where TAddresses : unmanaged, IFlowAddresses<TAddresses>
{
    private readonly NativeRegion _entryRegion;
    private readonly NativeRegion _recordRegion;
    private readonly byte* _entries;
    private readonly FlowRecord* _records;
    private readonly FlowIndex _index;
    private readonly HashSeed _seed;
    private readonly EvictionQueue<TAddresses> _evictions;
    private int[] _counts = new int[16]; // per program
    private int _programs;
    private int _firstFree = -1;
    private int _sweep;

    /// <param name="capacity">Most entries.</param>
    /// <param name="seed">Seed of the hash function.</param>
    /// <param name="index">Where the fast path reads the index's view; null: nowhere.</param>
    /// <param name="usesHugePages">Whether the table is to lie in huge pages.</param>
    public FlowTable(int capacity, HashSeed seed, FlowIndex.View* index = null, bool usesHugePages = true)
    {
        Capacity = capacity;
        _seed = seed;
        _entryRegion = new NativeRegion((nuint)capacity * (nuint)Stride, usesHugePages);
        _recordRegion = new NativeRegion((nuint)capacity * (nuint)sizeof(FlowRecord), usesHugePages);
        _entries = _entryRegion.Start;
        _records = (FlowRecord*)_recordRegion.Start;
        _index = new FlowIndex(_records, capacity, index, usesHugePages);
        _evictions = new EvictionQueue<TAddresses>(this);
    }

    /// <summary>Most entries.</summary>
    public int Capacity { get; }

    /// <summary>Entries in use.</summary>
    public int Count => _index.Count;

    /// <summary>Entries that were ever in use: all numbers are below.</summary>
    public int HighWater { get; private set; }

    /// <summary>Bytes that the entries in use take, with their share of the index.</summary>
    public long Bytes => ((long)HighWater * (Stride + sizeof(FlowRecord))) + _index.Bytes;

    private static int Stride => sizeof(FlowEntry<TAddresses>) <= 64 ? 64 : 128;

    /// <summary>Address of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlowEntry<TAddresses>* Entry(int index) => EntryOf(_entries, index);

    /// <summary>Number of an entry.</summary>
    public int NumberOf(FlowEntry<TAddresses>* entry) => (int)(((byte*)entry - _entries) / Stride);

    /// <summary>What is kept beside an entry.</summary>
    public FlowRecord* Record(int index) => _records + index;

    /// <summary>The seed of the hash function.</summary>
    public HashSeed Seed => _seed;

    /// <summary>The index as it is until an entry is added: for the first two steps of a lookup.</summary>
    public FlowIndex.View Index => _index.Current;

    /// <summary>First byte of the entries.</summary>
    public byte* Entries => _entries;

    /// <summary>Hash of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(in FlowKey<TAddresses> key) => FlowKey<TAddresses>.Hash(key, _seed);

    /// <summary>Address of an entry of a table, by the table's <see cref="Entries"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FlowEntry<TAddresses>* EntryOf(byte* entries, int number) => (FlowEntry<TAddresses>*)(entries + ((nint)number * Stride));

    /// <summary>Second step of a lookup: the entry that the key's entry probably is, plus 1, or 0.</summary>
    /// <param name="index">The table's index.</param>
    /// <param name="entries">The table's <see cref="Entries"/>.</param>
    /// <param name="hash">Hash of the key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PrefetchEntry(in FlowIndex.View index, byte* entries, ulong hash)
    {
        var candidate = index.FirstCandidate(hash);
        var entry = (byte*)EntryOf(entries, (int)candidate - 1);
        Sse.Prefetch0(entry);
        if (Stride > 64)
        {
            Sse.Prefetch0(entry + 64);
        }

        return candidate;
    }

    /// <summary>Third step of a lookup: the key's entry, if it is the candidate; otherwise <see cref="FindEntry"/> says more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryConfirm(byte* entries, uint candidate, in FlowKey<TAddresses> key, out FlowEntry<TAddresses>* entry)
    {
        entry = EntryOf(entries, (int)candidate - 1);
        return candidate != 0 && FlowKey<TAddresses>.AreEqual(entry->Key, key);
    }

    /// <summary>The key's entry, or null.</summary>
    public FlowEntry<TAddresses>* FindEntry(in FlowKey<TAddresses> key, ulong hash)
    {
        var number = Find(key, hash);
        return number < 0 ? null : Entry(number);
    }

    /// <summary>Number of the key's entry; -1 when there is none.</summary>
    public int Find(in FlowKey<TAddresses> key, ulong hash)
    {
        var candidates = _index.Search(hash);
        while (candidates.MoveNext())
        {
            if (FlowKey<TAddresses>.AreEqual(Entry(candidates.Current)->Key, key))
            {
                return candidates.Current;
            }
        }

        return -1;
    }

    /// <summary>Makes an entry for a key that has none. There must be room: see <see cref="PickVictim"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="program">Worker's number of the program.</param>
    /// <returns>Its number; the entry holds the key and zeros.</returns>
    public int Add(in FlowKey<TAddresses> key, ulong hash, ushort program)
    {
        var number = _firstFree;
        if (number >= 0)
        {
            _firstFree = _records[number].NextFree;
            Sse.Prefetch0(_records + _firstFree);
            Sse.Prefetch0(Entry(_firstFree));
        }
        else
        {
            number = HighWater++;
        }

        *Entry(number) = new FlowEntry<TAddresses> { Key = key };
        _records[number] = new FlowRecord
        {
            Hash = (uint)hash,
            Signature = FlowIndex.SignatureOf(hash),
            Program = program,
            FirstDependency = -1,
            NextFree = -1,
        };
        _index.Add(number);
        CountOne(program);
        return number;
    }

    /// <summary>Frees an entry; its dependencies are the caller's concern.</summary>
    public void Remove(int number)
    {
        _index.Remove(number);
        // No valid key has slot 0: whoever still holds the number from an earlier step of a lookup finds that it does not fit.
        Entry(number)->Key = default;
        _programs -= --_counts[_records[number].Program] == 0 ? 1 : 0;
        _records[number].Program = 0;
        _records[number].NextFree = _firstFree;
        _firstFree = number;
    }

    /// <summary>Whether an entry must go before another can be added.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>Entries of a program, by the worker's number for it.</summary>
    public int CountOf(int program) => program < _counts.Length ? _counts[program] : 0;

    /// <summary>Number of programs with entries.</summary>
    public int Programs => _programs;

    /// <summary>How many entries each program with entries may hold when the table is full, before its own go first.</summary>
    public int Share => Capacity / Math.Max(_programs, 1);

    /// <summary>The entry to remove so that another can be added; the table is full.</summary>
    /// <param name="now">Low 32 bits of the worker's milliseconds.</param>
    public int PickVictim(uint now) => _evictions.Take(now);

    /// <summary>Asks for what <see cref="Remove"/> of an entry will touch.</summary>
    public void PrefetchRemoval(int number) => _index.Prefetch(_records[number].Hash);

    /// <summary>Looks at the next entries in turn for one that is idle.</summary>
    /// <param name="now">Low 32 bits of the worker's milliseconds.</param>
    /// <param name="idleMilliseconds">Idle from this on.</param>
    /// <param name="budget">Entries still to look at; lowered.</param>
    /// <returns>Number of an idle entry; -1 when none was found within the budget.</returns>
    public int NextIdle(uint now, uint idleMilliseconds, ref int budget)
    {
        while (budget-- > 0 && HighWater > 0)
        {
            _sweep = _sweep + 1 < HighWater ? _sweep + 1 : 0;
            if (_records[_sweep].Program != 0 && now - Entry(_sweep)->LastSeen >= idleMilliseconds)
            {
                return _sweep;
            }
        }

        return -1;
    }

    private void CountOne(ushort program)
    {
        if (program >= _counts.Length)
        {
            Array.Resize(ref _counts, program * 2);
        }

        _programs += _counts[program]++ == 0 ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _index.Dispose();
        _entryRegion.Dispose();
        _recordRegion.Dispose();
    }
}
