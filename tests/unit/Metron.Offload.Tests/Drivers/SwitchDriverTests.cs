using CsCheck;

namespace Metron.Offload.Tests.Drivers;

public sealed class SwitchDriverTests
{
    public static TheoryData<string> Names => [.. TestProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Lowered_rules_treat_every_packet_as_the_chains_rules_do(string name)
    {
        var profile = TestProfiles.All.First(profile => profile.Name == name);
        var lowered = 0;
        Gen.Select(RandomChainRules.Chains, RandomChainRules.Packets.Array[60]).Sample(
            (chain, packets) =>
            {
                var result = SwitchDriver.Lower(chain.Rules, profile);
                if (!result.IsComplete)
                {
                    Assert.Empty(result.Rules);
                    Assert.All(result.Problems, problem => Assert.NotEmpty(problem.Message));
                    return;
                }

                Interlocked.Increment(ref lowered);
                if (!profile.Tables.IsEmpty)
                {
                    Assert.Null(ProfileConformance.Refused(result.Rules, profile));
                }

                var (written, compiled) = (new TableInterpreter(chain.Rules), new TableInterpreter(result.Rules));
                foreach (var packet in packets)
                {
                    Assert.Equal(written.Run(packet).Outputs, compiled.Run(packet).Outputs);
                }
            },
            iter: 100);
        Assert.True(lowered > 5, $"{lowered} of 100 chains fitted");
    }
}
