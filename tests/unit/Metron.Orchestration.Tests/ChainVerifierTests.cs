using CsCheck;
using Metron.NetworkFunctions.Chains;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>What the planner makes of chains is proven, not sampled.</summary>
public class ChainVerifierTests
{
    [Theory]
    [InlineData(TagKind.Vlan, 1)]
    [InlineData(TagKind.Vlan, 2)]
    [InlineData(TagKind.Vlan, 3)]
    [InlineData(TagKind.Vlan, 8)]
    [InlineData(TagKind.Mac, 2)]
    [InlineData(TagKind.QinQ, 1)]
    [InlineData(TagKind.QinQ, 3)]
    [InlineData(TagKind.Mpls, 1)]
    [InlineData(TagKind.Mpls, 3)]
    [InlineData(TagKind.Dscp, 1)]
    [InlineData(TagKind.Dscp, 3)]
    public void The_sample_chains_are_verified(TagKind kind, int workers)
    {
        foreach (var spec in new[] { SampleChains.Web(), SampleChains.Filter(), SampleChains.Filter() with { PassNeighborDiscovery = true } })
        {
            AssertVerified(Plan(spec with { DscpMayBeLost = kind == TagKind.Dscp }, SampleChains.Inventory(kind, workers)));
        }
    }

    [Fact]
    public void A_chain_with_every_kind_of_function_is_verified() =>
        AssertVerified(Plan(SampleChains.Everything(), SampleChains.Inventory(TagKind.Mac)));

    [Fact]
    public void Random_chains_are_verified() =>
        Gen.Select(RandomChains.Chain, Gen.Int[1, 5]).Sample(
            (spec, workers) => AssertVerified(Plan(spec, SampleChains.Inventory(workers: workers))), iter: 150);

    [Fact]
    public void Without_time_packets_are_tried_for_every_part()
    {
        var plan = Plan(SampleChains.Web(), SampleChains.Inventory());
        var verification = ChainVerifier.Verify(plan, new EquivalenceBudget(TimeSpan.Zero, TimeProvider.System));
        Assert.Equal(VerificationVerdict.VerifiedBySampling, verification.Verdict);
        Assert.True(verification.Samples >= 400, $"{verification.Samples}");
    }

    internal static ChainPlan Plan(ChainSpec spec, Inventory inventory)
    {
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        return ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!;
    }

    internal static EquivalenceBudget Budget() => new(TimeSpan.FromMinutes(2), TimeProvider.System);

    private static void AssertVerified(ChainPlan plan)
    {
        var verification = ChainVerifier.Verify(plan, Budget());
        Assert.True(
            verification.Verdict == VerificationVerdict.Verified,
            $"{verification.Verdict} {verification.Problem} {verification.Counterexample} {verification.Samples}");
    }
}
