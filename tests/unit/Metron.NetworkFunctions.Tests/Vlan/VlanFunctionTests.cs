using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tests.Tunnel;
using Metron.NetworkFunctions.Vlan;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Vlan;

public sealed class VlanFunctionTests
{
    private const int Inside = 0;
    private const int Outside = 1;
    private static readonly Dictionary<string, (byte[] Plain, byte[] Wrapped)> Vectors = TunnelFunctionTests.Read("frames.txt");

    [Theory]
    [InlineData("vlan-udp4")]
    [InlineData("vlan-tcp6")]
    [InlineData("vlan7-udp4")]
    [InlineData("vlan7-tcp6")]
    [InlineData("translate-udp4")]
    [InlineData("translate-tcp6")]
    public void A_frame_gets_the_header_that_scapy_gives_it_and_loses_it_on_the_way_back(string name)
    {
        var (plain, tagged) = Vectors[name];
        var function = new VlanFunction(Of(name));
        var frame = new FrameInBuffer(plain);
        Assert.Equal(Verdict.ForwardOnce(Outside, VlanDeclaration.Outward), frame.Show(function, Inside));
        Assert.Equal(Convert.ToHexString(tagged), Convert.ToHexString(frame.Frame));

        var back = new FrameInBuffer(tagged);
        Assert.Equal(Verdict.ForwardOnce(Inside, VlanDeclaration.Inward), back.Show(function, Outside));
        Assert.Equal(Convert.ToHexString(plain), Convert.ToHexString(back.Frame));
    }

    [Fact]
    public void Frames_of_another_vlan_and_those_without_one_are_dropped_whole()
    {
        var function = new VlanFunction(new VlanConfiguration("tag") { OutsideId = 20 });
        Assert.Equal(Verdict.Drop(DropReason.WrongVlan), new FrameInBuffer(Vectors["vlan7-udp4"].Wrapped).Show(function, Outside));
        Assert.Equal(Verdict.Drop(DropReason.WrongVlan), new FrameInBuffer(Vectors["vlan-udp4"].Plain).Show(function, Outside));
        Assert.Equal(Verdict.Drop(DropReason.WrongVlan), new FrameInBuffer(Vectors["vlan-udp4"].Wrapped[..17]).Show(function, Outside));
        Assert.False(new FrameInBuffer(Vectors["vlan-udp4"].Wrapped[..18]).Show(function, Outside).IsDrop);
    }

    [Fact]
    public void A_service_header_is_taken_and_stays_one_when_it_is_translated()
    {
        var tagged = Vectors["translate-udp4"].Plain.ToArray();
        (tagged[12], tagged[13]) = (0x88, 0xa8);
        var frame = new FrameInBuffer(tagged);
        Assert.False(frame.Show(new VlanFunction(Of("translate-udp4")), Inside).IsDrop);
        Assert.Equal((0x88, 0xa8, 0xb0, 20), (frame.Frame[12], frame.Frame[13], frame.Frame[14], frame.Frame[15]));
    }

    [Fact]
    public void Without_room_in_the_buffer_a_frame_is_dropped()
    {
        var function = new VlanFunction(new VlanConfiguration("tag") { OutsideId = 20 });
        Assert.Equal(Verdict.Drop(DropReason.TooBig), new FrameInBuffer(Vectors["vlan-udp4"].Plain, headroom: 0, tailroom: 3).Show(function, Inside));
    }

    [Fact]
    public void Sides_say_what_frames_they_have()
    {
        var vlan = new VlanConfiguration("tag") { OutsideId = 20 };
        Assert.Equal((LinkFrames.Ip, LinkFrames.Tagged), (vlan.FramesAt(Inside), vlan.FramesAt(Outside)));
        var function = new VlanFunction(vlan);
        Assert.Equal((true, false, true), (function.ChangesFrames, function.TakesRawFrames(Inside), function.TakesRawFrames(Outside)));
    }

    [Fact]
    public void What_was_counted_lives_on_and_nothing_is_allocated_for_a_frame()
    {
        var older = new VlanFunction(new VlanConfiguration("tag") { OutsideId = 20 });
        var plain = Vectors["vlan-udp4"].Plain;
        var buffer = new byte[512];
        for (var i = 0; i < 2; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            plain.CopyTo(buffer, 128);
            var packet = new FramePacket(buffer, 128, plain.Length, 14, 0);
            older.ProcessFrame(ref packet, Inside);
            older.ProcessFrame(ref packet, Outside);
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }

        var function = new VlanFunction(new VlanConfiguration("tag") { OutsideId = 20 });
        function.Adopt(older);
        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        Assert.Equal((2, 2, 0), (report.Counters["added"], report.Counters["removed"], report.Counters["translated"]));
    }

    private static VlanConfiguration Of(string name) => name.Split('-')[0] switch
    {
        "vlan7" => new VlanConfiguration("tag") { OutsideId = 4094, Priority = 7 },
        "translate" => new VlanConfiguration("tag") { InsideId = 10, OutsideId = 20 },
        _ => new VlanConfiguration("tag") { OutsideId = 20 },
    };
}
