using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests.Chaos;

/// <summary>A queue pair of a <see cref="ChaosNic"/>.</summary>
internal sealed class ChaosQueue
{
    public Queue<Mbuf> Received { get; } = new();

    public Queue<Mbuf> ToSend { get; } = new();

    /// <summary>Packets ever put into the RX queue.</summary>
    public ulong Put { get; set; }

    public ulong Taken { get; set; }

    public ulong Transmitted { get; set; }
}

/// <summary>A NIC that does what it is told only when it likes to: writes of its table fail before, in the middle or behind.</summary>
internal sealed class ChaosNic(int queues, int entries, MbufPool pool, Random random) : INic
{
    private readonly ushort[] _table = [.. Enumerable.Range(0, entries).Select(entry => (ushort)(entry % queues))];

    public ChaosQueue[] Pairs { get; } = [.. Enumerable.Range(0, queues).Select(_ => new ChaosQueue())];

    /// <summary>Share of writes that fail.</summary>
    public double FailureShare { get; set; }

    /// <summary>Whether a write failed.</summary>
    public bool HasFailed { get; private set; }

    public MbufPool Pool => pool;

    public string Kind => "chaos";

    public int Queues => queues;

    public int IndirectionSize => entries;

    public ushort QueueOf(int entry) => _table[entry];

    public void ReadIndirection(Span<ushort> queues)
    {
        if (random.NextDouble() < FailureShare / 4)
        {
            HasFailed = true;
            throw new NicException("the table cannot be read");
        }

        _table.CopyTo(queues);
    }

    public void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions)
    {
        var isFailing = random.NextDouble() < FailureShare;
        var written = isFailing ? random.Next(changes.Length + 1) : changes.Length;
        for (var i = 0; i < written; i++)
        {
            var (entry, queue) = changes[i];
            positions[i] = Pairs[_table[entry]].Put;
            _table[entry] = queue;
        }

        if (isFailing)
        {
            HasFailed = true;
            throw new NicException("the table was not written as told");
        }
    }

    /// <summary>A packet arrives.</summary>
    public void Arrive(int entry, ReadOnlySpan<byte> frame)
    {
        var pair = Pairs[_table[entry]];
        pair.Received.Enqueue(pool.Make(frame));
        pair.Put++;
    }
}

/// <summary>The port of a worker.</summary>
internal readonly unsafe struct ChaosPort(ChaosNic nic, int queue) : IPacketPort
{
    private readonly ChaosQueue _pair = nic.Pairs[queue];

    public ulong Taken => _pair.Taken;

    public ulong Transmitted => _pair.Transmitted;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count)
    {
        var received = 0;
        while (received < count && _pair.Received.TryDequeue(out var mbuf))
        {
            burst[received++] = mbuf;
        }

        _pair.Taken += (uint)received;
        return received;
    }

    public int Send(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _pair.ToSend.Enqueue(burst[i]);
        }

        return count;
    }

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = default;
        return false;
    }

    public void Free(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            nic.Pool.Free(burst[i]);
        }
    }
}
