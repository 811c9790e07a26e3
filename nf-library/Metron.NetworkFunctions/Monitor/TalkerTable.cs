using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Monitor;

/// <summary>
/// Counts what pairs of addresses exchange: exactly, up to a number of pairs. Traffic of known flows is not counted packet by packet but
/// read from the flow entries: when they end, in turn by <see cref="Refresh"/>, and for the top talkers when they are reported. When the
/// table is full, a new pair takes the place of the smallest of 16 pairs that have no flow; what that one had counted is forgotten.
/// </summary>
internal sealed class TalkerTable(int maximum, ulong seed)
{
    private const int EvictionCandidates = 16;
    private const int EvictionAttempts = 256;
    private const long RoundMilliseconds = 1000;
    private readonly Slab<Pair> _pairs = new(maximum);
    private readonly HashIndex _index = new();
    private readonly AttachedFlows _flows = new();
    private int _refreshed = int.MaxValue; // pairs of this round that are done
    private long _roundStart = -RoundMilliseconds;
    private int _evictionHand;

    /// <summary>Number of pairs that are counted.</summary>
    public int Known => _pairs.Count;

    /// <summary>Pairs that made room for others.</summary>
    public long Evicted { get; private set; }

    /// <summary>Packets that were not counted, since the table was full of pairs with flows.</summary>
    public long Refused { get; private set; }

    /// <summary>Counts a packet that was shown to the monitor; flow entries count from their second packet on.</summary>
    /// <returns>The pair; -1 when it cannot be counted.</returns>
    public int Count(in PacketHeaders headers, int port)
    {
        var direction = (byte)((headers.IsV6 ? 1 : 0) | port << 1);
        var hash = (uint)StateHash.Addresses(headers.Source.Value, headers.Destination.Value, direction, seed);
        var pair = Find(hash, in headers, direction);
        if (pair < 0)
        {
            if (!_pairs.TryAdd(out pair) && !(Evict() && _pairs.TryAdd(out pair)))
            {
                Refused++;
                return -1;
            }

            _pairs[pair] = new Pair
            {
                Source = headers.Source.Value,
                Destination = headers.Destination.Value,
                Direction = direction,
                InUse = true,
            };
            _index.Add(hash, pair);
        }

        ref var counted = ref _pairs[pair];
        counted.Packets++;
        counted.Bytes += headers.FrameLength;
        counted.Total = Math.Max(counted.Total, counted.Bytes);
        return pair;
    }

    /// <summary>Counts a packet of a flow entry that the entry does not count.</summary>
    public void CountMore(int pair, int bytes)
    {
        ref var counted = ref _pairs[pair];
        counted.Packets++;
        counted.Bytes += (ulong)bytes;
        counted.Total = Math.Max(counted.Total, counted.Bytes);
    }

    /// <summary>A flow entry of the pair was made.</summary>
    public void Attach(int pair, FlowReference flow) => _flows.Attach(pair, flow, true);

    /// <summary>A flow entry of the pair is gone.</summary>
    public void Detach(int pair, FlowReference flow, ulong packets, ulong bytes)
    {
        _flows.Detach(pair, flow);
        ref var counted = ref _pairs[pair];
        counted.Packets += packets;
        counted.Bytes += bytes;
        counted.Total = Math.Max(counted.Total, counted.Bytes);
    }

    /// <summary>
    /// Adds up pairs with their flows, going round at most once a second: the totals by which <see cref="ReportTop"/> finds its candidates.
    /// </summary>
    /// <returns>Number of pairs and flows looked at; 0 when there is nothing to do before the next round.</returns>
    public int Refresh(long now, IFlowDirectory flows, int budget)
    {
        if (_refreshed >= _pairs.Length && now - _roundStart >= RoundMilliseconds)
        {
            (_refreshed, _roundStart) = (0, now);
        }

        var looked = 0;
        while (looked < budget && _refreshed < _pairs.Length)
        {
            looked += 1 + Total(_refreshed++, flows);
        }

        return looked;
    }

    /// <summary>Adds the largest pairs of each direction, largest first.</summary>
    public void ReportTop(int top, IFlowDirectory flows, List<Talker> talkers)
    {
        for (var port = 0; port < 2; port++)
        {
            var largest = new PriorityQueue<int, ulong>();
            for (var pair = 0; pair < _pairs.Length; pair++)
            {
                ref var counted = ref _pairs[pair];
                if (!counted.InUse || counted.Direction >> 1 != port)
                {
                    continue;
                }

                if (largest.Count < top)
                {
                    largest.Enqueue(pair, counted.Total);
                }
                else
                {
                    largest.EnqueueDequeue(pair, counted.Total);
                }
            }

            while (largest.TryDequeue(out var pair, out _))
            {
                talkers.Add(Describe(pair, flows));
            }
        }

        talkers.Sort(static (left, right) => right.Bytes.CompareTo(left.Bytes));
    }

    private Talker Describe(int pair, IFlowDirectory flows)
    {
        _flows.ReadCounters(pair, flows, out var packets, out var bytes);
        ref var counted = ref _pairs[pair];
        var isV6 = (counted.Direction & 1) == 1;
        return new Talker(
            new IpAddress(counted.Source, isV6),
            new IpAddress(counted.Destination, isV6),
            counted.Packets + packets,
            counted.Bytes + bytes);
    }

    private int Total(int pair, IFlowDirectory flows)
    {
        ref var counted = ref _pairs[pair];
        if (!counted.InUse)
        {
            return 0;
        }

        var looked = _flows.ReadCounters(pair, flows, out _, out var bytes);
        counted.Total = counted.Bytes + bytes;
        return looked;
    }

    private int Find(uint hash, in PacketHeaders headers, byte direction)
    {
        for (var pair = _index.First(hash); pair >= 0; pair = _index.Next(pair))
        {
            ref var counted = ref _pairs[pair];
            if (counted.Source == headers.Source.Value
                && counted.Destination == headers.Destination.Value
                && counted.Direction == direction)
            {
                return pair;
            }
        }

        return -1;
    }

    private bool Evict()
    {
        var victim = -1;
        for (int candidates = 0, attempt = 0; candidates < EvictionCandidates && attempt < EvictionAttempts; attempt++)
        {
            _evictionHand = _evictionHand + 1 < _pairs.Length ? _evictionHand + 1 : 0;
            if (_pairs.Length > 0 && _pairs[_evictionHand].InUse && !_flows.Any(_evictionHand))
            {
                candidates++;
                victim = victim < 0 || _pairs[_evictionHand].Total < _pairs[victim].Total ? _evictionHand : victim;
            }
        }

        if (victim < 0)
        {
            return false;
        }

        _index.Remove(victim);
        _pairs.Free(victim);
        Evicted++;
        return true;
    }

    private struct Pair
    {
        public UInt128 Source;
        public UInt128 Destination;
        public ulong Packets; // of ended flows, and those shown to the monitor
        public ulong Bytes;
        public ulong Total; // bytes with those of flow entries, as last added up
        public byte Direction; // bit 0: IPv6, bit 1: port that the packets enter by
        public bool InUse;
    }
}
