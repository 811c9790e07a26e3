using Metron.Controller.Reconciliation;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.Controller.Tests.Switches;

/// <summary>What the rules of a switch cost in memory when they are read back, however many they are.</summary>
[Collection(MemoryCollection.Name)]
public sealed class RuleMemoryTests(ITestOutputHelper output)
{
    private const int RuleCount = 100_000;

    /// <summary>
    /// An <see cref="InstalledRule"/> of 48 bytes, a <see cref="CountedRule"/> of 40, and 8 for its place in the list: 96. A decoded match and its instructions would
    /// be some 500 more. The rest is for what the runtime and earlier tests of the process do meanwhile: 34 was seen.
    /// </summary>
    private const int MostBytesPerRule = 192;

    [Fact]
    public async Task Rules_that_are_as_intended_are_kept_without_their_match_and_instructions()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { TableCount = 4, RulesPerPart = 400, RememberedMessages = 10 });
        var rules = Enumerable.Range(0, RuleCount).Select(Intended).ToList();
        rules.ForEach(rule => emulated.Install(rule.Flow));
        var intended = new IntendedRules(rules, ResourceSet.Empty);
        await using var connection = await new OpenFlowConnector(emulated.Listen()).ConnectAsync();
        ISwitchConnection link = new SwitchConnection(connection);

        // What a first reading costs once is no cost of rules.
        Assert.Equal(RuleCount, await CountAsync(link));
        await Task.Yield();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var read = await ReadAsync(link, intended);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;

        // What the reading itself holds is on the stack below, until this goes on elsewhere.
        await Task.Yield();
        var kept = (GC.GetTotalMemory(forceFullCollection: true) - before) / RuleCount;

        output.WriteLine($"{kept} bytes kept for each rule, {allocated / RuleCount} allocated, those of the emulated switch included");
        Assert.Equal((RuleCount, 0, 0), (read.Count, read.ForeignNotKept, read.LeftOverNotKept));
        Assert.InRange(kept, 40, MostBytesPerRule);
        Assert.True(SwitchDiff.Compare(rules, read.Select(rule => rule.Rule)).IsEmpty);
    }

    [Fact]
    public void Rules_of_others_are_kept_up_to_a_limit_and_counted_beyond_it_but_for_those_in_the_place_of_ours()
    {
        var wanted = Intended(7);
        var sieve = new RuleSieve(new IntendedRules([wanted], ResourceSet.Empty));
        for (var i = 0; i < RuleSieve.MostOthers + 500; i++)
        {
            sieve.Add(new CountedRule(Installed(Intended(1000 + i).Flow with { Cookie = 5 }), 0, 0));
            sieve.Add(new CountedRule(Installed(Intended(1000 + i).Flow), 0, 0));
        }

        var conflicting = Installed(wanted.Flow with { Cookie = 5 });
        sieve.Add(new CountedRule(conflicting, 3, 4));
        sieve.Add(new CountedRule(conflicting, 3, 4));

        var read = sieve.ToRules();
        Assert.Equal((500, 500, (2 * RuleSieve.MostOthers) + 1), (read.ForeignNotKept, read.LeftOverNotKept, read.Count));
        Assert.Equal(new CountedRule(conflicting, 3, 4), read[^1]);
        Assert.Equal(wanted, Assert.Single(SwitchDiff.Compare([wanted], read.Select(rule => rule.Rule)).Conflicts));
    }

    [Fact]
    public void A_rule_that_does_something_else_keeps_what_it_does()
    {
        var wanted = Intended(7);
        var sieve = new RuleSieve(new IntendedRules([wanted], ResourceSet.Empty));
        var altered = Installed(wanted.Flow with { Instructions = [new GotoTableInstruction(9)] });
        sieve.Add(new CountedRule(altered, 0, 0));
        Assert.Equal(altered, Assert.Single(sieve.ToRules()).Rule);
    }

    private static async Task<int> CountAsync(ISwitchConnection link)
    {
        var count = 0;
        await foreach (var _ in link.StreamRulesAsync(FlowFilter.All, CancellationToken.None))
        {
            count++;
        }

        return count;
    }

    private static async Task<ReadRules> ReadAsync(ISwitchConnection link, IntendedRules intended)
    {
        var sieve = new RuleSieve(intended);
        await foreach (var rule in link.StreamRulesAsync(FlowFilter.All, CancellationToken.None))
        {
            sieve.Add(rule);
        }

        return sieve.ToRules();
    }

    private static SwitchRule Intended(int number) => new(
        new FlowMod
        {
            Table = 1,
            Priority = 10,
            Cookie = new Cookie(1, 1, 0).Value,
            Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.IpProtocol(6), OxmField.Ipv4Destination(new System.Net.IPAddress(number), prefixLength: 32), OxmField.TcpDestination(80)),
            Instructions = [new GotoTableInstruction(2)],
        },
        RuleRole.Stage,
        "edge",
        "a rule");

    private static InstalledRule Installed(FlowMod flow) => new(flow.Table, flow.Priority, flow.Match, flow.Cookie, flow.Instructions);
}

/// <summary>Tests that weigh the memory of the process run by themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "memory";
}
