namespace Metron.OpenFlow;

/// <summary>Finds out by reading what became of a section whose barrier says nothing.</summary>
/// <param name="connection">The switch.</param>
/// <param name="section">The section.</param>
/// <param name="later">Sections that are on their way as well: of a rule that they change, too, only they can tell.</param>
/// <param name="options">How long to look for rules.</param>
internal sealed class SectionReading(
    OpenFlowConnection connection, RuleSection section, IEnumerable<RuleSection> later, RuleTransferOptions options)
{
    /// <summary>Whether a message is about one rule, which table, priority and match name.</summary>
    public static bool IsOfOneRule(FlowMod rule) => rule.Command is not (FlowModCommand.Modify or FlowModCommand.Delete);

    /// <summary>Reads until the switch has what was sent, but for what it refused, or patience ends.</summary>
    public async Task<RuleSectionResult> ConfirmAsync(SectionOnTheWay way, CancellationToken cancellation)
    {
        var time = connection.Options.TimeProvider;
        var begin = time.GetTimestamp();
        while (true)
        {
            var missing = await FindMissingAsync(cancellation).ConfigureAwait(false);

            // The errors first: the reading is answered after them.
            var refused = way.Failures;
            missing.ExceptWith(refused.Select(failure => failure.Index));
            if (missing.Count == 0 || time.GetElapsedTime(begin) >= options.Patience)
            {
                return section.ToResult(refused, missing, RuleConfirmation.ReadBack);
            }

            await Task.Delay(options.PauseBetweenReads, time, cancellation).ConfigureAwait(false);
        }
    }

    private Task<HashSet<int>> FindMissingAsync(CancellationToken cancellation) =>
        section.StandsAlone ? FindMissingAsync(section.Rules[0], cancellation) : FindMissingOfManyAsync(cancellation);

    /// <summary>A reading takes the same filter as the message; so what it finds is what the message left.</summary>
    private async Task<HashSet<int>> FindMissingAsync(FlowMod message, CancellationToken cancellation)
    {
        var filter = new FlowFilter
        {
            Table = message.Table,
            Cookie = message.Cookie,
            CookieMask = message.CookieMask,
            Match = message.Match,
            OutPort = message.Command == FlowModCommand.Delete ? message.OutPort : PortNumber.Any,
            OutGroup = message.Command == FlowModCommand.Delete ? message.OutGroup : GroupNumber.Any,
        };
        var isDone = true;
        await foreach (var flow in connection.StreamFlowsAsync(filter, cancellation).ConfigureAwait(false))
        {
            isDone &= message.Command == FlowModCommand.Modify && flow.Instructions == message.Instructions;
        }

        return isDone ? [] : [0];
    }

    private async Task<HashSet<int>> FindMissingOfManyAsync(CancellationToken cancellation)
    {
        // The last message about a rule counts: what those before it did cannot be seen any more.
        var last = new Dictionary<(byte Table, ushort Priority, Match Match), int>();
        for (var i = 0; i < section.Rules.Count; i++)
        {
            last[Identity(section.Rules[i])] = i;
        }

        foreach (var rule in later.SelectMany(other => other.Rules))
        {
            last.Remove(Identity(rule));
        }

        var missing = last.Values.Where(index => section.Rules[index].Command == FlowModCommand.Add).ToHashSet();
        await foreach (var flow in connection.StreamFlowsAsync(CommonFilter(), cancellation).ConfigureAwait(false))
        {
            if (!last.TryGetValue((flow.Table, flow.Priority, flow.Match.Canonical()), out var index))
            {
                continue;
            }

            if (IsDone(section.Rules[index], flow))
            {
                missing.Remove(index);
            }
            else
            {
                missing.Add(index);
            }
        }

        return missing;
    }

    private static (byte Table, ushort Priority, Match Match) Identity(FlowMod rule) => (rule.Table, rule.Priority, rule.Match.Canonical());

    /// <summary>Whether a message about one rule is carried out, when the switch has <paramref name="flow"/> in its place.</summary>
    private static bool IsDone(FlowMod message, FlowStats flow) => message.Command switch
    {
        FlowModCommand.Add => flow.Cookie == message.Cookie && flow.Instructions == message.Instructions,
        FlowModCommand.DeleteStrict => !IsMeant(message, flow),
        _ => !IsMeant(message, flow) || flow.Instructions == message.Instructions,
    };

    private static bool IsMeant(FlowMod message, FlowStats flow) => (flow.Cookie & message.CookieMask) == (message.Cookie & message.CookieMask);

    /// <summary>The narrowest filter that no rule of the section falls through: what their tables and cookies share.</summary>
    private FlowFilter CommonFilter()
    {
        var first = section.Rules[0];
        var mask = ulong.MaxValue;
        var isOneTable = true;
        foreach (var rule in section.Rules)
        {
            mask &= (rule.Command == FlowModCommand.Add ? ulong.MaxValue : rule.CookieMask) & ~(rule.Cookie ^ first.Cookie);
            isOneTable &= rule.Table == first.Table;
        }

        return new FlowFilter { Table = isOneTable ? first.Table : TableNumber.All, Cookie = first.Cookie & mask, CookieMask = mask };
    }
}
