using System.Runtime.InteropServices;
using Metron.Dpdk;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Appliances;

/// <summary>
/// What a worker and the control thread share about one appliance: counters, which the worker writes; the gate, which the control thread
/// writes; and for each side a probe that waits to be sent.
/// </summary>
internal sealed unsafe class ApplianceState : IDisposable
{
    private readonly NativeRegion _region = new((nuint)(2 * sizeof(ApplianceSideCounters)));
    private readonly nint[] _probes = new nint[2];
    private int _gate;

    public ApplianceState(string name) => Name = name;

    public string Name { get; }

    /// <summary>What is done with packets for it; takes effect at the worker's next burst.</summary>
    public ApplianceGate Gate
    {
        get => (ApplianceGate)Volatile.Read(ref _gate);
        set => Volatile.Write(ref _gate, (int)value);
    }

    /// <summary>Counters of a side: written by the worker with plain stores.</summary>
    public ApplianceSideCounters* Side(int side) => (ApplianceSideCounters*)_region.Start + side;

    /// <summary>Lets a probe wait to be sent into a side.</summary>
    /// <returns>False when one waits already: it stays the caller's.</returns>
    public bool TryPostProbe(int side, Mbuf probe) => Interlocked.CompareExchange(ref _probes[side], probe.Address, 0) == 0;

    /// <summary>Takes the probe that waits; null for none. One read when there is none.</summary>
    public Mbuf TakeProbe(int side) =>
        Volatile.Read(ref _probes[side]) == 0 ? default : new Mbuf(Interlocked.Exchange(ref _probes[side], 0));

    /// <summary>Reads counters and gate.</summary>
    public ApplianceStatistics Read(int worker) => new(worker, Name, Gate, ReadSide(0), ReadSide(1));

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    private ApplianceSideStatistics ReadSide(int side)
    {
        var counters = Side(side);
        return new ApplianceSideStatistics(
            new PacketCount(Volatile.Read(ref counters->GivenPackets), Volatile.Read(ref counters->GivenBytes)),
            new PacketCount(Volatile.Read(ref counters->ReturnedPackets), Volatile.Read(ref counters->ReturnedBytes)),
            Volatile.Read(ref counters->Bypassed),
            Volatile.Read(ref counters->Dropped),
            Volatile.Read(ref counters->AnsweredProbe));
    }
}

/// <summary>Counters of one side. One cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct ApplianceSideCounters
{
    public ulong GivenPackets;
    public ulong GivenBytes;
    public ulong ReturnedPackets;
    public ulong ReturnedBytes;
    public ulong Bypassed;
    public ulong Dropped;
    public uint AnsweredProbe;
}
