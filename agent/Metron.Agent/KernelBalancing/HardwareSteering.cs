using Metron.Kernel;
using Metron.Kernel.Bpf;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>
/// Steers by the NIC's own indirection table; an XDP program only counts, by the NIC's hash, and finds out which CPU serves which queue. The table as it
/// was is saved before the first change and written back at the end.
/// </summary>
internal sealed class HardwareSteering : ISteering
{
    private readonly NetworkLink _link;
    private readonly SteeringProgram _program;
    private readonly XdpLink _attached;
    private readonly BalanceState _state;
    private readonly IReadOnlyList<int>? _allowed;
    private readonly int _rings;
    private ushort[] _queues;

    private HardwareSteering(NetworkLink link, HardwareIndirection table, SteeringProgram program, XdpLink attached, BalanceState state, IReadOnlyList<int>? allowed)
    {
        (_link, _program, _attached, _state, _allowed, _rings) = (link, program, attached, state, allowed, table.Rings);
        _queues = [.. table.Queues];
    }

    /// <inheritdoc/>
    public string Description => $"indirection table of the NIC, {_queues.Length} entries, {_rings} queues; counted by XDP ({(_attached.Mode == XdpMode.Native ? "native" : "generic")})";

    /// <inheritdoc/>
    public GroupCounters Counters => _program.Counters;

    /// <inheritdoc/>
    public IReadOnlyList<int> Cpus => [.. QueueCpus().Where(cpu => cpu >= 0 && _allowed?.Contains(cpu) != false).Distinct().Order()];

    /// <summary>Attaches the counting program. Nothing is steered otherwise than before until the first move.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static HardwareSteering Attach(NetworkLink link, HardwareIndirection table, FlowHash hash, BalanceState state, BalanceOptions options)
    {
        var program = SteeringProgram.Counting(SteeringAction.Count, hash, table.Queues.Count);
        try
        {
            var attached = XdpLink.Attach(program.Program, link, options.Mode);

            // Some drivers set up their queues anew for XDP, and with them the table.
            var now = HardwareIndirection.Read(link) ?? table;
            return new HardwareSteering(link, now, program, attached, state, options.Cpus);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> ReadOwners(Measurement measurement)
    {
        var cpus = QueueCpus();
        return [.. _queues.Select(queue => queue < cpus.Count ? cpus[queue] : -1)];
    }

    /// <inheritdoc/>
    public void Move(IReadOnlyList<GroupMove> moves)
    {
        if (moves.Count == 0)
        {
            return;
        }

        var cpus = QueueCpus();
        var queues = _queues.ToArray();
        foreach (var move in moves)
        {
            var candidates = Enumerable.Range(0, cpus.Count).Where(queue => cpus[queue] == move.To).ToArray();
            queues[move.Group] = (ushort)candidates[move.Group % candidates.Length];
        }

        _state.Save(_queues);
        HardwareIndirection.Write(_link, queues);
        _queues = queues;
    }

    /// <inheritdoc/>
    public TimeSpan? ReadThreadTime(int cpu) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _attached.Dispose();
        _program.Dispose();
        _state.Restore(_link);
    }

    private IReadOnlyList<int> QueueCpus() => _program.QueueCpus!.Read(_rings);
}
