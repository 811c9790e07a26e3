using CsCheck;
using Metron.OpenFlow;

namespace Metron.Offload.Tests.Drivers;

/// <summary>Changing rules of a single table, message by message.</summary>
public sealed class ConsistentUpdateTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_packet_ever_meets_a_mixture_of_two_revisions(bool upwards)
    {
        var tried = 0;
        Gen.Select(RandomChainRules.Chains, RandomChainRules.Chains, RandomChainRules.Packets.Array[25], Gen.Int[1, int.MaxValue]).Sample(
            (before, after, packets, seed) =>
            {
                var old = SwitchDriver.Lower(before.Rules, TestProfiles.Single, new TableBudget { UpperRange = !upwards });
                var next = SwitchDriver.Lower(after.Rules, TestProfiles.Single, new TableBudget { UpperRange = upwards });
                var isComposed = new[] { old, next }.All(lowered => lowered.IsComplete && lowered.Rules.Any(rule => TableLayout.IsComposed(rule.Flow.Priority)));
                if (!isComposed || old.Rules.Count + next.Rules.Count > 150)
                {
                    return;
                }

                Interlocked.Increment(ref tried);
                Follow(old.Rules, next.Rules, packets, new Random(seed));
            },
            iter: 60);
        Assert.True(tried > 5, $"{tried} of 60");
    }

    /// <summary>Packets from endpoints only: those from servers meet rules of their own, which tags tell apart.</summary>
    private static void Follow(IReadOnlyList<SwitchRule> old, IReadOnlyList<SwitchRule> next, TestPacket[] packets, Random random)
    {
        var (first, last) = (new TableInterpreter(old), new TableInterpreter(next));
        var arriving = packets.Where(packet => packet.InPort <= 2).ToList();
        var rules = old.ToDictionary(rule => RuleIdentity.Of(rule.Flow));
        var byFlow = next.GroupBy(rule => RuleIdentity.Of(rule.Flow)).ToDictionary(group => group.Key, group => group.First());
        var change = SwitchDiff.Compare(next, old.Select(rule => new InstalledRule(rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match, rule.Flow.Cookie, rule.Flow.Instructions)));
        foreach (var message in change.Phases.SelectMany(phase => phase.FlowMods.OrderBy(_ => random.Next())))
        {
            if (message.Command == FlowModCommand.Add)
            {
                rules[RuleIdentity.Of(message)] = byFlow[RuleIdentity.Of(message)];
            }
            else
            {
                rules.Remove(RuleIdentity.Of(message));
            }

            var now = new TableInterpreter([.. rules.Values]);
            foreach (var packet in arriving)
            {
                var outputs = now.Run(packet).Outputs;
                Assert.True(
                    outputs.SequenceEqual(first.Run(packet).Outputs) || outputs.SequenceEqual(last.Run(packet).Outputs),
                    $"{packet} is treated as neither revision does after {message}");
            }
        }

        Assert.Equal(next.Select(rule => RuleIdentity.Of(rule.Flow)).ToHashSet(), [.. rules.Keys]);
    }
}
