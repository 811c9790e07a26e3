using Metron.Dataplane.Nics;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>A NIC whose next writes of the indirection table go wrong, each in the way that is given.</summary>
public sealed class FaultyNic(INic nic) : INic
{
    /// <summary>What the next writes do; when there is none left, what they should.</summary>
    public Queue<NicFault> Faults { get; } = new();

    /// <summary>What a slow write does before it begins.</summary>
    public Action BeforeSlowWrite { get; set; } = () => { };

    public string Kind => nic.Kind;

    public int Queues => nic.Queues;

    public int IndirectionSize => nic.IndirectionSize;

    public void ReadIndirection(Span<ushort> queues) => nic.ReadIndirection(queues);

    public void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions)
    {
        switch (Faults.TryDequeue(out var fault) ? fault : NicFault.None)
        {
            case NicFault.NothingWritten:
                throw Wrong(changes[0]);
            case NicFault.HalfWritten:
                var done = changes.Length / 2;
                nic.WriteIndirection(changes[..done], positions);
                throw Wrong(changes[done]);
            case NicFault.WrittenButRefused:
                nic.WriteIndirection(changes, positions);
                positions[..changes.Length].Fill(ulong.MaxValue);
                throw new NicException("the NIC did not answer");
            case NicFault.Slow:
                BeforeSlowWrite();
                break;
        }

        nic.WriteIndirection(changes, positions);
    }

    private NicException Wrong(IndirectionChange change)
    {
        var queues = new ushort[IndirectionSize];
        ReadIndirection(queues);
        return new NicException(change.Entry, change.Queue, queues[change.Entry]);
    }
}

/// <summary>How a write of the indirection table goes wrong.</summary>
public enum NicFault
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Fails before anything is written.</summary>
    NothingWritten,

    /// <summary>Fails in the middle: the first half is written.</summary>
    HalfWritten,

    /// <summary>Everything is written, but the NIC says that it failed.</summary>
    WrittenButRefused,

    /// <summary>Takes long, and succeeds.</summary>
    Slow,
}
