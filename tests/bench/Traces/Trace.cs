namespace Metron.Bench.Traces;

/// <summary>A trace: packets that a device replays for ever. The same name gives the same bytes, on every machine.</summary>
/// <param name="Name">T1 to T7.</param>
/// <param name="Flows">Number of flows.</param>
/// <param name="Packets">Number of packets in the file.</param>
internal sealed record Trace(string Name, int Flows, int Packets)
{
    private const ulong Seed = 0x4d65_7472_6f6e;

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

    /// <summary>The traces that cases use.</summary>
    public static IReadOnlyList<Trace> Known { get; } =
    [
        new("T1", 1, 65_536),
        new("T2", 10_000, 65_536),
        new("T3", 10_000, 65_536) { ZipfExponent = 1.1 },
        // The simple IMIX: 7 small, 4 middle, 1 large.
        new("T4", 100_000, 131_072) { Lengths = [64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1514] },
        new("T6", 10_000, 65_536) { IsV6 = true },
        // Requests of some hundred bytes, and answers in full packets.
        new("T7", 10_000, 32_768) { Lengths = [350, 500, 700, 1514, 1514, 1514], CarriesText = true },
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
            var sourcePort = (ushort)(1024 + random.Next(64_512));
            var ownPort = (ushort)(1024 + random.Next(64_512));
            var destinationPort = DestinationPort == 0 ? ownPort : DestinationPort;
            flows[i] = IsV6
                ? new Flow(((UInt128)0xfd00_0000_0000_0000 << 64) + host, ((UInt128)0x2001_0db8_0100_0000 << 64) + server, sourcePort, destinationPort, true)
                : new Flow(0x0a00_0000 + host, 0xc612_0000 + server, sourcePort, destinationPort, false);
        }

        return flows;
    }

    /// <summary>The packets, in order.</summary>
    public IEnumerable<byte[]> BuildFrames()
    {
        var flows = BuildFlows();
        var random = new SplitMix64(Seed + 1);
        var chances = ZipfExponent > 0 ? CumulativeZipf() : null;
        for (var i = 0; i < Packets; i++)
        {
            var chosen = chances is null ? random.Next(flows.Count) : Find(chances, random.NextDouble());
            var length = Lengths[random.Next(Lengths.Count)];
            yield return flows[chosen].ToFrame(length, (uint)i, CarriesText ? WebText.Build(random, length) : []);
        }
    }

    /// <summary>Writes the trace into a directory, unless it is there; returns the path.</summary>
    public string WriteTo(string directory)
    {
        var path = Path.Combine(directory, $"{Name}.pcap");
        if (!File.Exists(path))
        {
            var partial = path + ".partial";
            PcapFile.Write(partial, BuildFrames());
            File.Move(partial, path);
        }

        return path;
    }

    private double[] CumulativeZipf()
    {
        var chances = new double[Flows];
        var sum = 0.0;
        for (var rank = 0; rank < Flows; rank++)
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
