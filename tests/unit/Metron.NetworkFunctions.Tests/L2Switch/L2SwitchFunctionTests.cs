using Metron.NetworkFunctions.L2Switch;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.L2Switch;

public sealed class L2SwitchFunctionTests
{
    private static readonly L2SwitchConfiguration Configuration = new("lan")
    {
        SwitchPorts = ["one", "two", "rest"],
        Hosts = [new L2SwitchHost(MacAddress.Parse("02:00:00:00:00:01"), 0), new L2SwitchHost(MacAddress.Parse("02:00:00:00:00:02"), 1)],
    };

    [Theory]
    [InlineData("02:00:00:00:00:01", 1, null, 0)]
    [InlineData("02:00:00:00:00:02", 0, null, 1)]
    [InlineData("02:00:00:00:00:09", 0, 2, 2)]
    [InlineData("ff:ff:ff:ff:ff:ff", 1, 2, 2)]
    public void A_frame_goes_unchanged_to_the_port_of_its_destination_or_to_the_default(string destination, int from, int? other, int expected)
    {
        var (verdict, frame) = Show(destination, from, other);
        Assert.Equal(Verdict.ForwardOnce(expected, expected), verdict);
        Assert.Equal(Frame(destination), frame);
    }

    [Theory]
    [InlineData("02:00:00:00:00:09", 0, null, DropReason.UnknownMac)]
    [InlineData("02:00:00:00:00:01", 0, null, DropReason.RouteToIngress)]
    [InlineData("02:00:00:00:00:09", 2, 2, DropReason.RouteToIngress)]
    public void What_is_for_nobody_or_for_where_it_came_from_is_dropped(string destination, int from, int? other, DropReason expected) =>
        Assert.Equal(Verdict.Drop(expected), Show(destination, from, other).Verdict);

    [Fact]
    public void Nothing_is_allocated_for_a_frame_and_what_was_counted_lives_on()
    {
        var older = new L2SwitchFunction(Configuration);
        var frame = Frame("02:00:00:00:00:02");
        for (var i = 0; i < 2; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var packet = new FramePacket(frame, 0, frame.Length, 14, 0);
            older.ProcessFrame(ref packet, 0);
            Assert.True(i == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }

        var function = new L2SwitchFunction(Configuration);
        function.Adopt(older);
        var report = new FunctionReport();
        function.Report(new TestWorker(function), report);
        Assert.Equal((2, 0), (report.Counters["forwarded"], report.Counters["unknown"]));
    }

    [Fact]
    public void Only_ports_that_the_table_names_are_possible()
    {
        var declaration = L2SwitchDeclaration.Declare(Configuration);
        Assert.Equal([0, 1, 3], declaration.Ports[2].Stages[0].Default.Outcomes);
        Assert.Equal("routeToIngress", declaration.Ports[0].Treatments[0].DropReason);
        Assert.Equal([0, 1, 2], L2SwitchDeclaration.Declare(Configuration with { DefaultPort = 2 }).Ports[0].Stages[0].Default.Outcomes);
    }

    private static (Verdict Verdict, byte[] Frame) Show(string destination, int from, int? other)
    {
        var frame = new FrameInBuffer(Frame(destination));
        return (frame.Show(new L2SwitchFunction(Configuration with { DefaultPort = other }), from), frame.Frame);
    }

    private static byte[] Frame(string destination) =>
        [.. destination.Split(':').Select(octet => Convert.ToByte(octet, 16)), 2, 0, 0, 0, 0, 7, 8, 0, 0x45, 0, 0, 20];
}
