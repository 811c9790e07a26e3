using System.Globalization;
using Metron.Import.Filters;
using Metron.Import.Syntax;

namespace Metron.Import.Nftables;

/// <summary>Finds the chains that packets come to, per IP version and hook, and reads their rules and those of the chains behind them.</summary>
internal sealed class NftablesChains(NftablesRuleset ruleset, FilterImportOptions options, ImportLog log)
{
    private static readonly string[] HostHooks = ["input", "output"];

    /// <summary>The rules as tables: one for both IP versions where the same chains see both, else one for each.</summary>
    public List<FilterTable> Read()
    {
        foreach (var chain in ruleset.Chains.Values)
        {
            CheckOther(chain);
        }

        var hooks = options.IsHost ? new[] { ("input", Sides.Outside), ("output", Sides.Inside) } : [("forward", Sides.Both)];
        var v4 = hooks.Select(hook => Bases(hook.Item1, hook.Item2, IpVersions.V4)).ToList();
        var v6 = hooks.Select(hook => Bases(hook.Item1, hook.Item2, IpVersions.V6)).ToList();
        if (v4.Concat(v6).All(bases => bases.Count == 0))
        {
            if (!log.HasProblems)
            {
                log.Problem(default, $"has no chain of type filter at hook {string.Join(" or ", hooks.Select(hook => hook.Item1))}");
            }

            return [];
        }

        var isAlike = v4.Zip(v6).All(pair => pair.First.Select(chain => chain.Chain).SequenceEqual(pair.Second.Select(chain => chain.Chain)));
        return isAlike
            ? [Table(IpVersions.Both, [.. v4.Select(bases => bases.ConvertAll(chain => chain with { Packets = chain.Packets with { Versions = IpVersions.Both } }))])]
            : [.. new[] { (IpVersions.V4, v4), (IpVersions.V6, v6) }
                .Where(version => version.Item2.Any(bases => bases.Count > 0))
                .Select(version => Table(version.Item1, version.Item2))];
    }

    /// <summary>Chains at other hooks see forwarded packets too, or are of a kind that cannot be imported.</summary>
    private void CheckOther(NftChain chain)
    {
        if (chain.Hook is not { } hook || chain.Rules.Count == 0 || options.Ignored.Contains(chain.Table) || options.Ignored.Contains(chain.Name))
        {
            return;
        }

        var isFilter = chain.Source.Text("type") == "filter" && chain.Family is "ip" or "ip6" or "inet";
        if (!isFilter || !(hook == "forward" || HostHooks.Contains(hook)))
        {
            log.Problem(chain.Source.At, $"chain {Quote.Of(chain.Name)} of table {chain.Family} {chain.Table} (type {chain.Source.Text("type")}, hook {hook}) has "
                + $"rules, which no firewall of Metron can do; leave it out knowingly by --ignore {chain.Name} or --ignore {chain.Table}");
        }
    }

    private List<BaseChain> Bases(string hook, Sides sides, IpVersions version)
    {
        var family = version == IpVersions.V6 ? "ip6" : "ip";
        return [.. ruleset.Chains.Values
            .Where(chain => chain.Hook == hook && (chain.Family == family || chain.Family == "inet"))
            .Where(chain => chain.Source.Text("type") == "filter" && !options.Ignored.Contains(chain.Table) && !options.Ignored.Contains(chain.Name))
            .OrderBy(Priority)
            .Select(chain => new BaseChain(chain.Key, new PacketBox { Versions = version, Sides = sides }, Policy(chain)))];
    }

    private int Priority(NftChain chain)
    {
        if (chain.Source["prio"] is JsonNumber number && int.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority))
        {
            return priority;
        }

        log.Problem(chain.Source.At, $"chain {Quote.Of(chain.Name)} has no priority ('prio')");
        return 0;
    }

    private bool Policy(NftChain chain)
    {
        var policy = chain.Source.Text("policy") ?? "accept";
        if (policy is not ("accept" or "drop"))
        {
            log.Problem(chain.Source.At, $"chain {Quote.Of(chain.Name)} has policy {Quote.Of(policy)}; expected accept or drop");
        }

        return policy == "accept";
    }

    private FilterTable Table(IpVersions versions, List<List<BaseChain>> bases)
    {
        var read = new Dictionary<string, FilterChain>();
        var open = new Queue<string>(bases.SelectMany(group => group).Select(chain => chain.Chain));
        while (open.TryDequeue(out var key))
        {
            if (!read.ContainsKey(key) && ruleset.Chains.TryGetValue(key, out var chain))
            {
                var rules = chain.Rules.SelectMany(rule => new NftablesRuleReader(ruleset, chain, rule, new Interfaces(options), log).Read()).ToList();
                read.Add(key, new FilterChain(key, chain.Source.At, rules));
                rules.ForEach(rule => open.Enqueue(rule.Target));
            }
        }

        var at = ruleset.Chains[bases.SelectMany(group => group).First().Chain].Source.At;
        return new FilterTable(at, versions, read, bases);
    }
}
