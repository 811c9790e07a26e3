using CsCheck;
using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using Metron.Packets.Hashing;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Napt;

/// <summary>Random hosts talk to random peers through flow groups that share nothing, and that a NIC's hash chooses among.</summary>
public class NaptHashProperties
{
    // Mostly no waiting, sometimes long enough for bindings to expire.
    private static readonly Gen<(bool IsTcp, int Host, int Port, int Peer, int Seconds)> Step = Gen.Select(
        Gen.Bool, Gen.Int[1, 6], Gen.Int[1, 60], Gen.Int[1, 12], Gen.Int[0, 400].Select(seconds => seconds < 395 ? 0 : seconds));

    // Any pattern of 16 bits is symmetric when repeated; not all of them give every flow group ports.
    private static readonly Gen<byte[]> Keys = Gen.Select(Gen.Bool, Gen.Byte, Gen.Byte, (isUsual, first, second) =>
        isUsual ? Toeplitz.SymmetricKey.ToArray() : [.. Enumerable.Range(0, Toeplitz.ShortestKey).Select(i => i % 2 == 0 ? first : second)]);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 15)]
    public void No_two_bindings_collide_in_any_flow_group_and_every_reply_hashes_to_its_binding(bool isV6, int limit)
    {
        var passed = 0;
        Gen.Select(Gen.Int[0, 6], Keys, Step.Array[1, 300]).Sample(
            (bits, key, steps) =>
            {
                var nic = new Nic(key, 1 << bits, isV6, limit);
                foreach (var (isTcp, host, port, peer, seconds) in steps)
                {
                    nic.Play(Packet(isV6, isTcp, host, port, peer));
                    nic.Wait(seconds);
                }

                Interlocked.Add(ref passed, nic.Passed);
            },
            iter: 40);
        Assert.True(passed > 1000, $"only {passed} packets found a port");
    }

    [Fact]
    public void A_binding_keeps_its_parity_and_its_port_where_the_hash_lets_it()
    {
        var alike = new Nic(Toeplitz.SymmetricKey.ToArray(), 64, "198.51.100.1", new PortRange(1024, 65535));
        var other = new Nic(Toeplitz.SymmetricKey.ToArray(), 64, "198.51.100.1", new PortRange(1024, 65535));
        for (var port = 2000; port < 2400; port++)
        {
            // This inside address adds the same to the hash as the outside one, so each port brings its own replies back.
            Assert.Equal(port, alike.Play(Udp("100.1.198.51", port, "203.0.113.5", 53)));
            Assert.Equal(port & 1, other.Play(Udp("10.0.0.1", port, "203.0.113.5", 53)) & 1);
        }
    }

    [Fact]
    public void Flow_groups_give_out_the_same_port_towards_different_peers()
    {
        var nic = new Nic(Toeplitz.SymmetricKey.ToArray(), 64, "198.51.100.1", new PortRange(1024, 2047));
        var random = new Random(1);
        for (var flow = 0; flow < 20_000; flow++)
        {
            nic.Play(Udp($"10.0.{random.Next(256)}.{random.Next(256)}", random.Next(1024, 65536), $"203.0.{random.Next(256)}.{random.Next(256)}", 53));
        }

        // One address without flow groups has 1,024 ports.
        Assert.Equal(20_000, nic.Passed);
    }

    [Fact]
    public void Pings_pass_only_where_the_reply_comes_back_by_itself()
    {
        var nic = new Nic(Toeplitz.SymmetricKey.ToArray(), 8, "198.51.100.1", new PortRange(1024, 65535));
        var outcomes = Enumerable.Range(1, 200).Select(host => nic.Play(Ping($"10.0.0.{host}", "203.0.113.5", 7)) >= 0).ToList();
        Assert.InRange(outcomes.Count(passed => passed), 200 / 16, 200 / 4);
    }

    [Fact]
    public void A_binding_whose_replies_go_elsewhere_is_replaced()
    {
        var dispatch = Dispatch(Toeplitz.SymmetricKey.ToArray(), 64);
        var packet = Udp("10.0.0.1", 4000, "203.0.113.5", 53);
        var worker = new TestWorker(Function(new NaptConfiguration("nat") { Pool = [Range("198.51.100.1", "198.51.100.1")] }))
        {
            FlowGroup = dispatch.GroupOf(in packet),
        };
        Assert.Equal(4000, worker.Pass(packet, Inside).SourcePort); // by tag
        worker.EvictFlows();
        worker.Dispatch = dispatch;
        var sent = worker.Pass(packet, Inside);
        Assert.NotEqual(4000, sent.SourcePort);
        Assert.Equal(worker.FlowGroup, dispatch.GroupOf(sent.Reply()));
        Assert.Equal(4000, worker.Pass(sent.Reply(), Outside).DestinationPort);
    }

    private static HashDispatch Dispatch(byte[] key, int groups) => new(new FrameHash(new Toeplitz(key), HashTypes.All), groups);

    private static PacketHeaders Packet(bool isV6, bool isTcp, int host, int port, int peer)
    {
        var inside = isV6 ? $"fd00::{host}:{host * 77}" : $"10.{host * 3}.0.{host}";
        var outside = isV6 ? $"2001:db8:5::{peer % 4}" : $"203.0.113.{peer % 4}";
        return isTcp ? Tcp(inside, port, outside, 80 + (peer / 4), Syn) : Udp(inside, port, outside, 50 + (peer / 4));
    }

    /// <summary>The flow groups, and the hash in front of them.</summary>
    private sealed class Nic
    {
        private const int ShortestTimeout = 60;
        private readonly Toeplitz _toeplitz;
        private readonly TestWorker[] _groups;
        private readonly Dictionary<(IpAddress, ushort, IpAddress, ushort, byte), ((IpAddress, ushort) Inside, int Used)> _seen = [];
        private int _now;

        public Nic(byte[] key, int groups, bool isV6, int limit)
            : this(key, groups, new NaptConfiguration("nat")
            {
                Pool = isV6 ? [] : [Range("198.51.100.1", "198.51.100.2")],
                Pool6 = isV6 ? [Range("2001:db8::1", "2001:db8::2")] : [],
                OutsidePorts = new(1000, 1199),
                MaxBlocksPerHost = limit,
            })
        {
        }

        public Nic(byte[] key, int groups, string outside, PortRange ports)
            : this(key, groups, new NaptConfiguration("nat") { Pool = [Range(outside, outside)], OutsidePorts = ports })
        {
        }

        private Nic(byte[] key, int groups, NaptConfiguration configuration)
        {
            Assert.Empty(HashDispatchCheck.Problems([configuration], HashTypes.All));
            _toeplitz = new Toeplitz(key);
            var dispatch = Dispatch(key, groups);
            _groups = [.. Enumerable.Range(0, groups).Select(group =>
                new TestWorker(NetworkFunctionFactory.Create(configuration, new WorkerResources { HashSeed = (ulong)group }))
                {
                    Dispatch = dispatch,
                    FlowGroup = group,
                })];
        }

        /// <summary>Packets that went out and were answered.</summary>
        public int Passed { get; private set; }

        public void Wait(int seconds)
        {
            _now += seconds;
            foreach (var group in seconds > 0 ? _groups : [])
            {
                group.Wait(TimeSpan.FromSeconds(seconds));
            }
        }

        /// <summary>Sends a packet from inside, and its reply from outside; returns the outside port, or -1 when it was dropped.</summary>
        public int Play(PacketHeaders packet)
        {
            var group = Steer(packet);
            var sent = group.Send(packet, Inside);
            if (group.Verdict.IsDrop)
            {
                Assert.Equal(packet.IcmpKind == IcmpKind.None ? DropReason.PortsExhausted : DropReason.UnsupportedProtocol, group.Verdict.Reason);
                return -1;
            }

            var reply = sent.Protocol == IpProtocol.Tcp ? sent.Reply(SynAck) : sent.Reply();
            Assert.Same(group, Steer(reply));
            var received = group.Pass(reply, Outside);
            Assert.Equal((packet.Source, packet.SourcePort), (received.Destination, received.DestinationPort));
            Assert.Equal((packet.Destination, packet.DestinationPort), (received.Source, received.SourcePort));
            CheckUnique(packet, sent);
            Passed++;
            return sent.SourcePort;
        }

        /// <summary>Over all flow groups: what a peer sees of two inside endpoints differs.</summary>
        private void CheckUnique(PacketHeaders packet, PacketHeaders sent)
        {
            var seen = (sent.Source, sent.SourcePort, sent.Destination, sent.DestinationPort, sent.Protocol);
            var inside = (packet.Source, packet.SourcePort);
            Assert.False(
                _seen.TryGetValue(seen, out var known) && known.Inside != inside && _now - known.Used < ShortestTimeout,
                $"{seen} is {known.Inside} and {inside}");
            _seen[seen] = (inside, _now);
        }

        private TestWorker Steer(PacketHeaders packet) =>
            _groups[_toeplitz.Hash(in packet, packet.Protocol is IpProtocol.Tcp or IpProtocol.Udp) & (uint)(_groups.Length - 1)];
    }
}
