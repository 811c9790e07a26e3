using Metron.Dpdk;

namespace Metron.Dataplane.Tests;

/// <summary>A <see cref="MemoryWire"/> between the test's thread and a worker's.</summary>
public sealed unsafe class LockedWire : IDisposable
{
    private readonly MemoryWire _wire = new();
    private readonly Lock _lock = new();

    public int Attached { get; private set; }

    public int Detached { get; private set; }

    public ulong Taken => _wire.Taken;

    public ulong Transmitted => _wire.Transmitted;

    public int SentCount
    {
        get
        {
            lock (_lock)
            {
                return _wire.Sent.Count;
            }
        }
    }

    public List<byte[]> SentFrames()
    {
        lock (_lock)
        {
            return [.. _wire.Sent];
        }
    }

    public void Inject(byte[] frame)
    {
        lock (_lock)
        {
            _wire.Inject(frame);
        }
    }

    public void Attach() => Attached++;

    public void Detach() => Detached++;

    public int Receive(Mbuf* burst, int count)
    {
        lock (_lock)
        {
            return _wire.Receive(burst, count);
        }
    }

    public int Send(Mbuf* burst, int count)
    {
        lock (_lock)
        {
            return _wire.Send(burst, count);
        }
    }

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        lock (_lock)
        {
            return _wire.TryCopy(source, out copy);
        }
    }

    public void Free(Mbuf* burst, int count)
    {
        lock (_lock)
        {
            _wire.Free(burst, count);
        }
    }

    public void Dispose() => _wire.Dispose();
}

/// <summary>A port over a <see cref="LockedWire"/>.</summary>
public readonly unsafe struct LockedPort(LockedWire wire) : IPacketPort
{
    public ulong Taken => wire.Taken;

    public ulong Transmitted => wire.Transmitted;

    public void Attach() => wire.Attach();

    public void Detach() => wire.Detach();

    public int Receive(Mbuf* burst, int count) => wire.Receive(burst, count);

    public int Send(Mbuf* burst, int count) => wire.Send(burst, count);

    public bool TryCopy(Mbuf source, out Mbuf copy) => wire.TryCopy(source, out copy);

    public void Free(Mbuf* burst, int count) => wire.Free(burst, count);
}
