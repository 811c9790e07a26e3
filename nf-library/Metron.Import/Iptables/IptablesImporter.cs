using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Iptables;

/// <summary>Imports what iptables-save and ip6tables-save print (table filter) as a firewall.</summary>
public static class IptablesImporter
{
    /// <summary>Imports files of one or both IP versions as one firewall. A version that no file speaks of is denied.</summary>
    public static ImportResult<FirewallConfiguration> Import(IReadOnlyList<SourceText> files, FilterImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(files.Count > 0 ? files[0].File : "input");
        var set = new RuleSetBuilder(log);
        foreach (var file in files)
        {
            log.File = file.File;
            var tables = new IptablesReader(options, log).Read(file);
            if (tables.Count == 0 && !log.HasProblems)
            {
                log.Problem(default, "has no table 'filter'; give the output of iptables-save or ip6tables-save");
            }

            foreach (var table in tables)
            {
                set.Add(table);
            }
        }

        return log.Result(set.Finish(options.Name));
    }
}
