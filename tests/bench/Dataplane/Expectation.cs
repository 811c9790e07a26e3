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

    /// <summary>The next hop by destination, when a router is on the way; the TTL is then one less.</summary>
    public Func<UInt128, MacAddress>? NextHop { get; init; }

    /// <summary>Whether source address and port are translated.</summary>
    public bool IsTranslated { get; init; }

    /// <summary>Says what is wrong; null when nothing is.</summary>
    /// <param name="input">What went in.</param>
    /// <param name="output">What came out; must be in the same order.</param>
    public string? Check(IReadOnlyList<byte[]> input, IReadOnlyList<byte[]> output)
    {
        if (output.Count != input.Count)
        {
            return $"{output.Count} of {input.Count} packets came out";
        }

        var translations = new Translations();
        for (var number = 0; number < input.Count; number++)
        {
            var wrong = IsChain ? CheckPacket(input[number], output[number], translations) : CheckUnchanged(input[number], output[number]);
            if (wrong is not null)
            {
                return $"packet {number}: {wrong}";
            }
        }

        return null;
    }

    private static string? CheckUnchanged(byte[] input, byte[] output) => input.AsSpan().SequenceEqual(output) ? null : "was changed";

    private string? CheckPacket(byte[] input, byte[] output, Translations translations)
    {
        if (output.Length != input.Length)
        {
            return $"has {output.Length} instead of {input.Length} bytes";
        }

        var before = new ParsedFrame(input);
        var after = new ParsedFrame(output);
        var destinationMac = NextHop?.Invoke(before.Destination) ?? ChainProgram.InternetPeer;
        var timeToLive = before.TimeToLive - (NextHop is null ? 0 : 1);
        return Differs("source MAC", ChainProgram.InternetTagMac, after.SourceMac)
            ?? Differs("destination MAC", destinationMac, after.DestinationMac)
            ?? Differs("TTL", timeToLive, after.TimeToLive)
            ?? Differs("destination", (before.Destination, before.DestinationPort), (after.Destination, after.DestinationPort))
            ?? Differs("IP checksum's sum", 0, after.IpChecksumRest)
            ?? Differs("UDP checksum's sum", 0, after.UdpChecksumRest)
            ?? (before.Payload.SequenceEqual(after.Payload) ? null : "payload was changed")
            ?? (IsTranslated ? translations.Check(before, after) : Differs("source", (before.Source, before.SourcePort), (after.Source, after.SourcePort)));
    }

    private static string? Differs<T>(string what, T expected, T actual) =>
        EqualityComparer<T>.Default.Equals(expected, actual) ? null : $"{what} is {actual} instead of {expected}";

    /// <summary>Translated sources: of a pool, always the same for a source, never the same for two.</summary>
    private sealed class Translations
    {
        private readonly Dictionary<(UInt128, ushort), (UInt128, ushort)> _outside = [];
        private readonly HashSet<(UInt128, ushort)> _taken = [];

        public string? Check(ParsedFrame before, ParsedFrame after)
        {
            var pool = before.IsV6 ? ChainFunctions.Pool6 : ChainFunctions.Pool;
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
            return _taken.Add(outside) ? null : $"translated source {outside} is given to two sources";
        }
    }
}
