using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Which tables there are, and what rules they really take.</summary>
internal static class TableProbe
{
    /// <summary>Finds the tables and tries everything in each.</summary>
    public static async Task<EquatableArray<TableFacts>> RunAsync(ProbeSession session, Action<string> progress, CancellationToken cancellation)
    {
        var claims = await TableClaims.ReadAsync(session, cancellation);
        progress($"looking for tables among {claims.Numbers.Count}");
        var guards = await FindGuardsAsync(session, claims.Numbers, cancellation);
        var numbers = claims.Numbers.Where(number => guards[number].Count > 0).Take(session.Options.Tables).ToList();
        progress($"trying {numbers.Count} tables: match fields");
        var fields = await TryFieldsAsync(session, numbers, guards, cancellation);
        progress($"trying {numbers.Count} tables: actions");
        var actions = await ActionProbe.RunAsync(session, numbers, guards, cancellation);
        return numbers.Select(number => Gather(number, guards[number], fields, actions) with { Claimed = claims.EntriesOf(number) }).ToEquatableArray();
    }

    /// <summary>The guards that each table takes; none for a table that there is not.</summary>
    public static async Task<Dictionary<byte, IReadOnlyList<OxmField>>> FindGuardsAsync(
        ProbeSession session, IReadOnlyList<byte> numbers, CancellationToken cancellation)
    {
        var rules = numbers.SelectMany(number => Guard.Candidates, (number, guard) => new FlowMod { Table = number, Match = Match.Of(guard) }).ToList();
        var trials = await RuleTrials.RunAsync(session, rules, cancellation);
        var found = trials.Where(trial => trial.Works).ToLookup(trial => trial.Rule.Table, trial => trial.Rule.Match.Fields[0]);
        return numbers.ToDictionary(number => number, IReadOnlyList<OxmField> (number) => [.. found[number]]);
    }

    private static async Task<List<TriedField>> TryFieldsAsync(
        ProbeSession session, IReadOnlyList<byte> numbers, Dictionary<byte, IReadOnlyList<OxmField>> guards, CancellationToken cancellation)
    {
        var tried = new List<TriedField>();
        foreach (var number in numbers)
        {
            foreach (var field in FieldCatalog.All.Select(field => OnPort(session, field)))
            {
                foreach (var (masks, form) in field.Forms())
                {
                    var match = Guard.For(guards[number], [.. field.Before, form]) ?? (field.GuardsItself ? Match.Of([.. field.Before, form]) : null);
                    tried.Add(new TriedField(number, field, masks, match, null));
                }
            }
        }

        await RunAsync(tried.Where(one => one.Match is not null));

        // A table with few fields may take the field and refuse the guard beside it; no traffic has these values either.
        var unguarded = tried.Where(one => one.Trial is { Works: false } && one.Field.GuardsItself).ToList();
        unguarded.ForEach(one => one.Match = Match.Of([.. one.Field.Before, one.Field.Forms().First(form => form.Masks == one.Masks).Field]));
        await RunAsync(unguarded);
        return tried;

        async Task RunAsync(IEnumerable<TriedField> some)
        {
            var list = some.ToList();
            var trials = await RuleTrials.RunAsync(session, [.. list.Select(one => new FlowMod { Table = one.Table, Match = one.Match! })], cancellation);
            for (var i = 0; i < list.Count; i++)
            {
                list[i].Trial = trials[i];
            }
        }
    }

    /// <summary>The ingress port is tried by a port that exists: a switch may refuse others.</summary>
    private static FieldTrial OnPort(ProbeSession session, FieldTrial field) =>
        field.Type == Oxm.InPort ? field with { Value = session.State.Port ?? 1 } : field;

    private static TableFacts Gather(byte number, IReadOnlyList<OxmField> guards, List<TriedField> fields, IReadOnlyList<TriedAction> actions)
    {
        var ofTable = fields.Where(field => field.Table == number).ToLookup(field => field.Field.Type);
        var done = actions.Where(action => action.Table == number).ToList();
        var working = done.Where(action => action.Works).ToList();
        return new TableFacts(number)
        {
            Guard = guards[0].ToString(),
            Fields = FieldCatalog.All.Select(field => Judge(field.Type, [.. ofTable[field.Type]])).ToEquatableArray(),
            Attempts = done.Where(action => action.Next is null).Select(action => new Attempt(action.Name, action.Works, action.Said)).ToEquatableArray(),
            SetFields = working.Where(action => action.SetField is not null).Select(action => action.SetField!.Value).Distinct().ToEquatableArray(),
            Actions = working.Where(action => action.Action is not null).Select(action => action.Action!.Value).Distinct().Order().ToEquatableArray(),
            Next = working.Where(action => action.Next is not null).Select(action => action.Next!.Value).ToEquatableArray(),
            WritesMetadata = working.Any(action => action.Name == ActionProbe.WriteMetadata),
            SameFieldsOnly = fields.Any(field => field.Table == number && field.Trial is { OnlyAlone: true }),
        };
    }

    private static FieldFacts Judge(OxmType type, List<TriedField> forms)
    {
        var works = forms.Where(form => form.Trial is { Works: true }).Select(form => form.Masks).ToHashSet();
        MaskSupport? masks = !works.Contains(MaskSupport.Exact) ? null
            : works.Contains(MaskSupport.Any) ? MaskSupport.Any
            : works.Contains(MaskSupport.Prefix) ? MaskSupport.Prefix
            : MaskSupport.Exact;
        var objections = forms.Where(form => form.Trial is not { Works: true }).Select(form => $"{form.Masks.ToString().ToLowerInvariant()}: {form.Said}");
        return new FieldFacts(type, masks, string.Join("; ", objections));
    }

    private sealed record TriedField(byte Table, FieldTrial Field, MaskSupport Masks, Match? Match, RuleTrial? Trial)
    {
        public Match? Match { get; set; } = Match;

        public RuleTrial? Trial { get; set; } = Trial;

        public string Said => Trial?.ToString() ?? "not tried: the table takes no other condition that would keep traffic away";
    }
}
