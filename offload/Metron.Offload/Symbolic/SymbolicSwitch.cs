using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>
/// The rules of a switch as what they do to all packets: reads messages back, whoever wrote them, and turns what can happen behind a port into
/// a pipeline of classifiers. Shares nothing with what writes rules.
/// </summary>
public sealed class SymbolicSwitch
{
    private readonly ILookup<byte, SymbolicRule> _tables;

    private SymbolicSwitch(IEnumerable<SymbolicRule> rules) => _tables = rules.ToLookup(rule => rule.Table);

    /// <summary>Reads rules; null with a problem in words when one says something that is not understood.</summary>
    public static SymbolicSwitch? Read(IEnumerable<SwitchRule> rules, out string? problem) => Read(rules, [], out problem);

    /// <summary>Reads rules and groups; null with a problem in words when one says something that is not understood.</summary>
    public static SymbolicSwitch? Read(IEnumerable<SwitchRule> rules, IEnumerable<GroupDescription> groups, out string? problem)
    {
        List<SymbolicRule> read = [];
        if (PortChoice.ReadAll(groups, out problem) is not { } choices)
        {
            return null;
        }

        foreach (var rule in rules)
        {
            var packets = MatchReader.Read(rule.Flow.Match, out var metadata, out problem);
            var effect = problem is null ? RuleEffect.Read(rule.Flow, out problem) : null;
            if (effect is null)
            {
                problem = $"rule {rule} cannot be checked: {problem}";
                return null;
            }

            read.Add(new SymbolicRule(rule, packets, metadata, effect with { Groups = choices }));
        }

        problem = null;
        return new SymbolicSwitch(read);
    }

    /// <summary>What happens to packets that come in by a port.</summary>
    /// <param name="inPort">OpenFlow port number.</param>
    /// <param name="universe">Packets that matter; rules of the first table for others are left out.</param>
    public SymbolicPipeline Behind(uint inPort, HeaderSpace universe) => new SiteWalk(_tables, inPort, universe).Run();

    /// <summary>Rules that may touch packets other than those from certain ports, or, where rules tell positions apart, at certain positions.</summary>
    /// <param name="inPorts">Ports of the chain.</param>
    /// <param name="positions">Metadata values of the chain.</param>
    public IEnumerable<SwitchRule> Trespassing(IReadOnlySet<uint> inPorts, IReadOnlySet<uint> positions) =>
        from table in _tables
        from rule in table
        where rule.Table == 0 || rule.Metadata.Covers(Interval.OfWidth(64))
            ? !rule.Packets.All(cube => IsOneOf(cube[HeaderField.IngressPort], inPorts))
            : !IsOneOf(rule.Metadata, positions)
        select rule.Rule;

    /// <summary>The rules that a packet meets, in order; where rules of a priority contradict each other, the first of them.</summary>
    public IReadOnlyList<SwitchRule> RulesMet(uint inPort, HeaderPoint packet)
    {
        List<SwitchRule> met = [];
        var site = new SwitchSite(0, 0, PacketChange.None);
        while (true)
        {
            var seen = site.Seen(packet, inPort);
            var found = _tables[site.Table]
                .Where(rule => rule.Metadata.Contains(site.Metadata) && rule.Packets.Any(cube => cube.Contains(seen)))
                .OrderByDescending(rule => rule.Rule.Flow.Priority)
                .FirstOrDefault();
            if (found is null)
            {
                return met;
            }

            met.Add(found.Rule);
            var (change, _) = found.Effect.Apply(site.Change, inPort);
            if (found.Effect.NextTable is not { } next)
            {
                return met;
            }

            site = site.Next(found.Effect, next, change);
        }
    }

    private static bool IsOneOf(FieldSet set, IReadOnlySet<uint> numbers) =>
        set.First == set.Last && set.First <= uint.MaxValue && numbers.Contains((uint)set.First);
}

/// <summary>What can happen to packets that come in by a port.</summary>
/// <param name="Pipeline">The tables that they meet, the first table first; final results are indices of <paramref name="Fates"/>.</param>
/// <param name="Fates">What becomes of packets in the end.</param>
public sealed record SymbolicPipeline(ClassifierPipeline Pipeline, IReadOnlyList<SwitchFate> Fates);

/// <summary>Where packets are on a switch: a table, with metadata, changed so far.</summary>
internal readonly record struct SwitchSite(byte Table, ulong Metadata, PacketChange Change)
{
    public SwitchSite Next(RuleEffect effect, byte table, PacketChange change) =>
        new(table, (Metadata & ~effect.MetadataMask) | effect.MetadataValue, change);

    /// <summary>A packet as rules see it here.</summary>
    public HeaderPoint Seen(HeaderPoint packet, uint inPort) => packet with
    {
        IngressPort = inPort,
        Vlan = Change.KnownVlan ?? packet.Vlan,
        SourceMac = Change.SourceMac ?? packet.SourceMac,
        DestinationMac = Change.DestinationMac ?? packet.DestinationMac,
        Dscp = packet.Kind == HeaderKind.Other ? packet.Dscp : Change.Dscp ?? packet.Dscp,
    };

    /// <summary>The packets, as they came in, that a cube of packets as they are seen here stands for; null when there are none.</summary>
    public HeaderCube? AsTheyCame(HeaderCube cube, uint inPort)
    {
        HeaderCube? rest = cube;
        Fix(ref rest, HeaderField.IngressPort, inPort);
        Fix(ref rest, HeaderField.Vlan, Change.KnownVlan);
        Fix(ref rest, HeaderField.SourceMac, Change.SourceMac);
        Fix(ref rest, HeaderField.DestinationMac, Change.DestinationMac);
        Fix(ref rest, HeaderField.Dscp, cube.Kind == HeaderKind.Other ? null : Change.Dscp);
        return rest;
    }

    private static void Fix(ref HeaderCube? cube, HeaderField field, UInt128? known)
    {
        if (cube is not null && known is { } value)
        {
            cube = cube[field].Contains(value) ? cube.With(field, HeaderFields.All(field, cube.Kind)) : null;
        }
    }
}
