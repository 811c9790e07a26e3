using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

public sealed class FragmentTests
{
    [Fact]
    public void Fragments_ask_each_time_without_ports_and_are_never_cached()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        var whole = new FrameBuilder { Vlan = (ushort)Chains.ClientTag };
        byte[][] frames = [(whole with { Fragment = 0x2000 }).Build(), (whole with { Fragment = 0x2010 }).Build(), (whole with { Fragment = 0x0020 }).Build()];
        Assert.Equal(6, rig.PassAll([.. frames, .. frames]).Count);
        Assert.Equal((6ul, 0ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowsCreated));
        var asked = ((ScriptedFunction)rig.Function("chain", 1, "pass")).Asked;
        Assert.All(asked, headers => Assert.Equal((true, 0, 0), (headers.IsFragment, headers.SourcePort, headers.DestinationPort)));
    }

    [Fact]
    public void A_fragment_does_not_touch_the_entry_of_its_flow()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(ScriptedConfiguration.Pass("pass")));
        var whole = new FrameBuilder { Vlan = (ushort)Chains.ClientTag, Protocol = IpProtocol.Gre, Payload = new byte[20] };
        rig.PassAll([whole.Build(), (whole with { Fragment = 0x2000 }).Build(), whole.Build()]);
        Assert.Equal((2ul, 1ul), (rig.Worker.SlowPathPackets, rig.Worker.FlowEntries));
    }

    [Fact]
    public void The_transport_checksum_of_a_datagram_in_fragments_stays_right_when_its_address_changes()
    {
        var function = new ScriptedConfiguration("nat", (_, ref packet, port) =>
        {
            packet.Headers.Source = IpAddress.Parse("198.51.100.1");
            return Verdict.ForwardOnce(1 - port, 0);
        });
        using var rig = new WorkerRig().Deploy(Chains.Line(function));
        var datagram = new FrameBuilder { Vlan = (ushort)Chains.ClientTag, Payload = [.. Enumerable.Range(0, 64).Select(i => (byte)i)] };
        var expected = datagram with { Vlan = (ushort)Chains.FarEgress, Source = IpAddress.Parse("198.51.100.1") };
        // The first fragment carries the whole datagram's checksum over the first 40 bytes of it.
        var first = rig.Pass(First(datagram))!;
        Assert.Equal(First(expected), first);
    }

    private static byte[] First(FrameBuilder datagram)
    {
        var frame = datagram.Build()[..(18 + 20 + 40)];
        frame[21] = 60;
        frame[24] = 0x20;
        frame[28] = frame[29] = 0;
        var checksum = FrameBuilder.NaiveChecksum(frame.AsSpan(18, 20));
        frame[28] = (byte)(checksum >> 8);
        frame[29] = (byte)checksum;
        return frame;
    }
}
