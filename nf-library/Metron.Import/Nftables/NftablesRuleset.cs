using Metron.Import.Syntax;

namespace Metron.Import.Nftables;

/// <summary>A chain of a rule set.</summary>
internal sealed record NftChain(string Family, string Table, string Name, JsonObject Source)
{
    /// <summary>Its rules in order.</summary>
    public List<JsonObject> Rules { get; } = [];

    /// <summary>Key among all chains: names are unique within a table only.</summary>
    public string Key => KeyOf(Family, Table, Name);

    /// <summary>Hook of a base chain; null for others.</summary>
    public string? Hook => Source.Text("hook");

    public static string KeyOf(string family, string table, string name) => $"{family} {table} {name}";
}

/// <summary>The objects of a rule set by kind.</summary>
internal sealed class NftablesRuleset
{
    private static readonly string[] Ignored = ["metainfo", "table", "counter", "quota", "ct helper", "ct timeout", "ct expectation", "limit", "secmark", "synproxy"];

    /// <summary>The chains by key, in the order of the file.</summary>
    public Dictionary<string, NftChain> Chains { get; } = [];

    /// <summary>Sets and maps by key.</summary>
    public Dictionary<string, JsonObject> Sets { get; } = [];

    /// <summary>Sorts the objects; null when the document is none of nft, which is reported.</summary>
    public static NftablesRuleset? Read(JsonValue document, ImportLog log)
    {
        if ((document as JsonObject)?["nftables"] is not JsonList objects)
        {
            log.Problem(document.At, "has no array 'nftables'; give the output of 'nft -j list ruleset'");
            return null;
        }

        var ruleset = new NftablesRuleset();
        foreach (var item in objects.Items)
        {
            if (item is JsonObject { Members: [var (kind, value)] } && value is JsonObject body)
            {
                ruleset.Add(kind, body, log);
            }
            else
            {
                log.Problem(item.At, $"is {item.Kind}; expected an object with one member such as 'rule'");
            }
        }

        return ruleset;
    }

    private void Add(string kind, JsonObject body, ImportLog log)
    {
        var (family, table) = (body.Text("family") ?? string.Empty, body.Text("table") ?? string.Empty);
        switch (kind)
        {
            case "chain" when body.Text("name") is { } name:
                if (!Chains.TryAdd(NftChain.KeyOf(family, table, name), new NftChain(family, table, name, body)))
                {
                    log.Problem(body.At, $"chain {Quote.Of(name)} is there already");
                }

                break;
            case "set" or "map" when body.Text("name") is { } name:
                Sets[NftChain.KeyOf(family, table, name)] = body;
                break;
            case "rule" when body.Text("chain") is { } chain:
                if (Chains.TryGetValue(NftChain.KeyOf(family, table, chain), out var owner))
                {
                    owner.Rules.Add(body);
                }
                else
                {
                    log.Problem(body.At, $"is a rule of chain {Quote.Of(chain)}, which is not there");
                }

                break;
            default:
                if (!Ignored.Contains(kind))
                {
                    log.Problem(body.At, $"is a {Quote.Of(kind)} without what it needs, or one that is not known here");
                }

                break;
        }
    }
}
