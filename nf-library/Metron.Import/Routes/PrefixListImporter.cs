using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>Imports lists of routes, one per line: "PREFIX via NEXTHOP [dev INTERFACE]" or "blackhole PREFIX"; "#" begins a comment.</summary>
public static class PrefixListImporter
{
    /// <summary>Imports a list.</summary>
    public static ImportResult<RouterConfiguration> Import(SourceText source, RouteImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(source.File);
        var table = new RouteTable(options, log);
        foreach (var (number, line) in source.Lines(log))
        {
            var words = Words.Split(line.Split('#')[0], number);
            if (words.Count > 0)
            {
                Read(words, table, log);
            }
        }

        return log.Result(table.Finish());
    }

    private static void Read(List<Word> words, RouteTable table, ImportLog log)
    {
        var at = words[0].At;
        var isVia = words is [_, { Text: "via" }, _] or [_, { Text: "via" }, _, { Text: "dev" }, _];
        if (!isVia && words is not [{ Text: "blackhole" }, _])
        {
            log.Problem(at, $"{Quote.Of(string.Join(' ', words.Select(word => word.Text)))} is not a route: PREFIX via NEXTHOP [dev INTERFACE], or blackhole PREFIX");
            return;
        }

        var text = isVia ? words[0] : words[1];
        var error = $"{Quote.Of(text.Text)} is not an IP prefix";
        var isPrefix = text.Text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or '/') && IpPrefix.TryParse(text.Text, out _, out error);
        if (!isPrefix)
        {
            log.Problem(text.At, error);
        }
        else if (!isVia)
        {
            table.Discard(IpPrefix.Parse(text.Text), at);
        }
        else if (!AddressSets.TryAddress(words[2].Text, out var nextHop))
        {
            log.Problem(words[2].At, $"{Quote.Of(words[2].Text)} is not the IP address of a next hop");
        }
        else
        {
            table.Add(IpPrefix.Parse(text.Text), new SourceRoute(nextHop, words.Count == 5 ? words[4].Text : string.Empty, default, at));
        }
    }
}
