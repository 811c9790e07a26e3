using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Nftables;

/// <summary>Imports what 'nft -j list ruleset' prints as a firewall (libnftables-json(5), schema version 1).</summary>
public static class NftablesImporter
{
    /// <summary>Imports a rule set. An IP version that no chain speaks of is denied.</summary>
    public static ImportResult<FirewallConfiguration> Import(SourceText source, FilterImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(source.File);
        var set = new RuleSetBuilder(log);
        if (JsonSource.Read(source, log) is { } document && NftablesRuleset.Read(document, log) is { } ruleset)
        {
            foreach (var table in new NftablesChains(ruleset, options, log).Read())
            {
                set.Add(table);
            }
        }

        return log.Result(set.Finish(options.Name));
    }
}
