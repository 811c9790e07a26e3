using System.Runtime.InteropServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Tunnel;

namespace Metron.Dataplane.Tests;

public sealed class AllocationTests
{
    private const int FrameBytes = 256;
    private const int Headroom = 96;

    [Fact]
    public void A_million_packets_allocate_nothing_on_the_workers_thread()
    {
        using var loop = new Loop(
            Enumerable.Range(0, 2000).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Udp, (byte)(1 + (i % 50)), (ushort)(1024 + i)) with
            {
                Vlan = (ushort)Chains.ClientTag,
            }));
        // Flows are made, code is compiled in all its tiers, ageing runs.
        loop.Pass(300_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = loop.Pass(1_000_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_000_000, sent);
    }

    [Fact]
    public void The_slow_path_allocates_nothing_either_once_its_flows_are_known()
    {
        // SYNs ask every function each time, and make an entry anew or remove one.
        using var loop = new Loop(
            Enumerable.Range(0, 500).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Tcp, (byte)(1 + (i % 50)), (ushort)(1024 + i)) with
            {
                Vlan = (ushort)Chains.ClientTag,
                TcpFlags = i % 3 == 0 ? TcpFlags.Syn : TcpFlags.Acknowledgement,
            }));
        loop.Pass(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        loop.Pass(100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Packets_through_a_tunnel_allocate_nothing_either()
    {
        var tunnel = new TunnelConfiguration("tunnel") { Local = IpAddress.Parse("203.0.113.1"), Remote = IpAddress.Parse("203.0.113.2") };
        using var loop = new Loop(
            Enumerable.Range(0, 500).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Udp, (byte)(1 + (i % 50)), (ushort)(1024 + i)) with
            {
                Vlan = (ushort)Chains.ClientTag,
            }),
            Chains.Line(SampleChain.Functions[0], tunnel, new MonitorConfiguration("outer")));
        loop.Pass(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = loop.Pass(100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100_000, sent);
    }

    [Fact]
    public void Packets_that_are_inspected_allocate_nothing_either()
    {
        using var loop = new Loop(
            Enumerable.Range(0, 500).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Udp, (byte)(1 + (i % 50)), (ushort)(1024 + i)) with
            {
                Vlan = (ushort)Chains.ClientTag,
                Payload = [.. "harmless"u8],
            }),
            Chains.Line(new DpiConfiguration("ids") { InspectedBytes = int.MaxValue, Rules = [new DpiRule("deny", [new DpiPattern("forbidden", IsRegex: false)])] }));
        loop.Pass(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = loop.Pass(100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100_000, sent);
    }

    [Fact]
    public void Limits_and_copies_of_established_flows_allocate_nothing()
    {
        NetworkFunctionConfiguration[] functions =
        [
            new PolicerConfiguration("limit")
            {
                Limits =
                [
                    new PolicerLimit("udp", new PacketMatch { SourcePort = new(new PortRange(1024, 1500)) }, 1_000_000, 10_000) { PerFlow = true },
                    new PolicerLimit("rest", PacketMatch.Any, 10_000_000, 10_000),
                ],
            },
            new MirrorConfiguration("tap") { SampleOneIn = 2, TruncateTo = 64 },
        ];
        using var loop = new Loop(
            Enumerable.Range(0, 2000).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Udp, (byte)(1 + (i % 50)), (ushort)(1024 + i)) with
            {
                Vlan = (ushort)Chains.ClientTag,
            }),
            Chains.Line(functions).WithArchive(1));
        loop.Pass(300_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = loop.Pass(1_000_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(sent, 1, 1_499_999);
    }

    /// <summary>A worker on this thread over a port that replays frames from memory, as often as asked.</summary>
    private sealed class Loop : IDisposable
    {
        private readonly ManualTime _time = new();
        private readonly ReplayPort _port;
        private readonly FlowGroups _groups;
        private readonly ProgramRegistry _registry;
        private readonly Worker<ReplayPort, ManualClock> _worker;

        public Loop(IEnumerable<FrameBuilder> frames, ResidualProgram? program = null)
        {
            var options = new DataplaneOptions { Workers = [new()], MaximumFlowsPerWorker = 8192, SampleInterval = 2 }; // half of the bursts are measured
            _groups = new FlowGroups(options, new HashSeed(3, 5, 7));
            _registry = new ProgramRegistry(options, _groups);
            _port = new ReplayPort([.. frames.Select(frame => frame.Build())]);
            _worker = new Worker<ReplayPort, ManualClock>(0, options, _groups, _port, new ManualClock(_time));
            var added = _registry.Add(program ?? Chains.Line(SampleChain.Functions));
            _worker.Post(new WorkerCommand { Snapshot = _registry.BuildSnapshot(0), Added = [added[0]!] });
        }

        /// <summary>Passes packets; returns how many were sent.</summary>
        public long Pass(int packets)
        {
            var before = _port.State.Sent;
            for (var passed = 0; passed < packets; passed += _worker.Poll())
            {
                // Three polls in a millisecond, so that housekeeping has its turns.
                _time.Advance(TimeSpan.FromTicks(3333));
            }

            return _port.State.Sent - before;
        }

        public void Dispose()
        {
            _registry.Dispose();
            _worker.Dispose();
            _groups.Dispose();
            _port.Dispose();
        }
    }

    /// <summary>Gives out the same mbufs again and again, each time with its frame as at first.</summary>
    private sealed unsafe class Replay(byte* memory, byte[] frames, int[] lengths)
    {
        private int _next;

        public long Sent { get; private set; }

        public ulong Taken { get; private set; }

        public byte* Memory => memory;

        public int Receive(Mbuf* burst, int room)
        {
            var received = Math.Min(room, 32);
            for (var i = 0; i < received; i++)
            {
                var mbuf = new Mbuf((nint)(memory + (_next * (128 + FrameBytes))));
                mbuf.DataOffset = Headroom;
                mbuf.SetLength(lengths[_next]);
                frames.AsSpan(_next * FrameBytes, mbuf.DataLength).CopyTo(mbuf.Bytes);
                burst[i] = mbuf;
                _next = _next + 1 < lengths.Length ? _next + 1 : 0;
            }

            Taken += (uint)received;
            return received;
        }

        /// <summary>A copy in memory that every other one is made in too.</summary>
        public Mbuf Copy(Mbuf source)
        {
            var start = memory + (lengths.Length * (128 + FrameBytes));
            var copy = new Mbuf((nint)start);
            copy.SetLength(source.DataLength);
            source.Bytes.CopyTo(copy.Bytes);
            return copy;
        }

        public int Send(int mbufs)
        {
            Sent += mbufs;
            return mbufs;
        }
    }

    private readonly unsafe struct ReplayPort : IPacketPort, IDisposable
    {
        public ReplayPort(byte[][] frames)
        {
            var memory = (byte*)NativeMemory.AllocZeroed((nuint)((frames.Length + 1) * (128 + FrameBytes)));
            var spare = memory + (frames.Length * (128 + FrameBytes));
            *(byte**)spare = spare + 128;
            var copies = new byte[frames.Length * FrameBytes];
            for (var i = 0; i < frames.Length; i++)
            {
                var start = memory + (i * (128 + FrameBytes));
                *(byte**)start = start + 128;
                _ = new Mbuf((nint)start) { BufferLength = FrameBytes };
                frames[i].CopyTo(copies, i * FrameBytes);
            }

            State = new Replay(memory, copies, Array.ConvertAll(frames, frame => frame.Length));
        }

        public Replay State { get; }

        public ulong Taken => State.Taken;

        public ulong Transmitted => (ulong)State.Sent;

        public void Attach()
        {
        }

        public void Detach()
        {
        }

        public int Receive(Mbuf* burst, int count) => State.Receive(burst, count);

        public int Send(Mbuf* burst, int count) => State.Send(count);

        public bool TryCopy(Mbuf source, out Mbuf copy)
        {
            copy = State.Copy(source);
            return true;
        }

        public void Free(Mbuf* burst, int count)
        {
        }

        public void Dispose() => NativeMemory.Free(State.Memory);
    }
}
