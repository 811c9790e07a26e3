using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>The rules of a switch and what flow-mods do to them (OpenFlow 1.3.5 section 6.4). Not safe for concurrent use.</summary>
internal sealed class FlowTables
{
    private const int TableCount = 256;
    private readonly Dictionary<FlowKey, FlowEntry>?[] _tables;
    private readonly FlowEntry[]?[] _sorted = new FlowEntry[TableCount][];

    public FlowTables()
        : this(new Dictionary<FlowKey, FlowEntry>[TableCount])
    {
    }

    private FlowTables(Dictionary<FlowKey, FlowEntry>?[] tables) => _tables = tables;

    public int Count => _tables.Sum(table => table?.Count ?? 0);

    public IEnumerable<FlowEntry> All => _tables.Where(table => table is not null).SelectMany(table => table!.Values);

    public FlowTables Clone() => new(Array.ConvertAll(_tables, table => table is null ? null : new Dictionary<FlowKey, FlowEntry>(table)));

    public int CountOf(byte table) => _tables[table]?.Count ?? 0;

    public IEnumerable<FlowEntry> Of(byte table) => _tables[table]?.Values ?? Enumerable.Empty<FlowEntry>();

    /// <summary>Adds a rule, or puts it in the place of one of the same match and priority.</summary>
    /// <param name="rule">The rule; its match is canonical.</param>
    /// <param name="capacity">Rules that fit into the table.</param>
    /// <param name="now">Time stamp.</param>
    public void Add(FlowMod rule, int capacity, long now)
    {
        var table = _tables[rule.Table] ??= [];
        var key = new FlowKey(rule.Priority, rule.Match);
        var isThere = table.TryGetValue(key, out var before);

        // A rule does not overlap the one that it replaces (Open vSwitch's add_flow_start).
        if (!isThere && (rule.Flags & FlowModFlags.CheckOverlap) != 0
            && table.Values.Any(other => other.Priority == rule.Priority && MatchRelation.Overlaps(other.Match, rule.Match)))
        {
            throw Refusal.Flow(3);
        }

        if (!isThere && table.Count >= capacity)
        {
            throw Refusal.Flow(1);
        }

        var counter = isThere && (rule.Flags & FlowModFlags.ResetCounts) == 0 ? before!.Counter : new RuleCounter();
        counter.UsedAt = now;
        table[key] = new FlowEntry(rule with { Command = FlowModCommand.Add, CookieMask = 0, Buffer = BufferNumber.None }, counter, now);
        _sorted[rule.Table] = null;
    }

    /// <summary>Gives the rules that fit the instructions of the message; true when there was one.</summary>
    public bool Modify(FlowMod change, bool isStrict)
    {
        var found = Select(change, isStrict, byOutput: false);
        foreach (var entry in found)
        {
            var counter = (change.Flags & FlowModFlags.ResetCounts) == 0 ? entry.Counter : new RuleCounter { UsedAt = entry.Counter.UsedAt };
            Put(new FlowEntry(entry.Rule with { Instructions = change.Instructions }, counter, entry.InstalledAt));
        }

        return found.Count > 0;
    }

    /// <summary>Deletes the rules that fit, and returns them.</summary>
    public List<FlowEntry> Delete(FlowMod change, bool isStrict)
    {
        var found = Select(change, isStrict, byOutput: true);
        found.ForEach(Remove);
        return found;
    }

    public void Remove(FlowEntry entry)
    {
        _tables[entry.Table]?.Remove(entry.Key);
        _sorted[entry.Table] = null;
    }

    /// <summary>The rules that a filter of statistics names.</summary>
    public List<FlowEntry> Select(FlowFilter filter)
    {
        var match = filter.Match.Canonical();
        return Candidates(filter.Table).Where(entry => HasCookie(entry, filter.Cookie, filter.CookieMask)
            && Uses(entry, filter.OutPort, filter.OutGroup)
            && MatchRelation.IsWithin(entry.Match, match)).ToList();
    }

    /// <summary>The rule of highest priority that fits; null when none does.</summary>
    public FlowEntry? Find(byte table, PacketFields packet)
    {
        if (_tables[table] is not { } entries)
        {
            return null;
        }

        var sorted = _sorted[table] ??= [.. entries.Values.OrderByDescending(entry => entry.Priority)];
        foreach (var entry in sorted)
        {
            if (entry.Compiled.Holds(packet))
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Whether some list of actions of the rule outputs to the port or uses the group; wildcards are no restriction.</summary>
    public static bool Uses(FlowEntry entry, uint port, uint group)
    {
        var actions = ActionsOf(entry.Instructions);
        return (port == PortNumber.Any || actions.Any(action => action is OutputAction output && output.Port == port))
            && (group == GroupNumber.Any || actions.Any(action => action is GroupAction used && used.Group == group));
    }

    public static IEnumerable<OpenFlowAction> ActionsOf(EquatableArray<Instruction> instructions) => instructions.SelectMany(instruction => instruction switch
    {
        ApplyActionsInstruction apply => apply.Actions,
        WriteActionsInstruction write => write.Actions,
        _ => default,
    });

    private List<FlowEntry> Select(FlowMod change, bool isStrict, bool byOutput)
    {
        if (isStrict)
        {
            return [.. StrictlyNamed(change).Where(entry => Fits(entry, change, byOutput))];
        }

        return [.. Candidates(change.Table).Where(entry => Fits(entry, change, byOutput) && MatchRelation.IsWithin(entry.Match, change.Match))];
    }

    private IEnumerable<FlowEntry> StrictlyNamed(FlowMod change)
    {
        var key = new FlowKey(change.Priority, change.Match);
        return change.Table == TableNumber.All
            ? _tables.Where(table => table?.ContainsKey(key) == true).Select(table => table![key])
            : _tables[change.Table] is { } one && one.TryGetValue(key, out var entry) ? [entry] : [];
    }

    private IEnumerable<FlowEntry> Candidates(byte table) => table == TableNumber.All ? All : Of(table);

    private static bool Fits(FlowEntry entry, FlowMod change, bool byOutput) =>
        HasCookie(entry, change.Cookie, change.CookieMask) && (!byOutput || Uses(entry, change.OutPort, change.OutGroup));

    private static bool HasCookie(FlowEntry entry, ulong cookie, ulong mask) => (entry.Cookie & mask) == (cookie & mask);

    private void Put(FlowEntry entry)
    {
        _tables[entry.Table]![entry.Key] = entry;
        _sorted[entry.Table] = null;
    }
}
