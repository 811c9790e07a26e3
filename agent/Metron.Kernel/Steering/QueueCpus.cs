using System.Runtime.InteropServices;
using Metron.Kernel.Bpf;
using static Metron.Kernel.Bpf.BpfRegister;

namespace Metron.Kernel.Steering;

/// <summary>Which CPU serves which RX queue of the NIC, as the program found out when packets arrived.</summary>
public sealed class QueueCpus : IDisposable
{
    /// <summary>Queues beyond are not noticed.</summary>
    public const int MostQueues = 1024;

    private const int ContextQueue = 16;

    private readonly BpfMap _map = BpfMap.Create(BpfMapKind.Array, "metron_queue_at", sizeof(uint), MostQueues);

    internal QueueCpus()
    {
    }

    /// <summary>The CPU that served each queue last; -1 for a queue without packets so far.</summary>
    /// <param name="queues">Number of queues.</param>
    public IReadOnlyList<int> Read(int queues)
    {
        var values = new uint[MostQueues];
        _map.ReadAll(MemoryMarshal.AsBytes(values.AsSpan()));
        return [.. values.Take(queues).Select(value => (int)value - 1)];
    }

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();

    // R1 is the struct xdp_md, and is again afterwards. The rest is lost.
    internal void Write(BpfAssembler code)
    {
        var over = new BpfLabel();
        code.Move(R6, R1)
            .Load(BpfWidth.Word, R7, R1, ContextQueue)
            .Store(BpfWidth.Word, R10, TupleLayout.Key, R7)
            .Call(BpfHelper.ProcessorId)
            .Move(R8, R0)
            .Do(BpfOperation.Add, R8, 1)
            .LoadMap(R1, _map)
            .Move(R2, R10)
            .Do(BpfOperation.Add, R2, TupleLayout.Key)
            .Call(BpfHelper.MapLookup)
            .JumpIf(R0, BpfCondition.Equal, 0, over)
            .Load(BpfWidth.Word, R2, R0, 0)
            .JumpIf(R2, BpfCondition.Equal, R8, over)
            .Store(BpfWidth.Word, R0, 0, R8)
            .Mark(over)
            .Move(R1, R6);
    }
}
