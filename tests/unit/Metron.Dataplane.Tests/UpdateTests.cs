using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>Revisions next to each other, take-over of state, and undeployment.</summary>
public sealed class UpdateTests
{
    private static readonly FrameBuilder Udp = new() { Vlan = (ushort)Chains.ClientTag };

    private static readonly ScriptedConfiguration Stateful = new("nat", (_, ref packet, port) =>
    {
        packet.DependOn(1);
        return Verdict.Forward(1 - port, 0);
    });

    [Fact]
    public void A_new_revision_runs_next_to_the_old_one_and_takes_its_state_over()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, Stateful, ScriptedConfiguration.Pass("gone")));
        rig.Deploy(Revision2(Stateful, ScriptedConfiguration.Pass("new")));
        var older = rig.Function("chain", 1, "nat");
        Assert.Equal([older], ((ScriptedFunction)rig.Function("chain", 2, "nat")).Adopted);
        Assert.Empty(((ScriptedFunction)rig.Function("chain", 2, "new")).Adopted);
        Assert.Equal((int)Chains.FarEgress, Frames.Vlan(rig.Pass(Udp.Build())));
        Assert.Equal(302, Frames.Vlan(rig.Pass((Udp with { Vlan = 301 }).Build())));
    }

    [Fact]
    public void A_chain_of_another_name_takes_nothing_over()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, Stateful));
        rig.Deploy(Revision2(Stateful) with { Chain = "other" });
        Assert.Empty(((ScriptedFunction)rig.Function("other", 2, "nat")).Adopted);
    }

    [Fact]
    public void Only_the_newest_of_those_that_share_state_ages_it()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, Stateful));
        var older = (ScriptedFunction)rig.Function("chain", 1, "nat");
        rig.Idle(TimeSpan.FromMilliseconds(200));
        Assert.InRange(older.Ages, 2, 300);
        rig.Deploy(Revision2(Stateful));
        var newer = (ScriptedFunction)rig.Function("chain", 2, "nat");
        var before = older.Ages;
        rig.Idle(TimeSpan.FromMilliseconds(200));
        Assert.Equal(before, older.Ages);
        Assert.InRange(newer.Ages, 2, 300);

        // The new revision is withdrawn: the old one takes the state back and is responsible again.
        rig.Undeploy("chain", 2);
        Assert.Equal([newer], older.Adopted);
        rig.Idle(TimeSpan.FromMilliseconds(200));
        Assert.InRange(older.Ages, before + 2, before + 300);
    }

    [Fact]
    public void Undeploying_drops_the_revisions_flows_and_tells_its_functions()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, Stateful));
        rig.Deploy(Revision2(Stateful));
        var older = (ScriptedFunction)rig.Function("chain", 1, "nat");
        var newer = (ScriptedFunction)rig.Function("chain", 2, "nat");
        for (ushort port = 1; port <= 300; port++)
        {
            rig.PassAll([(Udp with { SourcePort = port }).Build(), (Udp with { SourcePort = port, Vlan = 301 }).Build()]);
        }

        Assert.Equal((300, 300), (older.Live.Count, newer.Live.Count));
        rig.Undeploy("chain", 1);
        Assert.Equal((0, 300), (older.Live.Count, newer.Live.Count));
        Assert.Equal(300ul, rig.Worker.FlowEntries);
        Assert.Null(rig.Pass(Udp.Build()));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.Undeployed]);
        var slow = rig.Worker.SlowPathPackets;
        Assert.NotNull(rig.Pass((Udp with { SourcePort = 7, Vlan = 301 }).Build()));
        Assert.Equal(slow, rig.Worker.SlowPathPackets);
    }

    [Fact]
    public void A_tag_may_be_used_again_after_undeployment_and_finds_no_old_flow()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, Stateful));
        rig.PassAll([Udp.Build(), Udp.Build()]);
        rig.Undeploy("chain", 1);
        var program = Chains.Line("chain", 2, Stateful) with { EgressTags = [new EgressTag(1, 777, null)] };
        rig.Deploy(program);
        Assert.Equal(777, Frames.Vlan(rig.Pass(Udp.Build())));
        Assert.Equal(2ul, rig.Worker.SlowPathPackets);
        Assert.Equal(1ul, rig.Statistics.Programs.Single().Classes.Single(item => item.ClassId == 7).Count.Packets);
    }

    [Fact]
    public void A_NAPT_keeps_its_bindings_through_an_update()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line("chain", 1, SampleChain.Functions));
        var client = SampleChain.Client(false, IpProtocol.Udp, 5, 40000);
        var before = Frames.Read(rig.Pass((client with { Vlan = (ushort)Chains.ClientTag }).Build()));
        rig.Deploy(Revision2(SampleChain.Functions));
        var reply = SampleChain.Reply(before);
        Assert.Equal(client.Source, Frames.Read(rig.Pass((reply with { Vlan = (ushort)Chains.FarTag }).Build())).Destination);
        Assert.Equal(client.Source, Frames.Read(rig.Pass((reply with { Vlan = 303 }).Build())).Destination);
        var after = Frames.Read(rig.Pass((client with { Vlan = 301 }).Build()));
        Assert.Equal((before.Source, before.SourcePort), (after.Source, after.SourcePort));

        rig.Undeploy("chain", 1);
        Assert.Equal(client.Source, Frames.Read(rig.Pass((reply with { Vlan = 303 }).Build())).Destination);
        rig.Idle(TimeSpan.FromSeconds(2));
        Assert.Equal(client.Source, Frames.Read(rig.Pass((reply with { Vlan = 303 }).Build())).Destination);
    }

    [Fact]
    public void Two_chains_keep_apart_flows_of_the_same_addresses_and_ports()
    {
        var one = new ScriptedConfiguration("a", (_, ref packet, port) =>
        {
            packet.Headers.DestinationPort = 1111;
            return Verdict.Forward(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line("one", 1, one));
        rig.Deploy(Revision2(ScriptedConfiguration.Pass("b")) with { Chain = "two" });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1111, Frames.Read(rig.Pass(Udp.Build())).DestinationPort);
            Assert.Equal(53, Frames.Read(rig.Pass((Udp with { Vlan = 301 }).Build())).DestinationPort);
        }
    }

    /// <summary>Revision 2 with tags of its own: 301 and 303 in, 302 and 304 out.</summary>
    private static ResidualProgram Revision2(params NetworkFunctions.NetworkFunctionConfiguration[] functions)
    {
        var program = Chains.Line("chain", 2, functions);
        return program with
        {
            IngressTags = [program.IngressTags[0] with { Value = 301 }, program.IngressTags[1] with { Value = 303 }],
            EgressTags = [new EgressTag(0, 304, null), new EgressTag(1, 302, null)],
        };
    }
}
