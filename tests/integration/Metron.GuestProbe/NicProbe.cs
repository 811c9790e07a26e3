using System.Buffers.Binary;
using System.Globalization;
using Metron.Dataplane;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.GuestProbe;

/// <summary>
/// Opens the guest's NIC with RSS, and takes down which packet of which flow comes by which queue. Every frame ends with the number of its flow and its number
/// within it (4 bytes each, big endian).
/// </summary>
internal sealed unsafe class NicProbe : IDisposable
{
    private const string Address = "0000:00:10.0";
    private const int Burst = 32;

    private readonly Stack<IDisposable> _opened;
    private readonly EthernetDevice _device;
    private readonly DpdkNic _nic;
    private readonly DpdkPort[] _ports;
    private readonly FlowWatch _watch;
    private readonly Lock _lock = new();
    private readonly Thread _poller;
    private volatile bool _ends;

    private NicProbe(Stack<IDisposable> opened, EthernetDevice device)
    {
        _opened = opened;
        _device = device;
        _nic = DpdkNic.Open(device);
        _ports = [.. Enumerable.Range(0, _nic.Queues).Select(_nic.OpenPort)];
        _watch = new FlowWatch(ReadTable(), _nic.Queues);
        _poller = new Thread(Poll);
        _poller.Start();
    }

    /// <summary>Starts DPDK and the NIC.</summary>
    public static NicProbe Start(int queues)
    {
        var opened = new Stack<IDisposable>();
        opened.Push(Eal.Start(new EalOptions { ProgramName = "probe", MemoryMegabytes = 128, PciDevices = [Address] }));
        var pool = MbufPool.Create("mbufs", 8191);
        opened.Push(pool);
        var device = EthernetDevice.Open(Address);
        opened.Push(device);
        var configuration = new DeviceConfiguration(pool) { ReceiveQueues = queues, TransmitQueues = queues, ReceiveDescriptors = 256 };
        device.Configure(DpdkNic.Configure(configuration, device.Capabilities));
        device.Start();
        return new NicProbe(opened, device);
    }

    /// <summary>What the NIC is.</summary>
    public IEnumerable<string> Describe()
    {
        var capabilities = _device.Capabilities;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"nic {_nic.Kind} {capabilities.Driver} queues {_nic.Queues} entries {_nic.IndirectionSize} key {capabilities.HashKeySize} types {capabilities.RssHashTypes}");
        yield return $"hashes in {(_nic.HashesInSoftware ? "software" : "hardware")}";
        yield return $"counts {_device.CountReceived(0)?.ToString(CultureInfo.InvariantCulture) ?? "no"} descriptors {_device.ReceiveDescriptors}";
        foreach (var finding in _nic.Findings)
        {
            yield return "finding " + finding;
        }
    }

    /// <summary>Carries out a command of the host.</summary>
    public IEnumerable<string> Do(string command, string[] arguments) => command switch
    {
        "table" => [Join(ReadTable())],
        "settings" => [Settings()],
        "move" => [Join(Write(arguments))],
        "flows" => Look(watch => watch.Describe()),
        "received" => [Received()],
        "over" => [Look(watch => watch.AllMovesAreOver) ? "yes" : "no"],
        _ => [$"unknown {command}"],
    };

    public void Dispose()
    {
        _ends = true;
        _poller.Join();
        while (_opened.TryPop(out var opened))
        {
            opened.Dispose();
        }
    }

    private ushort[] ReadTable()
    {
        var table = new ushort[_nic.IndirectionSize];
        _nic.ReadIndirection(table);
        return table;
    }

    private string Settings()
    {
        var settings = _device.ReadRss();
        return $"{Convert.ToHexStringLower(settings.Key.Span)} {settings.Types}";
    }

    /// <summary>Writes entries, "entry:queue" each, and watches the positions.</summary>
    private ulong[] Write(string[] arguments)
    {
        var changes = arguments.Select(argument => argument.Split(':').Select(part => ushort.Parse(part, CultureInfo.InvariantCulture)).ToArray())
            .Select(pair => new IndirectionChange(pair[0], pair[1])).ToArray();
        GroupMove?[] moves;
        lock (_lock)
        {
            moves = [.. changes.Select(_watch.Begin)];
        }

        var positions = new ulong[changes.Length];
        _nic.WriteIndirection(changes, positions);
        lock (_lock)
        {
            for (var i = 0; i < moves.Length; i++)
            {
                moves[i]?.Position = positions[i];
            }
        }

        return positions;
    }

    private T Look<T>(Func<FlowWatch, T> look)
    {
        lock (_lock)
        {
            return look(_watch);
        }
    }

    private string Received()
    {
        var statistics = _device.ReadStatistics();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(' ', _ports.Select(port => port.Taken))} device {statistics.ReceivedPackets} missed {statistics.Missed} without {statistics.WithoutMbuf}");
    }

    private void Poll()
    {
        using var thread = EalThread.Register();
        Span<Mbuf> burst = stackalloc Mbuf[Burst];
        while (!_ends)
        {
            var received = 0;
            for (var queue = 0; queue < _ports.Length; queue++)
            {
                received += Poll(queue, burst);
            }

            if (received == 0)
            {
                // The processors are emulated: who spins takes the time of who sends.
                Thread.Sleep(1);
            }
        }
    }

    private int Poll(int queue, Span<Mbuf> burst)
    {
        // Positions are set under the same lock, when the table is written: a poll that finds the queue empty then has found everything that was in it.
        lock (_lock)
        {
            int received;
            fixed (Mbuf* first = burst)
            {
                received = _ports[queue].Receive(first, burst.Length);
            }

            foreach (var mbuf in burst[..received])
            {
                var frame = mbuf.Bytes;
                _watch.Add(queue, Hash(mbuf), BinaryPrimitives.ReadInt32BigEndian(frame[^8..]), BinaryPrimitives.ReadUInt32BigEndian(frame[^4..]));
            }

            _watch.Polled(queue, received, _ports[queue].Taken);
            Mbuf.Free(burst[..received]);
            return received;
        }
    }

    private static uint? Hash(Mbuf mbuf) => (mbuf.Flags & MbufFlags.ReceiveRssHash) != 0 ? mbuf.RssHash : null;

    private static string Join<T>(IEnumerable<T> values) => string.Join(' ', values);
}
