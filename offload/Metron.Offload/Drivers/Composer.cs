using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>
/// Puts rules of several tables together into the tables of a layout. Within a table of the switch, what packets meet one after the other becomes
/// one rule: matches are intersected, actions follow each other, metadata is known and goes away. Sooner emitted rules come before later ones.
/// </summary>
internal sealed class Composer
{
    private readonly CanonicalProgram _program;
    private readonly DriverLayout _layout;
    private readonly TableBudget _budget;
    private readonly HashSet<Site> _entries;
    private readonly Dictionary<Site, List<MatchCube>> _origins;
    private readonly Dictionary<Site, IReadOnlyList<OpenFlowAction>> _pending = [];
    private readonly List<ComposedRule> _rules = [];
    private readonly HashSet<(ulong? Metadata, MatchCube Cube)> _seen = [];
    private int _group;
    private int _limit;

    private Composer(CanonicalProgram program, DriverLayout layout, TableBudget budget)
    {
        (_program, _layout, _budget) = (program, layout, budget);
        _origins = Origins.Of(program);
        _entries = Origins.Entries(program, layout, _origins);
    }

    /// <summary>The rules of each table of a layout.</summary>
    /// <exception cref="LoweringException">The layout does not do.</exception>
    public static IReadOnlyList<IReadOnlyList<ComposedRule>> Run(CanonicalProgram program, DriverLayout layout, TableBudget budget)
    {
        var composer = new Composer(program, layout, budget);
        return [.. layout.Groups.Select((_, index) => composer.Compose(index))];
    }

    private TableGroup Group => _layout.Groups[_group];

    private List<ComposedRule> Compose(int group)
    {
        _group = group;
        _rules.Clear();
        _seen.Clear();
        _limit = _budget.FreeIn(Group.Table.Table) ?? int.MaxValue;
        if (group == 0)
        {
            Walk(new Site(0, 0), new Way(MatchCube.Any, [], null, 0, null, null));
            return [.. _rules];
        }

        foreach (var entry in _entries.Where(site => _layout.IndexOf(site.Table) == group && _pending.ContainsKey(site)).OrderBy(site => site.Position))
        {
            foreach (var cube in _layout.UsesMetadata ? [MatchCube.Any] : _origins[entry].Distinct())
            {
                Walk(entry, new Way(cube, _pending[entry], null, 0, null, _layout.UsesMetadata ? entry.Position : null));
            }
        }

        return [.. _rules];
    }

    private void Walk(Site site, Way way)
    {
        SiteRule? last = null;
        foreach (var rule in _program.RulesAt(site))
        {
            last = rule;
            if (PendingActions.AsTheyCame(rule, way.Actions) is not { } seen || way.Cube.Intersect(seen) is not { } cube)
            {
                continue;
            }

            Follow(rule, way.Through(rule, cube));
            if (cube.Equals(way.Cube) && site.Table != 0)
            {
                return;
            }
        }

        // What no rule takes is dropped, by a rule of its own, as another chain's rules may follow in the same table.
        if (site.Table != 0 && (last?.Rule ?? way.First) is { } origin)
        {
            Emit(way, origin with { Purpose = $"{origin.Purpose}, else", ClassId = 0, DropReason = "notMatched", Decision = null }, []);
        }
    }

    private void Follow(SiteRule rule, Way way)
    {
        if (rule.Next is not { } next)
        {
            Emit(way, rule.Rule, way.Actions.Any(action => action is OutputAction or GroupAction) ? Leave(way, rule) : []);
        }
        else if (_layout.IndexOf(next.Table) == _group || !_entries.Contains(next))
        {
            Walk(next, way);
        }
        else
        {
            Emit(way, rule.Rule, GoOn(way, rule, next));
        }
    }

    /// <summary>Instructions of a rule that ends in an output.</summary>
    private IReadOnlyList<Instruction> Leave(Way way, SiteRule rule)
    {
        RequireActions(way.Actions, rule);
        return [.. Meter(way), new ApplyActionsInstruction(way.Actions.ToEquatableArray())];
    }

    /// <summary>Instructions of a rule that leads to another table of the switch.</summary>
    private IReadOnlyList<Instruction> GoOn(Way way, SiteRule rule, Site next)
    {
        var target = _layout.Groups[_layout.IndexOf(next.Table)].Table;
        if (!Group.Table.LeadsTo(target.Table.Number))
        {
            throw Problem(LoweringProblemKind.NoLayout, rule.Rule, $"no way leads from table {Group.Table.Table.Number} to table {target.Table.Number}");
        }

        IReadOnlyList<OpenFlowAction> rest = _layout.Defers ? way.Actions : [];
        if (_pending.TryGetValue(next, out var other) && !other.SequenceEqual(rest))
        {
            throw Problem(LoweringProblemKind.NoLayout, rule.Rule, $"packets come to table {target.Table.Number} after different actions, which no rule there can tell apart");
        }

        _pending[next] = rest;
        IReadOnlyList<Instruction> actions = [];
        if (!_layout.Defers && way.Actions.Count > 0)
        {
            RequireActions(way.Actions, rule);
            actions = [new ApplyActionsInstruction(way.Actions.ToEquatableArray())];
        }

        IReadOnlyList<Instruction> position = _layout.UsesMetadata && next.Position != way.Metadata ? [new WriteMetadataInstruction(next.Position)] : [];
        return [.. Meter(way), .. actions, .. position, new GotoTableInstruction(target.Table.Number)];
    }

    private static IEnumerable<Instruction> Meter(Way way) => way.Meter is { } meter ? [meter] : [];

    private void RequireActions(IReadOnlyList<OpenFlowAction> actions, SiteRule rule)
    {
        if (Group.Table.Lacking(actions) is { } lacking)
        {
            throw Problem(LoweringProblemKind.ActionMissing, rule.Rule, $"table {Group.Table.Table.Number} does not carry out {lacking}, which {Named(rule.Rule)} needs", lacking);
        }
    }

    private void Emit(Way way, SwitchRule origin, IReadOnlyList<Instruction> instructions)
    {
        if (Group.Table.Refusal(way.Cube, out var field) is { } refusal)
        {
            throw Problem(refusal, origin, $"table {Group.Table.Table.Number} does not match {field.Type}{(refusal == LoweringProblemKind.MaskMissing ? " under the mask" : "")} that {Named(origin)} needs");
        }

        var effect = instructions.ToEquatableArray();
        var expanded = Group.Table.Expand(way.Cube);
        foreach (var cube in expanded)
        {
            if (_seen.Add((way.Metadata, cube)))
            {
                _rules.Add(new ComposedRule(cube, way.Metadata, effect, Origin(way, origin), way.Length > 1, way.First ?? origin));
            }
        }

        if (_rules.Count > _limit)
        {
            throw Problem(LoweringProblemKind.TooManyRules, origin, $"table {Group.Table.Table.Number} has room for {_limit} rules of the chain, and it takes more");
        }
    }

    /// <summary>What a rule is for is what it does last; the class that it counts is known where it is decided.</summary>
    private static SwitchRule Origin(Way way, SwitchRule origin) =>
        origin.ClassId == 0 && origin.DropReason is null ? origin with { ClassId = way.ClassId } : origin;

    private static LoweringException Problem(LoweringProblemKind kind, SwitchRule rule, string message, OpenFlowAction? action = null) => new(
        new LoweringProblem(kind, rule.Flow.Table, (ulong)(rule.Flow.Match[Oxm.Metadata]?.Value ?? 0), rule, message) { Action = action });

    private static string Named(SwitchRule rule) => $"\"{rule.Purpose}\"";

    /// <summary>How packets came to where they are.</summary>
    /// <param name="Cube">Which packets, as they came into the table of the switch.</param>
    /// <param name="Actions">What is to be done with them.</param>
    /// <param name="Meter">The meter that they pass in this table.</param>
    /// <param name="Length">Number of rules that they met in this table.</param>
    /// <param name="First">The first of these.</param>
    /// <param name="Metadata">Metadata that they came with; null when it does not matter.</param>
    private sealed record Way(
        MatchCube Cube, IReadOnlyList<OpenFlowAction> Actions, MeterInstruction? Meter, int Length, SwitchRule? First, ulong? Metadata)
    {
        public int ClassId { get; private init; }

        public Way Through(SiteRule rule, MatchCube cube)
        {
            if (rule.Meter is not null && Meter is not null)
            {
                throw Problem(LoweringProblemKind.NoLayout, rule.Rule, $"{Named(rule.Rule)} has a meter behind another in one table");
            }

            return this with
            {
                Cube = cube,
                Actions = rule.Actions.Count == 0 ? Actions : [.. Actions, .. rule.Actions],
                Meter = Meter ?? rule.Meter,
                Length = Length + 1,
                First = First ?? rule.Rule,
                ClassId = rule.Rule.ClassId != 0 ? rule.Rule.ClassId : ClassId,
            };
        }
    }
}

/// <summary>A rule of a table of the switch; those that are made sooner come before those that are made later.</summary>
/// <param name="Cube">Its packets.</param>
/// <param name="Metadata">Their metadata; null when it does not matter.</param>
/// <param name="Instructions">What is done with them.</param>
/// <param name="Origin">The rule that says so last.</param>
/// <param name="IsComposed">Whether it stands for several rules.</param>
/// <param name="First">The first of these.</param>
internal sealed record ComposedRule(
    MatchCube Cube, ulong? Metadata, EquatableArray<Instruction> Instructions, SwitchRule Origin, bool IsComposed, SwitchRule First);
