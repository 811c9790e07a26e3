using Metron.Bench.Traces;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>The correctness gate: what must become of the packets of a trace, each and all.</summary>
internal sealed record Expectation
{
    /// <summary>A chain of functions that neither route nor translate.</summary>
    public static Expectation OfChain { get; } = new() { IsChain = true };

    /// <summary>Whether packets go through a chain; otherwise they must come out as they went in.</summary>
    public bool IsChain { get; init; }

    /// <summary>The next hop by destination, when a router is on the way.</summary>
    public Func<UInt128, MacAddress>? NextHop { get; init; }

    /// <summary>Routers on the way: the TTL is so much less.</summary>
    public int Routers { get; init; }

    /// <summary>Number of the pool that sources are translated to; null: they are not.</summary>
    public int? Pool { get; init; }

    /// <summary>Whether sources that talk to different peers may get the same outside port (RFC 4787, section 4.1: address and port-dependent).</summary>
    public bool MaySharePorts { get; init; }

    /// <summary>Whether destinations are virtual services, each flow of which must go to one of its backends.</summary>
    public bool IsBalanced { get; init; }

    /// <summary>Says what is wrong; null when nothing is.</summary>
    /// <param name="input">What went in.</param>
    /// <param name="output">What came out; must be in the same order.</param>
    public string? Check(IReadOnlyList<byte[]> input, IReadOnlyList<byte[]> output)
    {
        if (output.Count != input.Count)
        {
            return $"{output.Count} of {input.Count} packets came out";
        }

        var translations = new Translations(Pool ?? 0, MaySharePorts);
        var backends = new Dictionary<(UInt128, ushort), (UInt128, ushort)>();
        for (var number = 0; number < input.Count; number++)
        {
            var wrong = IsChain ? CheckPacket(input[number], output[number], translations, backends) : CheckUnchanged(input[number], output[number]);
            if (wrong is not null)
            {
                return $"packet {number}: {wrong}";
            }
        }

        return null;
    }

    private static string? CheckUnchanged(byte[] input, byte[] output) => input.AsSpan().SequenceEqual(output) ? null : "was changed";

    private string? CheckPacket(
        byte[] input, byte[] output, Translations translations, Dictionary<(UInt128, ushort), (UInt128, ushort)> backends)
    {
        if (output.Length != input.Length)
        {
            return $"has {output.Length} instead of {input.Length} bytes";
        }

        var before = new ParsedFrame(input);
        var after = new ParsedFrame(output);
        var destinationMac = NextHop?.Invoke(before.Destination) ?? ChainProgram.InternetPeer;
        var timeToLive = before.TimeToLive - Routers;
        return Differs("source MAC", ChainProgram.InternetTagMac, after.SourceMac)
            ?? Differs("destination MAC", destinationMac, after.DestinationMac)
            ?? Differs("TTL", timeToLive, after.TimeToLive)
            ?? (IsBalanced ? CheckBackend(before, after, backends)
                : Differs("destination", (before.Destination, before.DestinationPort), (after.Destination, after.DestinationPort)))
            ?? Differs("IP checksum's sum", 0, after.IpChecksumRest)
            ?? Differs("transport checksum's sum", 0, after.TransportChecksumRest)
            ?? (before.Payload.SequenceEqual(after.Payload) ? null : "payload was changed")
            ?? (Pool is not null ? translations.Check(before, after) : Differs("source", (before.Source, before.SourcePort), (after.Source, after.SourcePort)));
    }

    /// <summary>Each source of the traces is of one flow, and a flow keeps its backend.</summary>
    private static string? CheckBackend(ParsedFrame before, ParsedFrame after, Dictionary<(UInt128, ushort), (UInt128, ushort)> backends)
    {
        var backend = (after.Destination, after.DestinationPort);
        if (!ChainFunctions.IsBackend(before.Destination, before.IsV6, backend.Destination, backend.DestinationPort))
        {
            return $"destination {backend} is no backend of its service";
        }

        return backends.TryAdd((before.Source, before.SourcePort), backend)
            ? null
            : Differs("backend", backends[(before.Source, before.SourcePort)], backend);
    }

    private static string? Differs<T>(string what, T expected, T actual) =>
        EqualityComparer<T>.Default.Equals(expected, actual) ? null : $"{what} is {actual} instead of {expected}";

    /// <summary>Translated sources: of a pool, always the same for a source, never the same for two.</summary>
    private sealed class Translations(int number, bool mayShare)
    {
        private readonly Dictionary<(UInt128, ushort), (UInt128, ushort)> _outside = [];
        private readonly HashSet<(UInt128, ushort, UInt128, ushort)> _taken = [];

        public string? Check(ParsedFrame before, ParsedFrame after)
        {
            var pool = ChainFunctions.Pool(number, before.IsV6);
            if (after.Source < pool.First.Value || after.Source > pool.Last.Value)
            {
                return "source is not of the pool";
            }

            var inside = (before.Source, before.SourcePort);
            var outside = (after.Source, after.SourcePort);
            if (_outside.TryGetValue(inside, out var earlier))
            {
                return Differs("translated source", earlier, outside);
            }

            _outside.Add(inside, outside);
            var peer = mayShare ? (after.Destination, after.DestinationPort) : default;
            return _taken.Add((outside.Source, outside.SourcePort, peer.Destination, peer.DestinationPort)) ? null : $"translated source {outside} is given to two sources";
        }
    }
}
