using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A place in the rules of a chain as <see cref="ChainRules"/> writes them: a table, and the position that metadata says there.</summary>
/// <param name="Table">Table; 0 is the entrance, whatever the metadata.</param>
/// <param name="Position">Metadata; 0 in table 0.</param>
internal readonly record struct Site(byte Table, ulong Position);

/// <summary>A rule of a site.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Cube">Its packets.</param>
/// <param name="Actions">What it does with them.</param>
/// <param name="Meter">The meter that they pass; null for none.</param>
/// <param name="Next">Where they go on; null for nowhere.</param>
internal sealed record SiteRule(
    SwitchRule Rule, MatchCube Cube, IReadOnlyList<OpenFlowAction> Actions, MeterInstruction? Meter, Site? Next);

/// <summary>The rules of a chain by their sites.</summary>
internal sealed class CanonicalProgram
{
    private static readonly Site EntranceSite = new(0, 0);

    private readonly Dictionary<Site, List<SiteRule>> _sites = [];

    private CanonicalProgram()
    {
    }

    /// <summary>Tables that have rules, ascending.</summary>
    public IReadOnlyList<byte> Levels { get; private set; } = [];

    public IEnumerable<Site> Sites => _sites.Keys;

    /// <summary>Rules of a site, the highest priority first.</summary>
    public IReadOnlyList<SiteRule> RulesAt(Site site) => _sites.GetValueOrDefault(site, []);

    /// <summary>Takes rules apart; null when one of them is not understood, with the problem.</summary>
    public static CanonicalProgram? Read(IReadOnlyList<SwitchRule> rules, out LoweringProblem? problem)
    {
        var program = new CanonicalProgram();
        foreach (var rule in rules)
        {
            if (program.Add(rule) is { } words)
            {
                problem = new LoweringProblem(LoweringProblemKind.NotUnderstood, rule.Flow.Table, 0, rule, $"rule {rule} cannot be lowered: {words}");
                return null;
            }
        }

        foreach (var list in program._sites.Values)
        {
            var sorted = list.OrderByDescending(rule => rule.Rule.Flow.Priority).ToList();
            list.Clear();
            list.AddRange(sorted);
        }

        program.Levels = [.. program._sites.Keys.Select(site => site.Table).Append((byte)0).Distinct().Order()];
        problem = null;
        return program;
    }

    private string? Add(SwitchRule rule)
    {
        var flow = rule.Flow;
        var site = EntranceSite;
        if (flow.Table > 0)
        {
            if (flow.Match[Oxm.Metadata] is not { HasMask: false } position)
            {
                return "behind the first table every rule has a position";
            }

            site = new Site(flow.Table, (ulong)position.Value);
        }

        if (flow.Match.Fields.FirstOrDefault(field => Oxm.Describe(field.Type) is null) is { } unknown)
        {
            return $"match field {unknown.Type} is not known";
        }

        if (ReadInstructions(flow, site) is not { } effect)
        {
            return "its instructions are not those of a chain";
        }

        if (!_sites.TryGetValue(site, out var list))
        {
            _sites[site] = list = [];
        }

        list.Add(new SiteRule(rule, MatchCube.Of(flow.Match), effect.Actions, effect.Meter, effect.Next));
        return null;
    }

    private static (List<OpenFlowAction> Actions, MeterInstruction? Meter, Site? Next)? ReadInstructions(FlowMod flow, Site at)
    {
        List<OpenFlowAction> actions = [];
        MeterInstruction? meter = null;
        var (position, next) = (at.Position, (byte)0);
        foreach (var instruction in flow.Instructions)
        {
            switch (instruction)
            {
                case ApplyActionsInstruction apply:
                    actions.AddRange(apply.Actions);
                    break;
                case MeterInstruction one when meter is null:
                    meter = one;
                    break;
                case WriteMetadataInstruction { Mask: ulong.MaxValue } write:
                    position = write.Value;
                    break;
                case GotoTableInstruction { Table: var table } when table > flow.Table:
                    next = table;
                    break;
                default:
                    return null;
            }
        }

        return (actions, meter, next == 0 ? null : new Site(next, position));
    }
}
