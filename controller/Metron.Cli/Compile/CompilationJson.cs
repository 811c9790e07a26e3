using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.Cli.Compile;

/// <summary>A compiled chain for programs.</summary>
internal static class CompilationJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One chain as an object, several as an array; with a final line feed.</summary>
    public static string Of(IReadOnlyList<Compilation> compiled) =>
        (compiled.Count == 1 ? Of(compiled[0]) : (JsonNode)new JsonArray([.. compiled.Select(Of)])).ToJsonString(Indented) + "\n";

    private static JsonObject Of(Compilation compilation)
    {
        var plan = compilation.Plan;
        var product = compilation.CountNaively();
        var result = new JsonObject
        {
            ["chain"] = compilation.Spec.Name,
            ["switch"] = plan.Switch,
            ["tagging"] = CompilationReport.TagName(plan.TagKind),
            ["server"] = plan.Placement?.Server,
            ["workers"] = new JsonArray([.. (plan.Placement?.Workers ?? []).Select(worker => JsonValue.Create(worker.Index))]),
            ["singleWorkerReason"] = plan.Steering.SingleWorkerReason,
            ["hasAllClasses"] = plan.HasAllClasses,
            ["verification"] = Verification(compilation.Verify()),
            ["warnings"] = new JsonArray([.. compilation.Warnings.First.Select(warning => Warning(compilation, warning))]),
            ["warningsNotListed"] = compilation.Warnings.Count - compilation.Warnings.First.Count,
            ["naiveProduct"] = new JsonObject
            {
                ["switchRules"] = product.SwitchRules,
                ["isComplete"] = product.IsComplete,
            },
            ["trafficClasses"] = new JsonArray([.. plan.Classes.Select(planned => Class(compilation, planned))]),
            ["ingressTags"] = new JsonArray([.. plan.IngressTags.Select(tag => IngressTag(compilation, tag))]),
            ["egressTags"] = new JsonArray(
            [
                .. plan.EgressTags.Select(tag => new JsonObject
                {
                    ["value"] = tag.Value,
                    ["endpoint"] = ServerEndpoints.NameOf(compilation.Spec, tag.Endpoint),
                }),
            ]),
            ["switchRules"] = new JsonArray([.. compilation.Rules.Select(rule => Rule(compilation, rule))]),
            ["residualPrograms"] = Programs(compilation),
        };
        if (plan.Groups is { Count: > 0 } groups)
        {
            result["groups"] = new JsonArray([.. groups.Select(group => Group(compilation, group))]);
        }

        if (plan is { Profile: { } profile, Offload: { } offload })
        {
            result["profile"] = profile.Name;
            result["layout"] = offload.Layout;
            result["profileReasons"] = new JsonArray([.. offload.Reasons.Select(reason => JsonValue.Create(reason))]);
        }

        return result;
    }

    private static JsonObject Group(Compilation compilation, PlannedGroup group) => new()
    {
        ["number"] = group.Number,
        ["endpoint"] = ServerEndpoints.NameOf(compilation.Spec, group.Endpoint),
        ["use"] = JsonNamingPolicy.CamelCase.ConvertName(group.Use.ToString()),
        ["ports"] = new JsonArray([.. group.Ports.Select(port => JsonValue.Create(port))]),
        ["group"] = group.Number == 0 ? null : group.ToDescription().ToString(),
        ["note"] = group.Note,
    };

    private static JsonObject Verification(ChainVerification verification) => new()
    {
        ["result"] = JsonNamingPolicy.CamelCase.ConvertName(verification.Verdict.ToString()),
        ["samples"] = verification.Samples,
        ["counterexample"] = verification.Counterexample?.ToString(),
        ["problem"] = verification.Problem,
    };

    private static JsonObject Warning(Compilation compilation, ChainWarning warning) => new()
    {
        ["code"] = JsonNamingPolicy.CamelCase.ConvertName(warning.Code.ToString()),
        ["path"] = warning.Path,
        ["source"] = compilation.Source.Of(warning.Path),
        ["message"] = warning.Message,
        ["relatedPath"] = warning.RelatedPath.Length == 0 ? null : warning.RelatedPath,
    };

    private static JsonObject Class(Compilation compilation, PlannedClass planned) => new()
    {
        ["id"] = planned.Id,
        ["ingress"] = ServerEndpoints.NameOf(compilation.Spec, planned.Ingress),
        ["egress"] = planned.Egress < 0 ? null : ServerEndpoints.NameOf(compilation.Spec, planned.Egress),
        ["dropReason"] = planned.DropReason,
        ["decidedBy"] = planned.DecidedBy == DecidedBy.Switch ? "switch" : "server",
        ["isCertain"] = planned.IsCertain,
        ["path"] = new JsonArray([.. planned.Path.Select(step => JsonValue.Create(step))]),
    };

    private static JsonObject IngressTag(Compilation compilation, PlannedIngressTag tag)
    {
        var function = compilation.Spec.Functions[tag.Entry.Function];
        return new JsonObject
        {
            ["value"] = tag.Value,
            ["endpoint"] = ServerEndpoints.NameOf(compilation.Spec, tag.Endpoint),
            ["worker"] = tag.Worker.Index,
            ["switchPort"] = tag.Worker.SwitchPort,
            ["function"] = function.Name,
            ["port"] = function.Ports[tag.Entry.Port],
            ["field"] = tag.Field switch
            {
                SteeringField.SourcePort => "sourcePort",
                SteeringField.DestinationPort => "destinationPort",
                _ => null,
            },
            ["mask"] = (1 << (compilation.Plan.Steering.Bits + 1)) - 2,
            ["values"] = new JsonArray([.. tag.Values.Select(value => JsonValue.Create((int)value))]),
        };
    }

    private static JsonObject Rule(Compilation compilation, SwitchRule rule)
    {
        var path = RuleOrigins.OfRule(compilation.Spec, rule.Purpose);
        return new JsonObject
        {
            ["table"] = rule.Flow.Table,
            ["priority"] = rule.Flow.Priority,
            ["rule"] = rule.ToString(),
            ["purpose"] = rule.Purpose,
            ["trafficClass"] = rule.ClassId == 0 ? null : rule.ClassId,
            ["dropReason"] = rule.DropReason,
            ["path"] = path.Length == 0 ? null : path,
            ["source"] = path.Length == 0 ? null : compilation.Source.Of(path),
        };
    }

    private static JsonObject Programs(Compilation compilation)
    {
        var programs = new JsonObject();
        foreach (var (server, program) in compilation.Programs)
        {
            var message = ResidualProgramWriter.ToProto(program, compilation.Document.Chain.Spec.Functions);
            programs[server] = JsonNode.Parse(JsonFormatter.Default.Format(message));
        }

        return programs;
    }
}
