using System.Buffers.Binary;
using System.Globalization;
using Metron.Dataplane;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.GuestProbe;

/// <summary>
/// Polls all queues of the NIC, and takes down which packet of which flow comes by which. Every frame ends with the number of its flow and its number within it
/// (4 bytes each, big endian).
/// </summary>
internal sealed unsafe class NicProbe : IProbe
{
    private const int Burst = 32;

    private readonly GuestNic _guest;
    private readonly DpdkPort[] _ports;
    private readonly FlowWatch _watch;
    private readonly Lock _lock = new();
    private readonly Thread _poller;
    private readonly ManualResetEventSlim _end = new();

    /// <param name="queues">Queues of the NIC.</param>
    public NicProbe(int queues)
    {
        _guest = new GuestNic(queues);
        _ports = [.. Enumerable.Range(0, queues).Select(_guest.Nic.OpenPort)];
        _watch = new FlowWatch(_guest.ReadTable(), queues);
        _poller = new Thread(Poll);
        _poller.Start();
    }

    public IEnumerable<string> Describe() => _guest.Describe();

    public Task<IEnumerable<string>> DoAsync(string command, string[] arguments) => Task.FromResult<IEnumerable<string>>(command switch
    {
        "table" => [Join(_guest.ReadTable())],
        "settings" => [Settings()],
        "move" => [Join(Write(arguments))],
        "over" => [Look(watch => watch.AllMovesAreOver) ? "yes" : "no"],
        "flows" => Look(watch => watch.Describe()),
        "received" => [Received()],
        _ => [$"unknown {command}"],
    });

    public ValueTask DisposeAsync()
    {
        _end.Set();
        _poller.Join();
        _end.Dispose();
        _guest.Dispose();
        return default;
    }

    private string Settings()
    {
        var settings = _guest.Device.ReadRss();
        return $"{Convert.ToHexStringLower(settings.Key.Span)} {settings.Types}";
    }

    /// <summary>Writes entries, "entry:queue" each, and watches the positions.</summary>
    private ulong[] Write(string[] arguments)
    {
        var changes = arguments.Select(argument => argument.Split(':').Select(part => ushort.Parse(part, CultureInfo.InvariantCulture)).ToArray())
            .Select(pair => new IndirectionChange(pair[0], pair[1])).ToArray();
        WatchedMove?[] moves;
        lock (_lock)
        {
            moves = [.. changes.Select(_watch.Begin)];
        }

        var positions = new ulong[changes.Length];
        _guest.Nic.WriteIndirection(changes, positions);
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
        var statistics = _guest.Device.ReadStatistics();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(' ', _ports.Select(port => port.Taken))} device {statistics.ReceivedPackets} missed {statistics.Missed} without {statistics.WithoutMbuf}");
    }

    private void Poll()
    {
        using var thread = EalThread.Register();
        Span<Mbuf> burst = stackalloc Mbuf[Burst];
        while (!_end.IsSet)
        {
            var received = 0;
            for (var queue = 0; queue < _ports.Length; queue++)
            {
                received += Poll(queue, burst);
            }

            if (received == 0)
            {
                // The processors are emulated: who spins takes the time of who sends.
                _end.Wait(TimeSpan.FromMilliseconds(1));
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
