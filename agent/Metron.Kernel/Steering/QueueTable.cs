using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>An indirection table in the kernel's memory: flow group → queue. Each entry changes at once.</summary>
public sealed class QueueTable : IDisposable
{
    private readonly BpfMap _map;

    internal QueueTable(ReadOnlySpan<ushort> queues)
    {
        _map = BpfMap.Create(BpfMapKind.Array, "metron_queues", sizeof(uint), queues.Length);
        for (var group = 0; group < queues.Length; group++)
        {
            _map.Write(group, queues[group]);
        }
    }

    /// <summary>Number of flow groups.</summary>
    public int Groups => _map.Entries;

    /// <summary>The queue of a flow group.</summary>
    public ushort Read(int group) => (ushort)_map.ReadNumber(group);

    /// <summary>Gives a flow group to a queue. Packets whose program runs at this moment may still go to the old one: <see cref="KernelBarrier"/>.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public void Write(int group, ushort queue) => _map.Write(group, queue);

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();

    // The key is on the stack, the group in R9. What is in no group goes by entry 0.
    internal void WriteSteering(BpfAssembler code, int groups, BpfLabel done)
    {
        var grouped = new BpfLabel();
        code.JumpIf(R9, BpfCondition.Less, groups, grouped)
            .Store(BpfWidth.Word, R10, TupleLayout.Key, 0)
            .Mark(grouped)
            .LoadMap(R1, _map)
            .Move(R2, R10)
            .Do(BpfOperation.Add, R2, TupleLayout.Key)
            .Call(BpfHelper.MapLookup)
            .JumpIf(R0, BpfCondition.Equal, 0, done)
            .Load(BpfWidth.Word, R0, R0, 0)
            .Exit();
    }
}
