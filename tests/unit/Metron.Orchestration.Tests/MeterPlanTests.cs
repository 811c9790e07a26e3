using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Policer;
using Metron.OpenFlow;

namespace Metron.Orchestration.Tests;

/// <summary>Limits of policers that meters of the switch enforce.</summary>
public class MeterPlanTests
{
    private static readonly PolicerLimit ByPackets = new("all", PacketMatch.Any, 500, 20) { InPackets = true, FromPort = 0 };

    [Fact]
    public void What_enters_by_the_endpoint_passes_the_meter_first_and_the_server_lets_it_pass()
    {
        var plan = Planned(Spec(ByPackets));

        var meter = Assert.Single(plan.Meters!);
        Assert.Equal("meter=19712,pktps,burst,band=type=drop,rate=500,burst_size=20", meter.ToDescription().ToString());
        var entrances = ChainPrograms.IntendedRules("br0", [plan], []).Where(rule => rule.Purpose == "ingress clients").ToList();
        Assert.NotEmpty(entrances);
        Assert.All(entrances, rule => Assert.Equal(new MeterInstruction(MeterPlanner.FirstNumber), rule.Flow.Instructions[0]));
        var limit = Assert.Single(ChainPrograms.ResidualPrograms(plan).Values.Single().Functions.OfType<PolicerConfiguration>()).Limits[0];
        Assert.True(limit.IsMetered(0));
        Assert.False(limit.IsMetered(1));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Fact]
    public void A_limit_for_both_directions_is_a_meter_at_each_endpoint()
    {
        var plan = Planned(Spec(ByPackets with { FromPort = null }));

        Assert.Equal([(0, MeterPlanner.FirstNumber), (1, MeterPlanner.FirstNumber + 1)], plan.Meters!.Select(meter => (meter.Endpoint, meter.Number)));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Theory]
    [InlineData(1_000_000, 3_000, 0, 1000u, 24u)]
    [InlineData(1_000_000, 1, 0, 1000u, 1u)]
    [InlineData(1_000_500, 3_000, 0, null, null)] // no whole kilobits
    [InlineData(1_000_000, 3_000, 7, null, null)] // the meter would count the VLAN header
    public void Bits_become_kilobits_where_that_is_exact(long rate, long burst, ushort vlan, uint? kilobits, uint? burstKilobits)
    {
        var spec = Spec(new PolicerLimit("all", PacketMatch.Any, rate, burst) { FromPort = 0 });
        var meter = MeterPlanner.Find(spec with { Endpoints = [spec.Endpoints[0] with { Vlan = vlan }, spec.Endpoints[1]] }).SingleOrDefault();

        Assert.Equal((kilobits, burstKilobits), (meter?.Rate, meter?.Burst));
    }

    [Fact]
    public void Limits_that_a_meter_at_the_entrance_cannot_tell_stay_with_the_policer()
    {
        Assert.Empty(MeterPlanner.Find(Spec(ByPackets with { PerFlow = true })));
        Assert.Empty(MeterPlanner.Find(Spec(ByPackets with { Match = PacketMatch.Any with { Protocol = new(17) } })));
        Assert.Empty(MeterPlanner.Find(Spec(ByPackets with { Match = PacketMatch.Any with { Protocol = new(17) } }, ByPackets)));
        Assert.Null(Planned(Spec(ByPackets), hasMeters: false).Meters);
    }

    [Fact]
    public void A_meter_that_stays_keeps_its_number_and_another_rate_gets_another()
    {
        var first = Planned(Spec(ByPackets));
        var renamed = Next(Spec(ByPackets with { Name = "other" }), first);
        var faster = Next(Spec(ByPackets with { Rate = 900 }), first);

        Assert.Equal(first.Meters![0].Number, renamed.Meters![0].Number);
        Assert.Equal(first.Meters![0].Number + 1, faster.Meters![0].Number);
        Assert.NotEqual(first.Digest, faster.Digest);
        Assert.Equal(first.Meters, PlanJson.Read(PlanJson.Write(first)).Meters);
    }

    [Theory]
    [InlineData("no meter")]
    [InlineData("another meter")]
    [InlineData("another limit")]
    [InlineData("not left out")]
    public void A_plan_whose_meters_do_not_do_what_the_server_leaves_out_is_refuted(string mistake)
    {
        var right = Compiled.Of(Planned(Spec(ByPackets)));
        var wrong = mistake switch
        {
            "no meter" => right.Change(_ => true, flow => flow with { Instructions = [.. flow.Instructions.Where(instruction => instruction is not MeterInstruction)] }),
            "another meter" => right.Change(
                _ => true, flow => flow with { Instructions = [.. flow.Instructions.Select(instruction => instruction is MeterInstruction ? new MeterInstruction(5) : instruction)] }),
            "another limit" => right with { Plan = right.Plan with { Meters = [right.Plan.Meters![0] with { Rate = 501 }] } },
            _ => right.ChangeProgram(program => program with { Functions = Spec(ByPackets).Functions }),
        };

        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(right.Plan, right.Rules, right.Programs, ChainVerifierTests.Budget()).Verdict);
        Assert.Equal(VerificationVerdict.Refuted, ChainVerifier.Verify(wrong.Plan, wrong.Rules, wrong.Programs, ChainVerifierTests.Budget()).Verdict);
    }

    private static ChainSpec Spec(params PolicerLimit[] limits) => new("limited")
    {
        Endpoints = [new ChainEndpoint("clients", "br0", 1), new ChainEndpoint("net", "br0", 2)],
        Functions = [new PolicerConfiguration("limit") { Limits = limits }],
        Links = [new ChainLink(new("clients", null), new("limit", null)), new ChainLink(new("limit", null), new("net", null))],
    };

    private static ChainPlan Planned(ChainSpec spec, bool hasMeters = true) => ChainPlanner.Plan(new PlanRequest(spec, 1, 1, Inventory(spec, hasMeters))).Plan!;

    private static ChainPlan Next(ChainSpec spec, ChainPlan before) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, 2, Inventory(spec, true)) { Previous = before, Held = [before] }).Plan!;

    private static Inventory Inventory(ChainSpec spec, bool hasMeters)
    {
        var inventory = VirtualInventory.For(spec, TagKind.Vlan, 2);
        return inventory with { Switches = [.. inventory.Switches.Select(target => target with { HasMeters = hasMeters })] };
    }
}
