using System.Numerics;
using Metron.Packets;

namespace Metron.Bench.Traces;

/// <summary>A trace: packets that a device replays for ever. The same name gives the same bytes, on every machine.</summary>
/// <param name="Name">"T1" to "T8", and what a case makes of them: "T2-new10".</param>
/// <param name="Flows">Number of flows.</param>
/// <param name="Packets">Number of packets in the file.</param>
internal sealed record Trace(string Name, int Flows, int Packets)
{
    private static readonly int[] WebLengths = [350, 500, 700, 1514, 1514, 1514];

    private const ulong Seed = 0x4d65_7472_6f6e;
    private const int DestinationsPerRoute = 128;
    private const int SmallestPool = 262_143;

    /// <summary>Mbufs beside those of the trace: caches and bursts.</summary>
    private const int PoolReserve = 2_048;

    /// <summary>Exponent of Zipf's law by which flows get packets; 0: uniform.</summary>
    public double ZipfExponent { get; init; }

    /// <summary>Whether it is IPv6.</summary>
    public bool IsV6 { get; init; }

    /// <summary>Destination port of all flows; 0: each has one of its own.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>Frame lengths to choose from, without FCS.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [64];

    /// <summary>Whether packets carry what web servers and browsers say, instead of zeros.</summary>
    public bool CarriesText { get; init; }

    /// <summary>
    /// Whether flows are TCP connections, of which all packets of the client are there: SYN, segments in order, RST; those of all flows take turns. So
    /// they begin anew when the trace is replayed.
    /// </summary>
    public bool IsTcp { get; init; }

    /// <summary>
    /// Percentage of packets that are of a flow of their own, with the source of one of the other flows and a destination that no other packet has;
    /// spread evenly.
    /// </summary>
    public int NewFlowsPercent { get; init; }

    /// <summary>Destinations are so many virtual services, one of each 128 addresses, at <see cref="DestinationPort"/>; 0: as they are.</summary>
    public int Services { get; init; }

    /// <summary>Workers that the flows are dealt out to, by bit 1 of the source port, as a switch steers: 1 or 2.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Flow groups of the one worker, whose tags the frames carry by the source port from bit 1 on; 0: one tag for all.</summary>
    public int FlowGroups { get; init; }

    /// <summary>Mbufs that a device needs to replay it, and some to work with; for each worker.</summary>
    public int Mbufs => Packets <= SmallestPool - PoolReserve ? SmallestPool : (int)BitOperations.RoundUpToPowerOf2((uint)(Packets + PoolReserve)) - 1;

    /// <summary>Whether frames fit mbufs of a fraction of the usual size, without which the largest traces take 10 GB.</summary>
    public bool HasSmallMbufs => Packets > SmallestPool;

    /// <summary>The traces that cases use.</summary>
    public static IReadOnlyList<Trace> Known { get; } =
    [
        new("T1", 1, 65_536),
        new("T2", 10_000, 65_536),
        new("T3", 10_000, 65_536) { ZipfExponent = 1.1 },
        // The simple IMIX: 7 small, 4 middle, 1 large.
        new("T4", 100_000, 131_072) { Lengths = [64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1514] },
        // Drawn four times as often as there are flows, so that few packets meet their flow's entry in the order in which entries were made.
        new("T5", 1_000_000, 4_000_000),
        new("T6", 10_000, 65_536) { IsV6 = true },
        // Requests of some hundred bytes, and answers in full packets.
        new("T7", 10_000, 32_768) { Lengths = WebLengths, CarriesText = true },
        new("T8", 1_024, 32_768) { Lengths = WebLengths, CarriesText = true, IsTcp = true },
    ];

    /// <summary>The flows: sources in 10.0.0.0/8 or fd00::/64, destinations in 198.18.0.0/15 or 2001:db8:100::/64, all different.</summary>
    public IReadOnlyList<Flow> BuildFlows()
    {
        var random = new SplitMix64(Seed);
        var flows = new Flow[Flows];
        for (var i = 0; i < flows.Length; i++)
        {
            // Multiplying by an odd number permutes 24 bits: every flow has a source address of its own.
            var host = (uint)(i + 1) * 0x9e3779b1u & 0xff_ffff;
            var server = (uint)random.Next(1 << 17);
            server = Services == 0 ? server : server / DestinationsPerRoute % (uint)Services * DestinationsPerRoute;
            var sourcePort = (ushort)(1024 + random.Next(64_512));
            var ownPort = (ushort)(1024 + random.Next(64_512));
            var destinationPort = DestinationPort == 0 ? ownPort : DestinationPort;
            flows[i] = IsV6
                ? new Flow(((UInt128)0xfd00_0000_0000_0000 << 64) + host, ((UInt128)0x2001_0db8_0100_0000 << 64) + server, sourcePort, destinationPort, true)
                : new Flow(0x0a00_0000 + host, 0xc612_0000 + server, sourcePort, destinationPort, false);
        }

        return flows;
    }

    /// <summary>The packets of a worker, in order.</summary>
    /// <param name="worker">Whose.</param>
    public IEnumerable<byte[]> BuildFrames(int worker = 0)
    {
        var flows = BuildFlows();
        if (IsTcp)
        {
            foreach (var segment in BuildSegments(flows))
            {
                yield return segment;
            }

            yield break;
        }

        var mine = Workers == 1 ? flows : [.. flows.Where(flow => flow.WorkerOfTwo == worker)];
        var random = new SplitMix64(Seed + 1 + (ulong)worker);
        var chances = ZipfExponent > 0 ? CumulativeZipf(mine.Count) : null;
        var alone = 0;
        for (var i = 0; i < Packets; i++)
        {
            var chosen = chances is null ? random.Next(mine.Count) : Find(chances, random.NextDouble());
            var length = Lengths[random.Next(Lengths.Count)];
            var flow = (long)i * NewFlowsPercent % 100 < NewFlowsPercent ? Alone(mine, random, alone++) : mine[chosen];
            var tag = FlowGroups > 0 ? (flow.SourcePort >> 1) & (FlowGroups - 1) : worker;
            yield return flow.ToFrame(length, (uint)i, CarriesText ? WebText.Build(random, length) : [], tag);
        }
    }

    /// <summary>Writes the trace into a directory, one file for each worker; returns their paths.</summary>
    public IReadOnlyList<string> WriteTo(string directory) =>
        [.. Enumerable.Range(0, Workers).Select(worker =>
        {
            var path = Path.Combine(directory, $"{Name}-{worker}.pcap");
            PcapFile.Write(path, BuildFrames(worker));
            return path;
        })];

    private IEnumerable<byte[]> BuildSegments(IReadOnlyList<Flow> flows)
    {
        const int bare = 74; // an IPv6 segment without payload
        var random = new SplitMix64(Seed + 1);
        var sequences = new uint[flows.Count];
        var turns = Packets / flows.Count;
        for (var i = 0; i < turns * flows.Count; i++)
        {
            var (turn, chosen) = Math.DivRem(i, flows.Count);
            var flags = turn == 0 ? TcpFlags.Syn : turn == turns - 1 ? TcpFlags.Reset : TcpFlags.Acknowledgement;
            var length = flags == TcpFlags.Acknowledgement ? Lengths[random.Next(Lengths.Count)] : IsV6 ? bare : bare - 20;
            var frame = flows[chosen].ToSegment(length, sequences[chosen], flags, WebText.Build(random, length));
            sequences[chosen] += turn == 0 ? 1 : (uint)new ParsedFrame(frame).Payload.Length;
            yield return frame;
        }
    }

    /// <summary>A flow that no other packet is of: the port to which a source sends it is a new one each time that the source's turn comes.</summary>
    private static Flow Alone(IReadOnlyList<Flow> flows, SplitMix64 random, int number)
    {
        var sender = flows[number % flows.Count];
        var server = (uint)random.Next(1 << 17);
        return sender with
        {
            Destination = sender.IsV6 ? (sender.Destination & ~(UInt128)0x1_ffff) + server : 0xc612_0000 + server,
            DestinationPort = (ushort)(1024 + (number / flows.Count)),
        };
    }

    private double[] CumulativeZipf(int flows)
    {
        var chances = new double[flows];
        var sum = 0.0;
        for (var rank = 0; rank < flows; rank++)
        {
            sum += Math.Pow(rank + 1, -ZipfExponent);
            chances[rank] = sum;
        }

        return [.. chances.Select(chance => chance / sum)];
    }

    private static int Find(double[] chances, double value)
    {
        var at = Array.BinarySearch(chances, value);
        return at >= 0 ? at : ~at;
    }
}
