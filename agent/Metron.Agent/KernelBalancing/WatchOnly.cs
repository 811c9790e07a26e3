using Metron.Kernel.Bpf;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Sockets;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>Steers nothing: counts copies of the packets by a packet socket, and takes the CPU where a flow group's packets arrive for its owner.</summary>
internal sealed class WatchOnly : ISteering
{
    private readonly SteeringProgram _program;
    private readonly PacketCounter _counter;

    private WatchOnly(SteeringProgram program, PacketCounter counter, IReadOnlyList<int> cpus) => (_program, _counter, Cpus) = (program, counter, cpus);

    /// <inheritdoc/>
    public string Description => "dry run: nothing is steered";

    /// <inheritdoc/>
    public GroupCounters Counters => _program.Counters;

    /// <inheritdoc/>
    public IReadOnlyList<int> Cpus { get; }

    /// <summary>Starts to count.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="hash">How flow groups would be found; null for what XDP would do.</param>
    /// <param name="groups">How many there would be.</param>
    /// <param name="options">Options.</param>
    public static WatchOnly Start(NetworkLink link, FlowHash? hash, int groups, BalanceOptions options)
    {
        var program = SteeringProgram.Counting(SteeringAction.CountCopies, hash ?? new FlowHash.Symmetric(), groups);
        try
        {
            return new WatchOnly(program, PacketCounter.Start(link, program), options.Cpus ?? PossibleCpus.Online());
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> ReadOwners(Measurement measurement) => measurement.ArrivalCpus;

    /// <inheritdoc/>
    public void Move(IReadOnlyList<GroupMove> moves)
    {
    }

    /// <inheritdoc/>
    public TimeSpan? ReadThreadTime(int cpu) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _counter.Dispose();
        _program.Dispose();
    }
}
