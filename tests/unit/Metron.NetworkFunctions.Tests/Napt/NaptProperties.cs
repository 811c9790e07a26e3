using CsCheck;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

/// <summary>Random hosts talk through workers that share nothing but the switch's rule for choosing among them.</summary>
public class NaptProperties
{
    private const ushort Mask = 0b110; // four values for the workers to own

    [Theory]
    [InlineData(false, 0, 0)]
    [InlineData(true, 0, 0)]
    [InlineData(false, 16, 0)]
    [InlineData(false, 8, 2)]
    [InlineData(false, 0, 20)]
    public void No_two_inside_endpoints_have_the_same_outside_endpoint_and_every_reply_finds_back(bool isV6, int blockSize, int limit) =>
        Gen.Select(Gen.Int[1, 4], Step.Array[1, 400]).Sample(
            (workerCount, steps) =>
            {
                var configuration = new NaptConfiguration("nat")
                {
                    Pool = isV6 ? [] : [Range("198.51.100.1", "198.51.100.2")],
                    Pool6 = isV6 ? [Range("2001:db8::1", "2001:db8::2")] : [],
                    OutsidePorts = new(1000, 1199),
                    PortBlockSize = blockSize,
                    MaxBlocksPerHost = limit,
                };
                var workers = Enumerable.Range(0, workerCount)
                    .Select(worker => new WorkerResources { HashSeed = (ulong)worker })
                    .Select(resources => new TestWorker(NetworkFunctionFactory.Create(configuration, resources))
                    {
                        SteeringMask = workerCount > 1 ? Mask : (ushort)0,
                    })
                    .ToArray();
                var bindings = new Bindings();
                foreach (var (kind, host, port, seconds) in steps)
                {
                    Play(workers, bindings, Packet(isV6, kind, host, port));
                    foreach (var worker in workers)
                    {
                        worker.Wait(TimeSpan.FromSeconds(seconds));
                    }

                    bindings.Wait(seconds);
                }
            },
            iter: 60);

    // Mostly no waiting, sometimes long enough for bindings to expire.
    private static Gen<(int Kind, int Host, int Port, int Seconds)> Step =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 5], Gen.Int[1, 80], Gen.Int[0, 400].Select(seconds => seconds < 380 ? 0 : seconds));

    private static PacketHeaders Packet(bool isV6, int kind, int host, int port)
    {
        var inside = isV6 ? $"fd00::{host}" : $"10.0.0.{host}";
        var peer = isV6 ? "2001:db8:5::5" : "203.0.113.5";
        return kind switch
        {
            0 => Udp(inside, port, peer, 53),
            1 => Tcp(inside, port, peer, 80, Syn),
            _ => Ping(inside, peer, port),
        };
    }

    private static void Play(TestWorker[] workers, Bindings bindings, PacketHeaders packet)
    {
        var worker = Steer(workers, packet, packet.SourcePort);
        var sent = worker.Send(packet, Inside);
        if (worker.Verdict.IsDrop)
        {
            Assert.Equal(DropReason.PortsExhausted, worker.Verdict.Reason);
            return;
        }

        bindings.Check((packet.Source, packet.Protocol, packet.SourcePort), (sent.Source, packet.Protocol, sent.SourcePort));
        var reply = sent.Protocol == IpProtocol.Tcp ? sent.Reply(SynAck) : sent.Reply();
        var replyWorker = Steer(workers, reply, reply.DestinationPort);
        Assert.Same(worker, replyWorker);
        var received = replyWorker.Pass(reply, Outside);
        Assert.Equal((packet.Source, packet.SourcePort), (received.Destination, received.DestinationPort));
        Assert.Equal((packet.Destination, packet.DestinationPort), (received.Source, received.SourcePort));
    }

    /// <summary>The switch: TCP and UDP by bits of the client-side port, everything else to the owner of value 0.</summary>
    private static TestWorker Steer(TestWorker[] workers, PacketHeaders packet, ushort port) =>
        packet.Protocol is IpProtocol.Tcp or IpProtocol.Udp ? workers[((port & Mask) >> 1) % workers.Length] : workers[0];

    /// <summary>The bindings that must still be there, by what was seen: idle for less than the shortest timeout.</summary>
    private sealed class Bindings
    {
        private const int ShortestTimeout = 60;
        private readonly Dictionary<(IpAddress, byte, ushort), ((IpAddress, byte, ushort) Inside, int Used)> _outside = [];
        private int _now;

        public void Wait(int seconds) => _now += seconds;

        public void Check((IpAddress, byte, ushort) inside, (IpAddress, byte, ushort) outside)
        {
            if (_outside.TryGetValue(outside, out var known) && known.Inside != inside)
            {
                Assert.True(_now - known.Used >= ShortestTimeout, $"{outside} was given to {known.Inside} and to {inside}");
            }

            foreach (var other in _outside.Where(pair => pair.Value.Inside == inside && pair.Key != outside).ToArray())
            {
                Assert.True(_now - other.Value.Used >= ShortestTimeout, $"{inside} has two outside endpoints");
                _outside.Remove(other.Key);
            }

            _outside[outside] = (inside, _now);
        }
    }
}
