using CsCheck;

namespace Metron.Dataplane.Tests;

/// <summary>Real functions on several workers, with the test as the switch: both directions of a flow meet on one worker.</summary>
public sealed class SteeringTests
{
    private const int Workers = 4;

    [Fact]
    public void Each_flows_packets_are_seen_by_one_worker_only_and_return_to_their_client() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 2], Gen.Byte[1, 5], Gen.UShort[1024, 65535]).Array[1, 60].Sample(
            flows =>
            {
                var program = Chains.Line(SampleChain.Functions).Spread(Workers);
                using var rig = new WorkerRig(Workers).Deploy(program);
                foreach (var (isV6, kind, host, port) in flows.DistinctBy(flow => (flow.Item1, flow.Item2, flow.Item3, flow.Item4)))
                {
                    var protocol = kind switch { 0 => IpProtocol.Tcp, 1 => IpProtocol.Udp, _ => IpProtocol.Icmp };
                    Converse(rig, program, SampleChain.Client(isV6, protocol, host, port));
                }

                // One worker has made two entries per flow that may be cached, no other any.
                Assert.DoesNotContain(rig.Statistics.Workers, worker => worker.Drops.Count > 0);
            },
            iter: 60,
            threads: 1);

    [Fact]
    public void All_workers_get_their_share_of_TCP_connections()
    {
        var program = Chains.Line(SampleChain.Functions).Spread(Workers);
        // Linux gives connect() even ports only.
        var tags = Enumerable.Range(0, 64).Select(i => program.Steer(0, new PacketHeaders { Protocol = IpProtocol.Tcp, SourcePort = (ushort)(32768 + (2 * i)) }));
        Assert.Equal([16, 16, 16, 16], tags.GroupBy(tag => tag.Worker).Select(group => group.Count()));
    }

    private static void Converse(WorkerRig rig, NetworkFunctions.Chains.ResidualProgram program, FrameBuilder client)
    {
        var worker = -1;
        for (var round = 0; round < 3; round++)
        {
            var flags = round == 0 ? TcpFlags.Syn : TcpFlags.Acknowledgement;
            var sent = client with { TcpFlags = flags };
            var atServer = Frames.Read(Pass(rig, program, 0, sent, ref worker));
            Assert.Equal(client.Source.IsV6 ? SampleChain.Outside6 : SampleChain.Outside, atServer.Source);
            Assert.Equal((SampleChain.Gateway, 63), (atServer.EthernetDestination, atServer.TimeToLive));
            var reply = SampleChain.Reply(atServer, round == 0 ? TcpFlags.Syn | TcpFlags.Acknowledgement : TcpFlags.Acknowledgement);
            var atClient = Frames.Read(Pass(rig, program, 1, reply, ref worker));
            Assert.Equal((client.Source, client.SourcePort), (atClient.Destination, atClient.DestinationPort));
            Assert.Equal(client.Destination, atClient.Source);
            Assert.Equal(SampleChain.ClientHost, atClient.EthernetDestination);
        }
    }

    /// <summary>Carries a frame from an endpoint through the worker that the switch would choose, which must be the flow's.</summary>
    private static byte[] Pass(WorkerRig rig, NetworkFunctions.Chains.ResidualProgram program, int endpoint, FrameBuilder frame, ref int worker)
    {
        var headers = Frames.Read(frame.Build());
        var tag = program.Steer(endpoint, headers);
        worker = worker < 0 ? tag.Worker : worker;
        Assert.Equal(worker, tag.Worker);
        var sent = rig.MustPass((frame with { Vlan = (ushort)tag.Value }).Build(), tag.Worker);
        Assert.Equal((int)(endpoint == 0 ? Chains.FarEgress : Chains.ClientEgress), Frames.Vlan(sent));
        return sent;
    }
}
