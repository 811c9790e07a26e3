using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.Import.ClassBench;

/// <summary>
/// Imports filter sets of ClassBench and ClassBench-ng as a firewall: one filter per line, "@SOURCE DESTINATION LOW : HIGH LOW : HIGH PROTOCOL/MASK
/// [FLAGS/MASK]". A filter set says which packets are told apart, not what happens to them: all filters get the same action, and packets
/// that none matches the other one.
/// </summary>
public static class ClassBenchImporter
{
    private const uint TcpFlagBits = 0xff;

    /// <summary>Imports a filter set.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">Name of the firewall.</param>
    /// <param name="allow">Whether the filters allow, or deny.</param>
    public static ImportResult<FirewallConfiguration> Import(SourceText source, string name, bool allow)
    {
        ArgumentNullException.ThrowIfNull(source);
        var log = new ImportLog(source.File);
        List<FlatRule> rules = [];
        foreach (var (number, line) in source.Lines(log))
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            if (Filter(text, number, log) is { } packets)
            {
                rules.Add(new FlatRule(packets, allow, string.Empty, new Place(number)));
            }
        }

        if (rules.Count == 0 && !log.HasProblems)
        {
            log.Problem(default, "has no filters; expected lines such as '@192.0.2.0/24 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xFF'");
        }

        rules.Add(new FlatRule(PacketBox.All, !allow, string.Empty, default) { IsPolicy = true });
        return log.Result(FirewallWriter.Write(name, rules, stateful: false, log));
    }

    private static PacketBox? Filter(string text, int number, ImportLog log)
    {
        var words = Words.Split(text, number);
        if (words is not [var source, var destination, var low1, { Text: ":" }, var high1, var low2, { Text: ":" }, var high2, var protocol, ..]
            || words.Count > 10 || source.Text[0] != '@')
        {
            log.Problem(new Place(number), $"{Quote.Of(text)} is not a filter: @SOURCE DESTINATION LOW : HIGH LOW : HIGH PROTOCOL/MASK [FLAGS/MASK]");
            return null;
        }

        PacketBox? box = PacketBox.All;
        box = With(box, Address(source with { Text = source.Text[1..] }, log, (any, set) => any with { Source = set }));
        box = With(box, Address(destination, log, (any, set) => any with { Destination = set }));
        box = With(box, Protocol(protocol, log));
        box = With(box, words.Count == 10 ? Flags(words[9], log) : PacketBox.All);
        box = With(box, Ports(low1, high1, log) is { } from ? Limit(from, set => new PacketBox { SourcePort = set }) : null);
        box = With(box, Ports(low2, high2, log) is { } to ? Limit(to, set => new PacketBox { DestinationPort = set }) : null);
        if (box is { NeedsPortProtocol: true })
        {
            if (box.Protocol is not null)
            {
                log.Problem(protocol.At, "limits the ports of a protocol that has none; write 0 : 65535");
                return null;
            }

            // Only these have ports.
            box = box with { Protocol = PacketBox.PortProtocols };
        }

        return box;

        PacketBox? With(PacketBox? sofar, PacketBox? next)
        {
            if (sofar is null || next is null)
            {
                return null;
            }

            var both = sofar.Intersect(next);
            if (both is null)
            {
                log.Problem(new Place(number), "matches no packet: its fields contradict each other (IP versions, or flags of another protocol than TCP)");
            }

            return both;
        }
    }

    private static PacketBox? Address(Word word, ImportLog log, Func<PacketBox, NumberSet?, PacketBox> limit)
    {
        if (AddressSets.TryRead(word.Text, out var set, out var isV6) is { } problem)
        {
            log.Problem(word.At, problem);
            return null;
        }

        return limit(new PacketBox { Versions = isV6 ? IpVersions.V6 : IpVersions.V4 }, set);
    }

    private static PacketBox Limit(NumberSet ports, Func<NumberSet, PacketBox> limit) =>
        ports.IsFull(ushort.MaxValue) ? PacketBox.All : limit(ports);

    private static NumberSet? Ports(Word low, Word high, ImportLog log)
    {
        if (Numbers.TryRead(low.Text, ushort.MaxValue, out var first) && Numbers.TryRead(high.Text, ushort.MaxValue, out var last) && first <= last)
        {
            return NumberSet.Range(first, last);
        }

        log.Problem(low.At, $"{Quote.Of($"{low.Text} : {high.Text}")} is not a range of ports such as 1024 : 65535");
        return null;
    }

    private static PacketBox? Protocol(Word word, ImportLog log)
    {
        var parts = word.Text.Split('/');
        if (parts.Length == 2 && Numbers.TryReadAny(parts[0], byte.MaxValue, out var value) && Numbers.TryReadAny(parts[1], byte.MaxValue, out var mask))
        {
            return mask == 0
                ? PacketBox.All
                : new PacketBox
                {
                    Protocol = NumberSet.Union(Enumerable.Range(0, 256)
                        .Where(protocol => (protocol & mask) == (value & mask))
                        .Select(protocol => ((UInt128)protocol, (UInt128)protocol))),
                };
        }

        log.Problem(word.At, $"{Quote.Of(word.Text)} is not a protocol and its mask, such as 0x06/0xFF");
        return null;
    }

    private static PacketBox? Flags(Word word, ImportLog log)
    {
        var parts = word.Text.Split('/');
        if (parts.Length != 2 || !Numbers.TryReadAny(parts[0], ushort.MaxValue, out var value) || !Numbers.TryReadAny(parts[1], ushort.MaxValue, out var mask))
        {
            log.Problem(word.At, $"{Quote.Of(word.Text)} is not TCP flags and their mask, such as 0x0002/0x0012");
            return null;
        }

        if ((mask & ~TcpFlagBits) != 0)
        {
            log.Problem(word.At, $"{Quote.Of(word.Text)} looks at bits above 0xFF, which are no TCP flags (RFC 9293); clear them in the mask");
            return null;
        }

        return mask == 0
            ? PacketBox.All
            : new PacketBox
            {
                Protocol = NumberSet.Of(IpProtocol.Tcp),
                FlagsSet = (TcpFlags)(value & mask),
                FlagsClear = (TcpFlags)(~value & mask),
            };
    }
}
