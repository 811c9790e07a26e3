using System.Runtime.InteropServices;
using Metron.Kernel.Bpf;

namespace Metron.Kernel.Steering;

/// <summary>What a steering program counted, by flow group and by the CPU that it ran on. Reading does not disturb it.</summary>
public sealed class GroupCounters : IDisposable
{
    private const int ValueBytes = 2 * sizeof(ulong);
    private readonly ulong[] _values;

    internal GroupCounters(int groups)
    {
        Groups = groups;
        Map = BpfMap.Create(BpfMapKind.PerCpuArray, "metron_groups", ValueBytes, groups + 1);
        _values = new ulong[(groups + 1) * PossibleCpus.Count * 2];
    }

    /// <summary>Number of flow groups.</summary>
    public int Groups { get; }

    internal BpfMap Map { get; }

    /// <summary>Reads everything counted since the program was loaded. One thread at a time.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public GroupCounts Read()
    {
        Map.ReadAll(MemoryMarshal.AsBytes(_values.AsSpan()));
        var packets = new ulong[Groups];
        var bytes = new ulong[Groups];
        var perCpu = new ulong[PossibleCpus.Count];
        var cpuOf = new int[Groups];
        var other = 0UL;
        for (var group = 0; group <= Groups; group++)
        {
            var most = 0UL;
            for (var cpu = 0; cpu < perCpu.Length; cpu++)
            {
                var at = (group * perCpu.Length + cpu) * 2;
                perCpu[cpu] += _values[at];
                if (group == Groups)
                {
                    other += _values[at];
                }
                else
                {
                    packets[group] += _values[at];
                    bytes[group] += _values[at + 1];
                    (most, cpuOf[group]) = _values[at] > most ? (_values[at], cpu) : (most, cpuOf[group]);
                }
            }
        }

        return new GroupCounts(packets, bytes, perCpu, cpuOf, other);
    }

    /// <inheritdoc/>
    public void Dispose() => Map.Dispose();
}

/// <summary>Counts since a program was loaded.</summary>
/// <param name="Packets">Packets of each flow group.</param>
/// <param name="Bytes">Bytes of each flow group's frames, without FCS.</param>
/// <param name="PerCpu">Packets that arrived on each CPU, before they were steered.</param>
/// <param name="CpuOf">For each flow group, the CPU on which most of its packets arrived; 0 when there were none.</param>
/// <param name="Other">Packets that are not IP and so in no group.</param>
public sealed record GroupCounts(IReadOnlyList<ulong> Packets, IReadOnlyList<ulong> Bytes, IReadOnlyList<ulong> PerCpu, IReadOnlyList<int> CpuOf, ulong Other)
{
    /// <summary>Packets of all groups.</summary>
    public ulong Total => Packets.Aggregate(0UL, (sum, each) => sum + each);
}
