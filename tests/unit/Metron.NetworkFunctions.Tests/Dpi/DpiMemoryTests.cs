using System.Text;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Runtime;
using static Metron.NetworkFunctions.Tests.Dpi.InspectedTraffic;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dpi;

public class DpiMemoryTests
{
    [Fact]
    public void Inspecting_packets_allocates_nothing_whether_they_match_or_not()
    {
        var function = new DpiFunction(
            With(Alert("abc"), Deny("forbidden"), new DpiRule("both", [Content("xx"), Content("yy")])), new WorkerResources());
        var packets = new List<(FlowPacket Packet, int Port)>();
        for (var port = 1; port <= 50; port++)
        {
            var toServer = Tcp(Client, port, Server, 80, Ack);
            packets.Add((Packet(toServer with { TcpFlags = SynAck }, [], 0, 1), Inside));
            packets.Add((Packet(toServer, Encoding.ASCII.GetBytes("abc xx"), 1), Inside));
            packets.Add((Packet(toServer, Encoding.ASCII.GetBytes("late yy"), 20), Inside));
            packets.Add((Packet(toServer, Encoding.ASCII.GetBytes("fills the gap"), 7), Inside));
            packets.Add((Packet(toServer.Reply(), Encoding.ASCII.GetBytes("forbidden"), 1), Outside));
            packets.Add((Packet(toServer, Encoding.ASCII.GetBytes("denied"), 27), Inside));
            packets.Add((Packet(Udp(Client, port, Server, 53), Encoding.ASCII.GetBytes("abc yy xx")), Inside));
        }

        var flows = new TestWorker(function);
        var now = 1_000_000L;
        for (var round = 0; round < 3; round++)
        {
            now += 10_000_000; // every flow of the round before has expired
            function.Age(now, flows, 100_000);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var denied = 0;
            for (var i = 0; i < packets.Count; i++)
            {
                var packet = packets[i].Packet;
                packet.Now = now;
                denied += function.Process(ref packet, packets[i].Port).IsDrop ? 1 : 0;
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(100, denied);
            Assert.True(round == 0 || allocated == 0, $"{allocated} bytes in round {round}");
        }
    }
}
