using Metron.Offload.Tests;

namespace Metron.Orchestration.Tests;

/// <summary>Every broken compiler is caught, by a packet that shows it.</summary>
public class BrokenCompilerTests
{
    public static TheoryData<string> Names => [.. BrokenCompilers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_compiler_is_refuted_by_a_packet_that_shows_it(string name)
    {
        var compiler = BrokenCompilers.All[name];
        var right = Compiled.Of(ChainVerifierTests.Plan(compiler.Spec(), SampleChains.Inventory(compiler.TagKind)));
        Assert.Equal(VerificationVerdict.Verified, Verify(right).Verdict);

        var broken = compiler.Break(right);
        var verification = Verify(broken);
        Assert.Equal(VerificationVerdict.Refuted, verification.Verdict);
        var example = verification.Counterexample!;
        Assert.NotEqual(example.Written, example.Compiled);
        if (compiler.IsSeenBySwitch)
        {
            // Which of the two is right, the proof above and the tests of the switch's behaviour say.
            Assert.NotNull(example.Headers);
            Assert.NotEqual(Run(right, example), Run(broken, example));
        }
    }

    [Fact]
    public void Every_rule_but_those_that_say_what_the_default_says_is_missed()
    {
        var right = Compiled.Of(ChainVerifierTests.Plan(BrokenCompilers.All["negation lost"].Spec(), SampleChains.Inventory()));
        foreach (var missing in right.Rules)
        {
            var broken = right with { Rules = [.. right.Rules.Where(rule => !ReferenceEquals(rule, missing))] };
            var verification = Verify(broken);

            // What no rule matches is dropped, so a rule that drops at the end is not missed.
            var isMissed = verification.Verdict == VerificationVerdict.Refuted;
            Assert.True(isMissed || missing.Flow.Instructions.IsEmpty, $"{missing} ({missing.Purpose})");
            Assert.True(!isMissed || Run(right, verification.Counterexample!) != Run(broken, verification.Counterexample!), $"{missing}: {verification.Counterexample}");
        }
    }

    [Fact]
    public void What_is_not_understood_is_said()
    {
        var right = Compiled.Of(ChainVerifierTests.Plan(SampleChains.Filter(), SampleChains.Inventory()));
        var verification = Verify(right.ChangeFirst(_ => true, flow => flow with { Instructions = [new OpenFlow.ClearActionsInstruction()] }));
        Assert.Equal(VerificationVerdict.NotVerifiable, verification.Verdict);
        Assert.Contains("clear_actions", verification.Problem, StringComparison.Ordinal);
    }

    private static ChainVerification Verify(Compiled compiled) =>
        ChainVerifier.Verify(compiled.Plan, compiled.Rules, compiled.Groups, compiled.Programs, ChainVerifierTests.Budget());

    /// <summary>What a plain interpreter of OpenFlow tables does with the packet.</summary>
    private static string Run(Compiled compiled, Counterexample example)
    {
        var headers = example.Headers!.Value;
        var packet = new TestPacket(example.Port, headers)
        {
            Vlan = headers.Vlan == 0 ? null : (ushort)(headers.Vlan & 0xfff),
            IsServiceVlan = headers.Vlan != 0 && compiled.Plan.TagKind == NetworkFunctions.Chains.TagKind.QinQ,
            Label = headers.OtherEtherType == 0x8847 ? headers.MplsLabel : null,
            EthernetSource = headers.SourceMac,
            EthernetDestination = headers.DestinationMac,
            OtherEthernetType = headers.OtherEtherType == 0 ? null : headers.OtherEtherType,
        };
        try
        {
            var verdict = new TableInterpreter(compiled.Rules).Run(packet);
            return string.Join("; ", verdict.Outputs.Select(output => $"{output.Port}: {output.Packet}"));
        }
        catch (Xunit.Sdk.XunitException refused)
        {
            return refused.Message;
        }
    }
}
