using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What was measured, as the profile that drivers work by.</summary>
internal static class ProfileWriting
{
    // What a switch can work off between two barriers should not take it longer than about a second.
    private const int MostRulesPerBarrier = 1000;
    private const int BarriersInFlight = 5;
    private const int CautiousRulesPerBarrier = 100;

    private static readonly ActionType[] _needed =
        [ActionType.Output, ActionType.PushVlan, ActionType.PopVlan, ActionType.PushMpls, ActionType.PopMpls, ActionType.Group, ActionType.SetField];

    private static readonly OxmType[] _set = [Oxm.EthernetDestination, Oxm.EthernetSource, Oxm.VlanId, Oxm.IpDscp, Oxm.MplsLabel];

    /// <summary>The profile; null when the switch could not even be greeted or its tables not be tried.</summary>
    public static SwitchProfile? Of(ProbeFacts facts, ProbeOptions options)
    {
        if (facts.Identity is not { } identity || facts.Tables is not { } tables)
        {
            return null;
        }

        var perBarrier = RulesPerBarrier(facts);
        return new SwitchProfile
        {
            Name = options.ProfileName ?? $"switch-{identity.DatapathId:x16}",
            Description = identity.Description,
            Versions = Versions(facts),
            HelloElements = facts.Greetings.Any(greeting => greeting.HasBitmap && greeting.Version is not null),
            Metadata = WorksMetadata(tables),
            Bundles = facts.Bundles is { Supported: true, Atomic: true, Ordered: true },
            Barriers = facts.Barriers?.Truth ?? BarrierTruth.Early,
            RuleCounters = facts.Rules?.Counters is null or "",
            Meters = facts.Meters is "",
            Groups = facts.Groups is { } groups ? groups.Where(group => group.Said.Length == 0).Select(group => group.Kind).ToEquatableArray() : [],
            RulesPerBarrier = perBarrier,
            RulesInFlight = perBarrier * BarriersInFlight,
            Tables = tables.All(table => IsUnrestricted(table, tables)) && tables.Count >= TableLayout.Steering + 1
                ? []
                : tables.Select(table => Of(table, tables)).ToEquatableArray(),
        };
    }

    /// <summary>Whether a later table matches what an earlier one wrote.</summary>
    public static bool WorksMetadata(EquatableArray<TableFacts> tables) =>
        tables.Any(writes => writes.WritesMetadata && tables.Any(reads => reads.Number > writes.Number && reads.Matches(Oxm.Metadata, MaskSupport.Exact)));

    /// <summary>Whether a table takes everything that Metron writes.</summary>
    public static bool IsUnrestricted(TableFacts table, EquatableArray<TableFacts> all) =>
        table.Capacity is null && !table.SameFieldsOnly && MatchesAll(table) && SetsAll(table) && ActsAll(table) && GoesEverywhere(table, all);

    private static EquatableArray<OpenFlowVersion> Versions(ProbeFacts facts)
    {
        // What was spoken alone; a version that works only among others is not one to rely on.
        var alone = facts.Greetings.Where(greeting => greeting.Version is { } version && greeting.Offered == VersionSet.Of(version)).Select(greeting => greeting.Version!.Value);
        var any = facts.Greetings.Where(greeting => greeting.Version is not null).Select(greeting => greeting.Version!.Value);
        var modern = alone.Concat(any).Where(version => version >= OpenFlowVersion.OpenFlow13).Distinct().OrderDescending().ToEquatableArray();
        return modern.IsEmpty ? any.Distinct().OrderDescending().ToEquatableArray() : modern;
    }

    private static int RulesPerBarrier(ProbeFacts facts)
    {
        if (facts.Barriers is not { Truth: BarrierTruth.Truthful })
        {
            return CautiousRulesPerBarrier;
        }

        var rate = facts.Rate is { ByBarrier.IsEmpty: false } measured ? measured.ByBarrier.Max(point => point.RulesPerSecond) : CautiousRulesPerBarrier;
        return new[] { 10, 20, 50, 100, 200, 500, MostRulesPerBarrier }.LastOrDefault(step => step <= rate, 10);
    }

    private static TableProfile Of(TableFacts table, EquatableArray<TableFacts> all) => new(table.Number)
    {
        Capacity = table.Capacity,
        Match = MatchesAll(table) ? null : table.Fields.Where(field => field.Masks is not null).Select(field => new FieldProfile(field.Field, field.Masks!.Value)).ToEquatableArray(),
        SetFields = SetsAll(table) ? null : table.SetFields,
        Actions = ActsAll(table) ? null : table.Actions,
        Next = GoesEverywhere(table, all) && table.Next.Count > 0 ? null : table.Next,
        SameFieldsOnly = table.SameFieldsOnly,
    };

    private static bool MatchesAll(TableFacts table) =>
        FieldCatalog.All.Where(field => field.Needed is not null).All(field => table.Matches(field.Type, field.Needed!.Value));

    private static bool SetsAll(TableFacts table) => _set.All(field => table.SetFields.Contains(field));

    private static bool ActsAll(TableFacts table) => _needed.All(action => table.Actions.Contains(action));

    private static bool GoesEverywhere(TableFacts table, EquatableArray<TableFacts> all) =>
        all.Where(next => next.Number > table.Number).All(next => table.Next.Contains(next.Number));
}
