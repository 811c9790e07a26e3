using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Cisco;

/// <summary>
/// Imports extended access lists of Cisco IOS, for IPv4 (numbered and named) and IPv6, as a stateless firewall: as configured ('show running-config |
/// section access-list') or as shown ('show access-lists').
/// </summary>
public static class CiscoImporter
{
    /// <summary>Imports access lists. Packets of a side without access list are allowed, as far as the other side's lists speak of their IP version.</summary>
    public static ImportResult<FirewallConfiguration> Import(SourceText source, CiscoImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(source.File);
        var lists = new CiscoReader(log).Read(source);
        var inside = Choose(options.FromInside, lists, log);
        var outside = Choose(options.FromOutside, lists, log);
        if (lists.Count == 0 && !log.HasProblems)
        {
            log.Problem(default, "has no extended access list");
        }
        else if (inside.Count + outside.Count == 0 && !log.HasProblems)
        {
            log.Problem(default, $"has the access lists {string.Join(", ", lists.Keys)}; say by --from-inside and --from-outside which packets are judged by which");
        }

        List<FlatRule> rules = [];
        foreach (var version in new[] { IpVersions.V4, IpVersions.V6 })
        {
            Add(version, inside, outside, rules, log);
        }

        log.Note(default, "fragments are dropped unless the firewall says 'fragments: PASS'; IOS lets non-initial fragments pass entries that allow by ports");
        return log.Result(FirewallWriter.Write(options.Name, rules, stateful: false, log));
    }

    private static List<AccessList> Choose(IReadOnlyList<string> names, Dictionary<string, AccessList> lists, ImportLog log)
    {
        List<AccessList> chosen = [];
        foreach (var name in names)
        {
            if (!lists.TryGetValue(name, out var list))
            {
                log.Problem(default, $"has no access list {Quote.Of(name)}{(lists.Count == 0 ? string.Empty : $"; it has {string.Join(", ", lists.Keys)}")}");
            }
            else if (chosen.Any(other => other.IsV6 == list.IsV6))
            {
                log.Problem(list.At, $"{Quote.Of(name)} is a second access list for IPv{(list.IsV6 ? 6 : 4)} on the same side; give one");
            }
            else
            {
                chosen.Add(list);
            }
        }

        return chosen;
    }

    private static void Add(IpVersions version, List<AccessList> inside, List<AccessList> outside, List<FlatRule> rules, ImportLog log)
    {
        var isV6 = version == IpVersions.V6;
        var (fromInside, fromOutside) = (inside.Find(list => list.IsV6 == isV6), outside.Find(list => list.IsV6 == isV6));
        if (fromInside is null && fromOutside is null)
        {
            log.Note(default, $"no access list for IPv{(isV6 ? 6 : 4)} is imported, and IPv{(isV6 ? 6 : 4)} is denied");
            return;
        }

        if (fromInside == fromOutside)
        {
            rules.AddRange(fromInside!.Rules);
            return;
        }

        foreach (var (list, side, word) in new[] { (fromInside, Sides.Inside, "inside"), (fromOutside, Sides.Outside, "outside") })
        {
            var packets = new PacketBox { Versions = version, Sides = side };
            if (list is null)
            {
                log.Note(default, $"all IPv{(isV6 ? 6 : 4)} packets from {word} are allowed, as no access list is given for them");
                rules.Add(new FlatRule(packets, Allow: true, $"from {word} without access list", default));
            }
            else
            {
                rules.AddRange(list.Rules.Select(rule => rule with { Packets = rule.Packets.Intersect(packets)! }));
            }
        }
    }
}
