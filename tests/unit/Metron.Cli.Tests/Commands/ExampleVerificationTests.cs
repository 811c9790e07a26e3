using Metron.Cli.Compile;
using Metron.Cli.Specs;
using Metron.Cli.Tests.Fakes;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;
using Metron.Synthesis;

namespace Metron.Cli.Tests.Commands;

/// <summary>Every chain under deploy/examples is proven, whatever the number of workers.</summary>
public sealed class ExampleVerificationTests
{
    [Theory]
    [MemberData(nameof(CompileTests.Examples), MemberType = typeof(CompileTests))]
    public void An_example_is_verified_for_every_packet(string example)
    {
        var path = Path.Combine(TestFolder.Repository, "deploy", "examples", example);
        var document = Assert.Single(SpecFiles.Read([path], Stream.Null).Documents);
        var compiled = 0;
        foreach (var kind in new[] { TagKind.Vlan, TagKind.Mac })
        {
            foreach (var workers in new[] { 1, 2, 3, 8 })
            {
                // Without MAC addresses in the spec, a chain cannot be tagged by MAC address.
                if (Compilation.Of(document, new CompileOptions(kind, workers), out var problems) is not { } compilation)
                {
                    Assert.Equal(TagKind.Mac, kind);
                    Assert.All(problems, problem => Assert.Contains("MAC", problem.ToString(), StringComparison.Ordinal));
                    continue;
                }

                compiled++;
                var verification = ChainVerifier.Verify(compilation.Plan, new EquivalenceBudget(TimeSpan.FromMinutes(2), TimeProvider.System));
                Assert.True(verification.Verdict == VerificationVerdict.Verified, $"{kind} {workers}: {verification.Counterexample}{verification.Problem}");
            }
        }

        Assert.True(compiled >= 4);
    }
}
