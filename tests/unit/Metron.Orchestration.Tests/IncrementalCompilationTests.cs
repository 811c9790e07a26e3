using System.Text.Json;
using CsCheck;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Chains compiled from what the revision before was compiled to: nobody can tell, but by the time it takes.</summary>
public class IncrementalCompilationTests
{
    private static readonly Gen<FirewallRule> Rule = Gen.Select(
        Gen.OneOf("", "", "a", "b"), RandomChains.Match, Gen.Bool, Gen.Frequency((3, default(int?)), (1, 0), (1, 1)),
        (name, match, allow, port) => new FirewallRule(name, match, allow, port));

    private static readonly Gen<(int Kind, int At, int Other, FirewallRule Rule)> Edit = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 1000], Gen.Int[0, 1000], Rule);

    private static readonly Gen<FirewallConfiguration> Firewall = Gen.Select(
        Gen.Bool, Gen.Bool, (stateful, allow) => new FirewallConfiguration("fw") { Stateful = stateful, AllowByDefault = allow });

    [Fact]
    public void A_chain_compiled_after_edits_is_the_chain_compiled_from_nothing() =>
        Gen.Select(Firewall, Rule.List[1, 25], Edit.List[1, 3].List[1, 6]).Sample(
            (firewall, rules, revisions) =>
            {
                CompiledChain? warm = null;
                ChainPlan? plan = null;
                var routes = SampleChains.Router().Routes.ToList();
                foreach (var (edits, revision) in revisions.Prepend([]).Select((edits, index) => (edits, index + 1)))
                {
                    foreach (var edit in edits)
                    {
                        Apply(edit, rules, routes);
                    }

                    var spec = Chain(firewall with { Rules = [.. rules] }, routes);
                    warm = CompiledChain.Of(SampleChains.Copy(spec), warm);
                    Assert.Equal(Describe(CompiledChain.Of(SampleChains.Copy(spec))), Describe(warm));

                    var stored = plan is null ? null : PlanJson.Read(PlanJson.Write(plan));
                    plan = Plan(spec, plan, revision);
                    Assert.Equal(PlanJson.Write(Plan(SampleChains.Copy(spec), stored, revision)), PlanJson.Write(plan));
                }
            },
            iter: 60);

    [Fact]
    public void What_did_not_change_is_the_same_object_after_an_edit()
    {
        var spec = SampleChains.Web();
        var before = CompiledChain.Of(spec);
        var firewall = (FirewallConfiguration)spec.Functions[0];
        var edited = SampleChains.Copy(spec with { Functions = [firewall with { Rules = [.. firewall.Rules.Skip(1)] }, .. spec.Functions.Skip(1)] });

        var after = CompiledChain.Of(edited, before);

        Assert.NotSame(before.Graph.Functions[0], after.Graph.Functions[0]);
        Assert.Same(before.Graph.Functions[1], after.Graph.Functions[1]);
        Assert.Same(before.Spec.Functions[1], after.Spec.Functions[1]);
    }

    [Fact]
    public void Validation_planning_and_warnings_share_one_compilation()
    {
        var spec = SampleChains.Web();

        Assert.Empty(ChainValidator.Validate(spec, SampleChains.Inventory(), []));
        var compiled = CompiledChain.IfKnown(spec);

        Assert.NotNull(compiled);
        Assert.Same(compiled.Warnings, ChainWarnings.Of(spec));
        Assert.Same(compiled, PlanMeaning.Of(Plan(spec, null, 1)).Chain);
    }

    private static void Apply((int Kind, int At, int Other, FirewallRule Rule) edit, List<FirewallRule> rules, List<Route> routes)
    {
        var (at, other) = (edit.At % rules.Count, edit.Other % rules.Count);
        switch (edit.Kind)
        {
            case 0:
                rules.Insert(at, edit.Rule);
                break;
            case 1 when rules.Count > 1:
                rules.RemoveAt(at);
                break;
            case 2:
                (rules[at], rules[other]) = (rules[other], rules[at]);
                break;
            case 3:
                rules[at] = rules[at] with { Allow = !rules[at].Allow };
                break;
            case 4:
                rules[at] = rules[at] with { Name = edit.Rule.Name };
                break;
            case 5:
                routes.RemoveAll(route => route.Prefix.Length == 24);
                routes.Add(new Route(new IpPrefix(new IpAddress(0x0a090000u + ((uint)edit.At << 8), false), 24), new NextHop(0, SampleChains.ClientMac)));
                break;
            default:
                rules[at] = edit.Rule;
                break;
        }
    }

    private static ChainSpec Chain(FirewallConfiguration firewall, List<Route> routes)
    {
        var web = SampleChains.Web();
        return web with { Functions = [firewall, SampleChains.Router() with { Routes = [.. routes] }, web.Functions[2]] };
    }

    private static string Describe(CompiledChain chain) => string.Join(
        '\n',
        [
            JsonSerializer.Serialize(chain.Spec, PlanJson.Options),
            $"{chain.Warnings.Count} warnings",
            .. chain.Warnings.First.Select(warning => warning.ToString()),
            .. chain.Contents.Select(content => $"{content.AsWritten} {content.AsRun}"),
            JsonSerializer.Serialize(chain.Synthesis.Classes, PlanJson.Options),
            .. (chain.Synthesis.Arrivals ?? new Dictionary<GraphNode, HeaderSpace>()).Select(arrival => $"{arrival.Key} {arrival.Value.Cubes.Count}"),
            .. from path in chain.SwitchPart.Paths
               from stage in path.Stages
               from segment in stage.Segments
               from line in segment.Rules.Select((rule, index) => $"{segment.Depths[index]} {rule.Match} {rule.Action} {rule.Purpose} {rule.Expanded.Content}")
                   .Append($"{segment.Table} {segment.Content}")
               select line,
        ]);

    private static ChainPlan Plan(ChainSpec spec, ChainPlan? previous, long revision) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, revision, SampleChains.Inventory()) { Previous = previous, Held = previous is null ? [] : [previous] }).Plan!;
}
