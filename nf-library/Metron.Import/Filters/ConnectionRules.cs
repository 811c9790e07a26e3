using Metron.Packets;

namespace Metron.Import.Filters;

/// <summary>
/// Whether rules that look at the state of connections say what a stateful firewall of Metron does: rules decide who may open, and what
/// belongs to a connection passes, ICMP errors about it too.
/// </summary>
internal static class ConnectionRules
{
    // RFC 792 and RFC 4443: messages about other packets.
    private static readonly PacketBox[] IcmpErrors =
    [
        new() { Versions = IpVersions.V4, Protocol = NumberSet.Of(IpProtocol.Icmp), IcmpType = NumberSet.Union([(3, 5), (11, 12)]) },
        new() { Versions = IpVersions.V6, Protocol = NumberSet.Of(IpProtocol.IcmpV6), IcmpType = NumberSet.Range(1, 4) },
    ];

    /// <summary>Reports rules that deny packets of connections, and notes what Metron denies beyond the rules.</summary>
    /// <param name="opening">The rules for packets that open a connection.</param>
    /// <param name="of">The rules for packets in a state.</param>
    /// <param name="log">Takes problems and notes.</param>
    public static void Check(IReadOnlyList<FlatRule> opening, Func<ConnectionStates, IReadOnlyList<FlatRule>> of, ImportLog log)
    {
        foreach (var (rule, denied) in FlatRules.Denials(of(ConnectionStates.Established)))
        {
            if (denied.Any(packets => CanBeOfConnection(packets, opening)))
            {
                log.Problem(rule.At, $"{Subject(rule)} denies packets of established connections, but Metron's stateful firewall lets every "
                    + "packet of a connection pass; accept ESTABLISHED before this, or deny these connections in both directions");
            }
        }

        foreach (var (rule, denied) in FlatRules.Denials(of(ConnectionStates.Related)))
        {
            if (denied.Any(packets => CanBeErrorAboutConnection(packets, opening)))
            {
                log.Problem(rule.At, $"{Subject(rule)} denies ICMP errors about connections (state RELATED), but Metron's stateful firewall "
                    + "lets them pass; accept RELATED together with ESTABLISHED");
            }
        }

        if (of(ConnectionStates.Invalid).FirstOrDefault(rule => rule.Allow) is { } lax)
        {
            log.Note(lax.At, $"{Subject(lax)} also lets packets pass that belong to no connection and open none (TCP segments other than SYN, "
                + "state INVALID); Metron's stateful firewall drops them as noConnection");
        }
    }

    // A connection may have begun with other flags than the packet has, and by either end.
    private static bool CanBeOfConnection(PacketBox packets, IReadOnlyList<FlatRule> opening)
    {
        var any = packets.WithoutFlagsAndTypes();
        return !FlatRules.DenyAll(opening, any) || !FlatRules.DenyAll(opening, any.Reverse());
    }

    // An error comes from anyone on the way; it goes to an end of the connection.
    private static bool CanBeErrorAboutConnection(PacketBox packets, IReadOnlyList<FlatRule> opening)
    {
        if (!IcmpErrors.Any(error => packets.Intersect(error) is not null))
        {
            return false;
        }

        var to = new PacketBox { Versions = packets.Versions, Destination = packets.Destination };
        return !FlatRules.DenyAll(opening, to) || !FlatRules.DenyAll(opening, to.Reverse());
    }

    private static string Subject(FlatRule rule) => rule.IsPolicy ? "the chain's policy" : "this rule";
}
