using System.Runtime.CompilerServices;
using System.Text;
using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration.Tests;

/// <summary>What switch and servers are told for sample chains, as text to be reviewed. METRON_UPDATE_GOLDEN=1 rewrites the files.</summary>
public class GoldenProgramTests
{
    public static TheoryData<string, TagKind, int> Cases => new()
    {
        { "web", TagKind.Vlan, 2 },
        { "web", TagKind.Mac, 3 },
        { "web", TagKind.QinQ, 2 },
        { "web", TagKind.Mpls, 2 },
        { "web", TagKind.Dscp, 2 },
        { "filter", TagKind.Vlan, 2 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rules_and_programs_are_those_of_the_golden_file(string chain, TagKind tagKind, int workers)
    {
        var spec = (chain == "web" ? SampleChains.Web() : SampleChains.Filter()) with { DscpMayBeLost = tagKind == TagKind.Dscp };
        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, SampleChains.Inventory(tagKind, workers)));
        Assert.NotNull(result.Plan);
        var text = Describe(result.Plan);

        var path = Path.Combine(Directory(), "Golden", $"{chain}-{tagKind.ToString().ToLowerInvariant()}-{workers}.txt");
        if (Environment.GetEnvironmentVariable("METRON_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }

    private static string Describe(ChainPlan plan)
    {
        var text = new StringBuilder();
        text.Append("# classes\n");
        foreach (var planned in plan.Classes)
        {
            var egress = planned.Egress < 0 ? "dropped" : plan.Spec.Endpoints[planned.Egress].Name;
            text.Append($"{planned.Id}: {plan.Spec.Endpoints[planned.Ingress].Name} -> {egress}, {planned.DecidedBy.ToString().ToLowerInvariant()}: ");
            text.Append(string.Join("; ", planned.Path)).Append('\n');
        }

        text.Append("# rules\n");
        foreach (var rule in ChainPrograms.IntendedRules(plan.Switch, [plan], []))
        {
            text.Append($"{rule}  # {rule.Role.ToString().ToLowerInvariant()}: {rule.Purpose}");
            text.Append(rule.ClassId > 0 ? $", class {rule.ClassId}" : "").Append('\n');
        }

        foreach (var (server, program) in ChainPrograms.ResidualPrograms(plan))
        {
            text.Append($"# program of {server}\n");
            text.Append("functions ").Append(string.Join(' ', program.Functions.Select(function => function.Name))).Append('\n');
            foreach (var tag in program.IngressTags)
            {
                text.Append($"ingress {tag.Value} worker {tag.Worker} endpoint {tag.Endpoint} entry {tag.Entry.Function}.{tag.Entry.Port} ");
                text.Append($"{tag.Steering} & 0x{tag.SteeringMask:x} in {string.Join(' ', tag.SteeringValues)}\n");
            }

            foreach (var tag in program.EgressTags)
            {
                text.Append($"egress {tag.Value} endpoint {tag.Endpoint} peer {tag.PeerMac} {(tag.IsEgress ? "both" : "ingress only")}\n");
            }

            foreach (var wire in program.Wires)
            {
                text.Append($"wire {wire.From.Function}.{wire.From.Port} -> ");
                text.Append(wire.ToEndpoint >= 0 ? $"endpoint {wire.ToEndpoint}\n" : $"{wire.To.Function}.{wire.To.Port}\n");
            }

            foreach (var residual in program.Classes)
            {
                text.Append($"class {residual.Id} {residual.Ingress} -> {residual.Egress}: ");
                text.Append(string.Join(' ', residual.Decisions.Select(decision => $"{decision.Function}={decision.Outcome}"))).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Directory([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
