using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Filters;

/// <summary>Makes one firewall of the tables of one or both IP versions.</summary>
internal sealed class RuleSetBuilder(ImportLog log)
{
    private readonly List<(Place At, string File, bool Stateful, List<FlatRule> Rules)> _parts = [];
    private IpVersions _versions;

    /// <summary>Adds a table; one of an IP version that is there already is a problem.</summary>
    public void Add(FilterTable table)
    {
        if ((_versions & table.Versions) != IpVersions.None)
        {
            log.Problem(table.At, $"is a second set of rules for IPv{((_versions & table.Versions) == IpVersions.V6 ? 6 : 4)}; import one at a time");
            return;
        }

        _versions |= table.Versions;
        if (log.HasProblems)
        {
            return; // what follows from rules that could not be read is no problem of the file
        }

        var stateful = table.LooksAtStates;
        var opening = Flatten(table, ConnectionStates.New);
        if (stateful && !log.HasProblems)
        {
            ConnectionRules.Check(opening, state => Flatten(table, state), log);
        }

        _parts.Add((table.At, log.File, stateful, opening));
    }

    /// <summary>The firewall; null when there are problems.</summary>
    public FirewallConfiguration? Finish(string name)
    {
        if (log.HasProblems)
        {
            return null;
        }

        var stateful = _parts.Any(part => part.Stateful);
        foreach (var part in _parts.Where(part => part.Stateful != stateful && !FlatRules.DenyAll(part.Rules, PacketBox.All)))
        {
            log.File = part.File;
            log.Problem(part.At, "these rules do not look at the state of connections, but those of the other IP version do, and one firewall either "
                + "remembers connections or does not; make both alike, or import them as two firewalls for two chains");
        }

        foreach (var (version, number) in new[] { (IpVersions.V4, 4), (IpVersions.V6, 6) })
        {
            if ((_versions & version) == IpVersions.None)
            {
                log.Note(default, $"says nothing about IPv{number}, which is denied; give the rules of both versions to have both");
            }
        }

        log.Note(default, "fragments of packets are dropped by a firewall of Metron unless it is stateless and says 'fragments: PASS'");
        return FirewallWriter.Write(name, [.. _parts.SelectMany(part => part.Rules)], stateful, log);
    }

    private List<FlatRule> Flatten(FilterTable table, ConnectionStates state) =>
        [.. table.Bases.SelectMany(bases => ChainFlattener.Flatten(table.Chains, bases, state, log))];
}
