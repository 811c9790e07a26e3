using System.Buffers.Binary;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests;

/// <summary>The loop over a real DPDK device: packets of a file through the sample chain into another file.</summary>
public sealed class DpdkPortTests
{
    private const int PcapHeader = 24;
    private const int RecordHeader = 16;

    [Fact]
    public async Task Packets_through_DPDK_leave_as_they_do_in_memory()
    {
        var frames = Enumerable.Range(0, 300).Select(i => SampleChain.Client(i % 2 == 1, IpProtocol.Udp, (byte)(1 + (i % 7)), (ushort)(2000 + (i % 60))))
            .Select(frame => (frame with { Vlan = (ushort)Chains.ClientTag }).Build())
            .Append(new byte[60])
            .ToList();
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var expected = rig.PassAll(frames);

        var directory = Directory.CreateTempSubdirectory("metron-dataplane-tests-").FullName;
        var input = Path.Combine(directory, "in.pcap");
        var output = Path.Combine(directory, "out.pcap");
        await WritePcapAsync(input, frames);
        using var eal = Eal.Start(new EalOptions { ProgramName = "metron-dataplane-tests", HugePages = false, MemoryMegabytes = 128 });
        using var pool = MbufPool.Create("packets", 2047, 32);
        using (var device = EthernetDevice.Probe($"net_pcap0,rx_pcap={input},tx_pcap={output}"))
        {
            device.Configure(new DeviceConfiguration(pool));
            device.Start();
            await CarryAsync(device, frames.Count, eal.TscHertz);
        }

        // Every mbuf is back: each was sent or freed once.
        Assert.Equal(pool.Count, pool.Available);
        Assert.Equal(expected, await ReadPcapAsync(output));
        Directory.Delete(directory, recursive: true);
    }

    private static async Task CarryAsync(EthernetDevice device, int count, ulong tscHertz)
    {
        var options = new DataplaneOptions
        {
            Workers = [new WorkerOptions { Core = CpuAffinity.Allowed()[0] }],
            TscHertz = tscHertz,
            MaximumFlowsPerWorker = 4096,
            IdleSleep = TimeSpan.FromMicroseconds(50),
            EmptyPollsBeforeSleep = 10,
        };
        // A file is read as soon as somebody polls: without a program the packets would be lost. So the port opens when the program is there.
        var gate = new Gate();
        await using var dataplane = Dataplane.Start(options, [new GatedPort(DpdkPort.Open(device, 0), gate)]);
        await dataplane.DeployAsync(Chains.Line(SampleChain.Functions));
        gate.IsOpen = true;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (dataplane.ReadStatistics().Workers[0].Received.Packets < (ulong)count)
        {
            await Task.Delay(1, deadline.Token);
        }

        await dataplane.UndeployAsync("chain", 1, deadline.Token);
    }

    // https://www.tcpdump.org/manpages/pcap-savefile.5.html
    private static async Task WritePcapAsync(string path, IEnumerable<byte[]> frames)
    {
        var file = new List<byte>(new byte[PcapHeader]);
        BinaryPrimitives.WriteUInt32LittleEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(file), 0xa1b2c3d4);
        file[4] = 2;
        file[6] = 4;
        file[18] = 1;
        file[20] = 1;
        foreach (var frame in frames)
        {
            var header = new byte[RecordHeader];
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), frame.Length);
            file.AddRange(header);
            file.AddRange(frame);
        }

        await File.WriteAllBytesAsync(path, [.. file]);
    }

    private static async Task<List<byte[]>> ReadPcapAsync(string path)
    {
        var file = await File.ReadAllBytesAsync(path);
        var frames = new List<byte[]>();
        for (var at = PcapHeader; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            frames.Add(file[(at + RecordHeader)..(at + RecordHeader + length)]);
            at += RecordHeader + length;
        }

        return frames;
    }

    private sealed class Gate
    {
        private volatile bool _isOpen;

        public bool IsOpen
        {
            get => _isOpen;
            set => _isOpen = value;
        }
    }

    private unsafe struct GatedPort(DpdkPort port, Gate gate) : IPacketPort
    {
        private DpdkPort _port = port;

        public readonly ulong Taken => _port.Taken;

        public readonly ulong Transmitted => _port.Transmitted;

        public void Attach() => _port.Attach();

        public readonly void Detach() => _port.Detach();

        public int Receive(Mbuf* burst, int count) => gate.IsOpen ? _port.Receive(burst, count) : 0;

        public int Send(Mbuf* burst, int count) => _port.Send(burst, count);

        public readonly bool TryCopy(Mbuf source, out Mbuf copy) => _port.TryCopy(source, out copy);

        public readonly void Free(Mbuf* burst, int count) => _port.Free(burst, count);
    }
}
