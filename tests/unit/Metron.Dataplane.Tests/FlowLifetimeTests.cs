using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>How flow entries age, make room, and are asked about by functions.</summary>
public sealed class FlowLifetimeTests
{
    private static readonly FrameBuilder Udp = new() { Vlan = (ushort)Chains.ClientTag };

    private static readonly ScriptedConfiguration Stateful = new("state", (_, ref packet, port) =>
    {
        packet.DependOn(packet.Headers.SourcePort);
        packet.DependOn(99_999);
        return Verdict.Forward(1 - port, 0);
    });

    [Fact]
    public void An_idle_entry_goes_and_tells_when_it_was_last_used_and_by_how_much()
    {
        using var rig = new WorkerRig(idleTimeout: TimeSpan.FromSeconds(2)).Deploy(Chains.Line(Stateful));
        var function = (ScriptedFunction)rig.Function("chain", 1, "state");
        rig.PassAll([Udp.Build(), Udp.Build(), Udp.Build()]);
        var lastSeen = rig.Time.Nanoseconds / 1_000_000;
        rig.Idle(TimeSpan.FromSeconds(1.5));
        Assert.Empty(function.Detached);
        rig.Idle(TimeSpan.FromSeconds(1.5));
        var length = (ulong)(Udp with { Vlan = null }).Build().Length;
        Assert.Equal(2, function.Detached.Count);
        Assert.All(function.Detached, detached => Assert.Equal((2ul, 2 * length), (detached.Packets, detached.Bytes)));
        Assert.All(function.Detached, detached => Assert.InRange(detached.LastSeen, lastSeen - 2, lastSeen));
        Assert.Equal((1ul, 0ul), (rig.Worker.FlowsExpired, rig.Worker.FlowEntries));
    }

    [Fact]
    public void A_flow_in_use_stays()
    {
        using var rig = new WorkerRig(idleTimeout: TimeSpan.FromSeconds(2)).Deploy(Chains.Line(Stateful));
        for (var i = 0; i < 10; i++)
        {
            rig.Pass(Udp.Build());
            rig.Idle(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((1ul, 0ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowsExpired));
    }

    [Fact]
    public void A_full_table_makes_room_and_loses_no_packet()
    {
        using var rig = new WorkerRig(maximumFlows: 1024).Deploy(Chains.Line(Stateful));
        var function = (ScriptedFunction)rig.Function("chain", 1, "state");
        for (ushort port = 1; port <= 3000; port++)
        {
            Assert.NotNull(rig.Pass((Udp with { SourcePort = port }).Build()));
        }

        var worker = rig.Worker;
        Assert.Equal((1024ul, 3000ul - 1024, 3000ul), (worker.FlowEntries, worker.FlowsEvicted, worker.FlowsCreated));
        Assert.Equal(2048, function.Live.Count);
        // The newest flows are there still.
        rig.Pass((Udp with { SourcePort = 3000 }).Build());
        Assert.Equal(3000ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_burst_of_more_new_flows_than_fit_is_forwarded_whole()
    {
        using var rig = new WorkerRig(maximumFlows: 1024).Deploy(Chains.Line(Stateful));
        var frames = Enumerable.Range(1, 4000).Select(port => (Udp with { SourcePort = (ushort)port }).Build()).ToList();
        var sent = rig.PassAll([.. frames, .. frames]);
        Assert.Equal([.. frames.Concat(frames).Select(frame => Frames.WithVlan(frame, Chains.FarEgress))], sent);
    }

    [Fact]
    public void A_function_learns_when_its_flows_were_used_and_drops_them_without_being_told()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(Stateful, Stateful with { Name = "other" }));
        var function = (ScriptedFunction)rig.Function("chain", 1, "state");
        var other = (ScriptedFunction)rig.Function("chain", 1, "other");
        rig.PassAll([Udp.Build(), Udp.Build()]);
        var used = rig.Time.Nanoseconds / 1_000_000;
        var flow = function.Attached[0].Flow;
        long seen = -1;
        ulong packets = 0;
        ulong bytes = 0;
        function.OnAge = (_, flows) =>
        {
            seen = flows.LastSeen(flow);
            flows.ReadCounters(flow, out packets, out bytes);
        };
        rig.Idle(TimeSpan.FromMilliseconds(200));
        Assert.InRange(seen, used - 2, used);
        Assert.Equal((1ul, (ulong)(Udp with { Vlan = null }).Build().Length), (packets, bytes));

        function.OnAge = (_, flows) =>
        {
            flows.Remove(flow);
            flows.Remove(flow);
            flows.Remove(FlowReference.None);
            seen = flows.LastSeen(flow);
        };
        rig.Idle(TimeSpan.FromMilliseconds(200));
        Assert.Equal(long.MinValue, seen);
        Assert.Empty(function.Detached);
        Assert.Equal(2, other.Detached.Count);
        function.Live.Clear();
        rig.Pass(Udp.Build());
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void Every_function_is_asked_to_age_at_least_every_100_ms()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line([.. Enumerable.Range(0, 120).Select(i => Stateful with { Name = $"f{i}" })]));
        rig.Idle(TimeSpan.FromMilliseconds(1000));
        Assert.All(Enumerable.Range(0, 120), i => Assert.InRange(((ScriptedFunction)rig.Function("chain", 1, $"f{i}")).Ages, 10, 100));
    }

    [Fact]
    public void A_path_with_more_dependencies_than_fit_is_forwarded_but_not_cached()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line([.. Enumerable.Range(0, 12).Select(i => Stateful with { Name = $"f{i}" })]));
        Assert.Equal(2, rig.PassAll([Udp.Build(), Udp.Build()]).Count);
        Assert.Equal((2ul, 0ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowEntries));
    }
}
