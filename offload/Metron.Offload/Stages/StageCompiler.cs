using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>
/// Turns the tables that a function declares for a port into tables of a switch. Where the negations of a rule would take too many
/// matches, the packets that they exclude go on in a table of their own with the rules that follow, and what is left needs no negation.
/// </summary>
internal sealed class StageCompiler
{
    private readonly FunctionDeclaration _function;
    private readonly PortDeclaration _port;
    private readonly int _portIndex;
    private readonly OffloadLimits _limits;
    private readonly OffloadMemory _memory;
    private readonly List<StageSegment> _segments = [];
    private readonly byte _firstTable;

    private StageCompiler(FunctionDeclaration function, int port, byte firstTable, OffloadLimits limits, OffloadMemory memory)
    {
        (_function, _port, _portIndex, _firstTable, _limits, _memory) = (function, function.Ports[port], port, firstTable, limits, memory);
    }

    /// <summary>The program, or null when it does not fit into the tables from <paramref name="firstTable"/> on.</summary>
    public static StageProgram? Compile(FunctionGraph graph, GraphNode at, byte firstTable, OffloadLimits limits, OffloadMemory memory) =>
        TryCompile(graph, at, firstTable, limits, memory)
        ?? TryCompile(graph, at, firstTable, limits with { MaximumAlternatives = limits.MaximumStageRules }, memory);

    private static StageProgram? TryCompile(FunctionGraph graph, GraphNode at, byte firstTable, OffloadLimits limits, OffloadMemory memory)
    {
        var compiler = new StageCompiler(graph.Functions[at.Function], at.Port, firstTable, limits, memory);
        compiler.AddTables(compiler._port.SwitchStages ?? compiler._port.Stages);
        if (firstTable + compiler._segments.Count - 1 > TableLayout.LastStage)
        {
            return null;
        }

        // What is far too much need not be put in order before it is refused.
        var program = new StageProgram(at, compiler._segments);
        if (program.RuleCount > 2L * limits.MaximumStageRules)
        {
            return null;
        }

        program = program with { Segments = compiler.Ordered() };
        return program.RuleCount <= limits.MaximumStageRules ? program : null;
    }

    /// <summary>The segments with the depths of their rules, without those that only do what happens anyway.</summary>
    private IReadOnlyList<StageSegment> Ordered() => [.. _segments.Select(Ordered)];

    private StageSegment Ordered(StageSegment segment, int index)
    {
        var depths = Depths(segment, 2 * index);

        // A rule that does what the default does, with no rule behind it that does something else, is not needed, unless it counts drops by
        // its own name. Which rules these are does not depend on the order of independent rules either.
        var needed = segment.Default.IsDrop
            ? segment.Rules
            : [.. segment.Rules.Where((rule, place) => depths[place] > 1 || rule.Action != segment.Default)];
        if (needed.Count == segment.Rules.Count)
        {
            return segment with { Depths = depths };
        }

        var rest = segment with { Rules = needed };
        return rest with { Depths = Depths(rest, (2 * index) + 1) };
    }

    private RuleDepths Depths(StageSegment segment, int number) =>
        _memory.Depths(_function.Name, _portIndex, number, StageSegment.Order(segment.Rules));

    private StageRule Rule(HeaderMatch match, StageAction action, string purpose) => new(match, action, purpose) { Expanded = _memory.Expand(match) };

    private byte NextTable => TableAt(_segments.Count + 1);

    /// <summary>Number of a segment's table; numbers that are too large are refused in the end.</summary>
    private byte TableAt(int segment) => (byte)Math.Min(byte.MaxValue, _firstTable + segment);

    private void AddTables(IReadOnlyList<StageTable> tables)
    {
        // Tables behind the last one that can drop something need not be asked.
        var last = tables.Count - 1;
        while (last >= 0 && !CanDrop(tables[last]))
        {
            last--;
        }

        // A table that says the same to everything is not needed either: the one before says it, and names which of its rules did.
        StageResult? constant = null;
        while (last > 0 && Constant(tables[last], constant) is { } same)
        {
            constant = same;
            last--;
        }

        for (var i = 0; i <= last; i++)
        {
            AddTable(i == last ? Resolve(tables[i], constant) : tables[i], isLast: i == last);
        }
    }

    /// <summary>What a table says to all packets; null when it makes differences.</summary>
    private static StageResult? Constant(StageTable table, StageResult? next)
    {
        var resolved = Resolve(table, next);
        return resolved.Entries.All(entry => entry.Result.SaysSameAs(resolved.Default)) && !resolved.Default.IsNext ? resolved.Default : null;
    }

    /// <summary>A table with the answer of the next one written in.</summary>
    private static StageTable Resolve(StageTable table, StageResult? next) => next is null ? table : table with
    {
        Entries = [.. table.Entries.Select(entry => entry.Result.IsNext ? entry with { Result = next } : entry)],
        Default = table.Default.IsNext ? next : table.Default,
    };

    private bool CanDrop(StageTable table) =>
        // A function that is left out of the server's part may say several things without dropping; they all lead on.
        table.Entries.Select(entry => entry.Result).Append(table.Default).Any(result => !result.IsNext && Action(result, false).IsDrop);

    /// <summary>Adds the segments of a table. What is for the next table goes to the segment behind them, which the next call adds.</summary>
    private void AddTable(StageTable table, bool isLast)
    {
        var entries = Reachable(table, out var defaultResult, out var defaultPurpose);
        var splits = entries.Select(NegationsToSplit).ToList();
        var first = _segments.Count;
        var segmentCount = 1 + splits.Count(split => split.Count > 0);
        var behind = TableAt(first + segmentCount);
        List<StageRule> rules = [];
        for (var i = 0; i < entries.Count; i++)
        {
            var action = Action(entries[i].Result, isLast, behind);
            if (splits[i].Count == 0)
            {
                rules.Add(Rule(entries[i].Match, action, entries[i].Purpose));
                continue;
            }

            var following = NextTable;
            var core = entries[i].Match.Without(splits[i]);
            rules.AddRange(splits[i].Select(field => Rule(
                core.WithPositive(field, entries[i].Match), StageAction.Goto(following), entries[i].Purpose + ", does not apply")));
            rules.Add(Rule(core, action, entries[i].Purpose));
            Close(rules, StageAction.Goto(following), "further rules");
            rules = [];
        }

        Close(rules, Action(defaultResult, isLast, behind), defaultPurpose);
    }

    private void Close(List<StageRule> rules, StageAction defaultAction, string purpose) =>
        _segments.Add(new StageSegment(TableAt(_segments.Count), [.. rules], defaultAction, purpose));

    /// <summary>The entries before the first one that matches everything; that one becomes the default.</summary>
    private static List<StageEntry> Reachable(StageTable table, out StageResult defaultResult, out string defaultPurpose)
    {
        var end = table.Entries.TakeWhile(entry => !entry.Match.IsAny).Count();
        var isCut = end < table.Entries.Count;
        defaultResult = isCut ? table.Entries[end].Result : table.Default;
        defaultPurpose = isCut ? table.Entries[end].Purpose : table.DefaultPurpose;
        return [.. table.Entries.Take(end)];
    }

    /// <summary>The negated fields to treat in a table of their own: as few as make the rest fit, the costliest first.</summary>
    private List<HeaderField> NegationsToSplit(StageEntry entry)
    {
        if (_memory.Expand(entry.Match).Count <= _limits.MaximumAlternatives)
        {
            return [];
        }

        List<HeaderField> split = [];
        var match = entry.Match;
        while (MatchExpansion.Count(match) > _limits.MaximumAlternatives)
        {
            var candidates = Enum.GetValues<HeaderField>().Where(field => match[field] is { Negated: true }).ToList();
            if (candidates.Count == 0)
            {
                break;
            }

            var field = candidates.MinBy(candidate => MatchExpansion.Count(match.Without([candidate])));
            split.Add(field);
            match = match.Without([field]);
        }

        return split;
    }

    private StageAction Action(StageResult result, bool isLast, byte behind = 0)
    {
        if (result.IsNext)
        {
            return isLast ? StageAction.Pass(-1) : StageAction.Goto(behind);
        }

        if (result.DropReason is { } reason)
        {
            return StageAction.Drop(reason, -1);
        }

        var outcome = result.Outcomes.Count == 1 ? result.Outcomes[0] : -1;
        return outcome >= 0 && _port.Treatments[outcome].DropReason is { } outcomeReason
            ? StageAction.Drop(outcomeReason, outcome)
            : StageAction.Pass(_function.NeedsServer ? -1 : outcome);
    }
}

/// <summary>Matches with fewer negations.</summary>
internal static class NegationExtensions
{
    /// <summary>The match without conditions on some fields.</summary>
    public static HeaderMatch Without(this HeaderMatch match, IReadOnlyList<HeaderField> fields) =>
        fields.Aggregate(match, (rest, field) => rest.With(field, null));

    /// <summary>The match, and a field that lies in the range which another match excludes.</summary>
    public static HeaderMatch WithPositive(this HeaderMatch match, HeaderField field, HeaderMatch excluding) =>
        match.With(field, excluding[field] is { } condition ? condition with { Negated = false } : null);

    private static HeaderMatch With(this HeaderMatch match, HeaderField field, FieldCondition? condition) => field switch
    {
        HeaderField.Source => match with { Source = condition },
        HeaderField.Destination => match with { Destination = condition },
        HeaderField.Protocol => match with { Protocol = condition },
        HeaderField.SourcePort => match with { SourcePort = condition },
        HeaderField.DestinationPort => match with { DestinationPort = condition },
        _ => match,
    };
}
