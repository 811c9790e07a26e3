using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Policer;

/// <summary>A limit at work: its buckets for either direction, and what it counted.</summary>
internal sealed class Meter(PolicerLimit limit, int workers)
{
    /// <summary>Buckets by the port that packets enter by; unused when the limit is per flow.</summary>
    public TokenBucket[] Buckets { get; } = [new(new MeterRate(limit, workers), 0), new(new MeterRate(limit, workers), 0)];

    public PolicerLimit Limit { get; } = limit;

    public int Workers { get; } = workers;

    public MeterRate Rate { get; } = new(limit, workers);

    public long ConformedPackets { get; private set; }

    public long ExceededPackets { get; private set; }

    public long ExceededBytes { get; private set; }

    /// <summary>Takes what a packet costs from a bucket, and counts.</summary>
    public bool TryTake(ref TokenBucket bucket, long now, int bytes)
    {
        if (bucket.TryTake(Rate, now, bytes))
        {
            ConformedPackets++;
            return true;
        }

        ExceededPackets++;
        ExceededBytes += bytes;
        return false;
    }
}

/// <summary>A flow with a bucket of its own.</summary>
internal struct PolicedFlow
{
    public UInt128 Source;
    public UInt128 Destination;
    public ulong Rest; // ports, protocol, version and side, see PolicerState.RestOf
    public int Meter;
    public TokenBucket Bucket;
}

/// <summary>The buckets of a policer on one worker; outlives revisions of its configuration.</summary>
internal sealed class PolicerState(WorkerResources resources)
{
    private readonly ulong _seed = resources.HashSeed;
    private readonly HashIndex _index = new();

    /// <summary>Limits at work, of this and of earlier configurations, by number.</summary>
    public List<Meter> Meters { get; } = [];

    /// <summary>Flows with buckets of their own.</summary>
    public StateTable<PolicedFlow> Flows { get; } = new(resources.MaximumConnections);

    /// <summary>Number of the meter for a limit; one that is there goes on as it is.</summary>
    public int Register(PolicerLimit limit, int workers)
    {
        // A bucket per flow is whole on each worker, as a flow has one worker.
        var share = limit.PerFlow ? 1 : workers;
        var number = Meters.FindIndex(meter => meter.Limit == limit && meter.Workers == share);
        if (number < 0)
        {
            number = Meters.Count;
            Meters.Add(new Meter(limit, share));
        }

        return number;
    }

    /// <summary>The flow of a packet, made when it is new.</summary>
    /// <returns>-1 when the table is full.</returns>
    public int FindOrAdd(in PacketHeaders headers, int port, int meter, long now)
    {
        var rest = RestOf(headers, port);
        var hash = (uint)StateHash.Addresses(headers.Source.Value, headers.Destination.Value, rest ^ ((ulong)(uint)meter << 8), _seed);
        for (var known = _index.First(hash); known >= 0; known = _index.Next(known))
        {
            ref var flow = ref Flows[known];
            if (flow.Source == headers.Source.Value && flow.Destination == headers.Destination.Value && flow.Rest == rest && flow.Meter == meter)
            {
                return known;
            }
        }

        var rate = Meters[meter].Rate;
        if (!Flows.TryAdd(now, rate.FillMilliseconds, out var record))
        {
            return -1;
        }

        Flows[record] = new PolicedFlow
        {
            Source = headers.Source.Value,
            Destination = headers.Destination.Value,
            Rest = rest,
            Meter = meter,
            Bucket = new TokenBucket(rate, now),
        };
        _index.Add(hash, record);
        return record;
    }

    /// <summary>Takes a flow out of the index; the table frees it.</summary>
    public void Release(int record) => _index.Remove(record);

    private static ulong RestOf(in PacketHeaders headers, int port)
    {
        var ports = headers.IcmpKind == IcmpKind.None
            ? ((uint)headers.SourcePort << 16) | headers.DestinationPort
            : ((uint)headers.SourcePort << 16) | ((uint)headers.IcmpType << 8) | headers.IcmpCode;
        return ((ulong)ports << 32) | ((ulong)headers.Protocol << 8) | (headers.IsFragment ? 4u : 0) | (headers.IsV6 ? 2u : 0) | (uint)port;
    }
}
