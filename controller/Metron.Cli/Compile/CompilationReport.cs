using Metron.Cli.Output;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;
using Metron.Packets;

namespace Metron.Cli.Compile;

/// <summary>A compiled chain for people.</summary>
internal static class CompilationReport
{
    /// <summary>Describes the chain.</summary>
    public static string Of(Compilation compilation)
    {
        var plan = compilation.Plan;
        var report = new Report()
            .Field("Name", compilation.Spec.Name)
            .Field("Switch", $"{plan.Switch}, tags by {TagName(plan.TagKind)}")
            .Field("Server", plan.Placement is { } placement ? $"{placement.Server}, {Count(placement.Workers.Count, "worker")}" : "not needed")
            .Field("Traffic classes", Text.Number(plan.Classes.Count) + (plan.HasAllClasses ? "" : " and more"))
            .Field("Switch rules", $"{Text.Number(compilation.Rules.Count)}; every combination in one table: {Product(compilation.CountNaively())}")
            .Field("Verified", Verified(compilation.Verify()));
        if (plan.Steering.SingleWorkerReason is { } reason)
        {
            report.Field("One worker", reason);
        }

        if (plan is { Profile: { } profile, Offload: { } offload })
        {
            report.Field("Profile", $"{profile.Name}; {(offload.Layout == "as they are" ? "tables as on Open vSwitch" : offload.Layout)}");
        }

        if (plan.Offload?.Reasons.ToList() is { Count: > 0 } reasons)
        {
            report.Section("What the profile changes", reasons);
        }

        return report
            .Section("Warnings", Warnings(compilation))
            .Section("Traffic classes", Classes(compilation))
            .Section("Tags", Tags(compilation))
            .SectionIf(plan.Groups is { Count: > 0 }, "Groups", () => Groups(compilation))
            .Section("Switch rules", Rules(compilation))
            .Section("Residual programs", Programs(compilation))
            .ToString();
    }

    /// <summary>A tag as it is on the wire: a VLAN id, a MAC address, a label without its low two bits, or a code point.</summary>
    public static string TagText(TagKind kind, uint value) => kind == TagKind.Mac
        ? new MacAddress(0x02_4d_54_00_00_00UL | value).ToString()
        : Text.Number((ulong)value);

    /// <summary>What the option calls it.</summary>
    public static string TagName(TagKind kind) => TagRange.Of(kind).Name;

    private static string Product(NaiveProduct product) => (product.IsComplete ? "" : "more than ") + Text.Number((ulong)product.SwitchRules);

    /// <summary>How far the compiled form is proven, in words.</summary>
    private static string Verified(ChainVerification verification) => verification.Verdict switch
    {
        VerificationVerdict.Verified => "proven for every packet",
        VerificationVerdict.VerifiedBySampling => $"by {Text.Number(verification.Samples)} packets that were tried",
        VerificationVerdict.Refuted => $"REFUTED: {verification.Counterexample}",
        _ => $"not verifiable: {verification.Problem}",
    };

    private static IEnumerable<string> Warnings(Compilation compilation)
    {
        var warnings = compilation.Warnings;
        var lines = warnings.First.Select(warning => $"{compilation.Source.Of(warning.Path)}: {warning.Message}");
        return warnings.Count > warnings.First.Count ? lines.Append($"and {warnings.Count - warnings.First.Count} more") : lines;
    }

    private static string Count(int number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";

    private static Table Classes(Compilation compilation)
    {
        var table = new Table("ID", "INGRESS", "EGRESS", "DECIDED BY", "PATH");
        foreach (var planned in compilation.Plan.Classes)
        {
            table.Add(
                Text.Number(planned.Id),
                Endpoint(compilation, planned.Ingress),
                planned.Egress < 0 ? "(dropped)" : Endpoint(compilation, planned.Egress),
                planned.DecidedBy == DecidedBy.Switch ? "switch" : "server",
                string.Join(" | ", planned.Path));
        }

        return table;
    }

    private static Table Tags(Compilation compilation)
    {
        var plan = compilation.Plan;
        var table = new Table("TAG", "FROM", "TO", "PORTS", "SOURCE");
        foreach (var tag in plan.IngressTags)
        {
            var function = compilation.Spec.Functions[tag.Entry.Function];
            table.Add(
                TagText(plan.TagKind, tag.Value),
                Endpoint(compilation, tag.Endpoint),
                $"worker {tag.Worker.Index}, {function.Name} {function.Ports[tag.Entry.Port]}",
                Ports(plan, tag),
                compilation.Source.Of($"spec.endpoints[{tag.Endpoint}]"));
        }

        foreach (var tag in plan.EgressTags)
        {
            table.Add(
                TagText(plan.TagKind, tag.Value), "workers", Endpoint(compilation, tag.Endpoint), "", compilation.Source.Of($"spec.endpoints[{tag.Endpoint}]"));
        }

        return table;
    }

    private static Table Groups(Compilation compilation)
    {
        var table = new Table("GROUP", "ENDPOINT", "PORTS", "SOURCE", "TEXT");
        foreach (var group in compilation.Plan.Groups ?? [])
        {
            table.Add(
                group.Number == 0 ? "none" : Text.Number((ulong)group.Number),
                Endpoint(compilation, group.Endpoint),
                group.Ports.ToString(),
                compilation.Source.Of($"spec.endpoints[{group.Endpoint}]"),
                group.Note ?? group.ToDescription().ToString());
        }

        return table;
    }

    /// <summary>Which packets of an endpoint have the tag.</summary>
    private static string Ports(ChainPlan plan, PlannedIngressTag tag)
    {
        var mask = (1 << (plan.Steering.Bits + 1)) - 2;
        return plan.Steering.Bits == 0
            ? "all"
            : $"{(tag.Field == SteeringField.SourcePort ? "source" : "destination")} port & {mask} in {{{string.Join(", ", tag.Values)}}}";
    }

    private static Table Rules(Compilation compilation)
    {
        var table = new Table("TABLE", "PRIORITY", "CLASS", "PURPOSE", "SOURCE", "RULE");
        foreach (var rule in compilation.Rules.OrderBy(rule => rule.Flow.Table).ThenByDescending(rule => rule.Flow.Priority))
        {
            table.Add(
                Text.Number((ulong)rule.Flow.Table),
                Text.Number((ulong)rule.Flow.Priority),
                rule.ClassId == 0 ? "" : Text.Number(rule.ClassId),
                rule.Purpose + (rule.DropReason is { } reason ? $" (drops: {reason})" : ""),
                compilation.SourceOf(rule),
                rule.ToString());
        }

        return table;
    }

    private static Table Programs(Compilation compilation)
    {
        var table = new Table("SERVER", "FUNCTION", "KIND", "PORT", "LEADS TO", "SOURCE");
        foreach (var (server, program) in compilation.Programs)
        {
            foreach (var wire in program.Wires)
            {
                var function = program.Functions[wire.From.Function];
                var index = compilation.Spec.Functions.ToList().FindIndex(candidate => candidate.Name == function.Name);
                table.Add(
                    server,
                    function.Name,
                    FunctionText.Kind(compilation.Document.Chain.Spec.Functions[index]),
                    function.Ports[wire.From.Port],
                    wire.ToEndpoint >= 0
                        ? program.Endpoints[wire.ToEndpoint]
                        : $"{program.Functions[wire.To.Function].Name} {program.Functions[wire.To.Function].Ports[wire.To.Port]}",
                    compilation.Source.Of($"spec.functions[{index}]"));
            }
        }

        return table;
    }

    private static string Endpoint(Compilation compilation, int endpoint) => ServerEndpoints.NameOf(compilation.Spec, endpoint);
}
