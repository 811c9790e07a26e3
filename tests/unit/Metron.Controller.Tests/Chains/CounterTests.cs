using Metron.Controller.Chains;

namespace Metron.Controller.Tests.Chains;

public class CounterTests
{
    [Fact]
    public async Task Classes_that_the_switch_decides_are_counted_by_its_rules_also_over_its_restart()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");

        atSwitch.Count(rule => rule.Table > 0, 10);
        var counted = await controller.WhenAsync("edge", chain => chain.Status.TrafficClasses.All(c => c.Packets > 0));
        controller.Switches.Disconnect("br0", atSwitch, "restarted");
        atSwitch.Forget();
        await controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Degraded);
        atSwitch.Connect(controller);
        await controller.ReadyAsync("edge");
        atSwitch.Count(rule => rule.Table > 0, 1);
        var after = await controller.WhenAsync("edge", chain => chain.Status.TrafficClasses[0].Packets > counted.Status.TrafficClasses[0].Packets);

        Assert.All(counted.Status.TrafficClasses, c => Assert.Equal("switch", c.DecidedBy));
        Assert.All(counted.Status.TrafficClasses, c => Assert.Equal(c.Packets * 100, c.Bytes));
        Assert.Equal(counted.Status.TrafficClasses[0].Packets * 11 / 10, after.Status.TrafficClasses[0].Packets);
    }

    [Fact]
    public async Task Classes_that_servers_decide_are_counted_by_load_reports_without_the_tag_also_over_restarts()
    {
        using var folder = new TemporaryFolder();
        var atSwitch = new FakeSwitch();
        IReadOnlyCollection<V1.DeployedChain> running;
        uint id;
        await using (var before = await ControllerUnderTest.StartAsync(folder))
        {
            atSwitch.Connect(before);
            await using var agent = await FakeAgent.ConnectAsync(before);
            await before.CreateAsync(Specs.Monitor());
            id = (await before.ReadyAsync("web")).Status.TrafficClasses[0].Id;
            await agent.ReportAsync(Load(id, (0, 5, 500), (1, 7, 700)));
            await before.WhenAsync("web", chain => chain.Status.TrafficClasses[0].Packets == 12);

            // A new agent counts from 0.
            await agent.ReportAsync(Load(id, (0, 1, 100), (1, 7, 700)));
            await before.WhenAsync("web", chain => chain.Status.TrafficClasses[0] is { Packets: 13, Bytes: 1300 - (13 * 4) });
            running = [.. agent.Running.Values];
        }

        await using var after = await ControllerUnderTest.StartAsync(folder);
        atSwitch.Connect(after);
        await using var returned = await FakeAgent.ConnectAsync(after, running: running);
        await returned.ReportAsync(Load(id, (0, 2, 200), (1, 8, 800)));

        await after.WhenAsync("web", chain => chain.Status.TrafficClasses[0] is { Packets: 15, Bytes: 1500 - (15 * 4) });
    }

    [Fact]
    public void Reports_of_two_revisions_are_told_apart_and_those_of_unknown_chains_left_out()
    {
        var book = new CounterBook();
        var load = new V1.ServerLoad { Server = "s1" };
        foreach (var (chain, revision, packets) in new[] { ("web", 1L, 3UL), ("web", 2L, 4UL), ("other", 1L, 5UL) })
        {
            load.Chains.Add(new V1.ChainLoad
            {
                Chain = chain,
                Revision = revision,
                Classes = { new V1.ClassLoad { TrafficClass = 1, Counters = new V1.Counters { Packets = packets, Bytes = packets * 60 } } },
            });
        }

        book.TakeLoad(load, (chain, revision) => chain == "web" ? (revision, false) : null);

        Assert.Equal((3UL, 180UL), book.Read("web", 1)[1]);
        Assert.Equal((4UL, 240UL), book.Read("web", 2)[1]);
        Assert.Empty(book.Read("other", 1));
        book.KeepOnly(new HashSet<(string, long)> { ("web", 2) });
        Assert.Empty(book.Read("web", 1));
        Assert.NotEmpty(book.Read("web", 2));
    }

    private static V1.ServerLoad Load(uint id, params (uint Worker, ulong Packets, ulong Bytes)[] counts) => new()
    {
        Chains =
        {
            new V1.ChainLoad
            {
                Chain = "web",
                Classes =
                {
                    counts.Select(count => new V1.ClassLoad
                    {
                        TrafficClass = id,
                        Worker = count.Worker,
                        Counters = new V1.Counters { Packets = count.Packets, Bytes = count.Bytes },
                    }),
                },
            },
        },
    };
}
