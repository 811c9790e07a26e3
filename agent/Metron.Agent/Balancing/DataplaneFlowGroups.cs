using Metron.Balancing;
using Metron.Dataplane;
using Metron.Dataplane.Nics;

namespace Metron.Agent.Balancing;

/// <summary>The flow groups of a dataplane behind a NIC.</summary>
/// <param name="dataplane">The dataplane.</param>
/// <param name="nic">The NIC whose queues its workers poll.</param>
/// <param name="groups">Number of flow groups.</param>
/// <param name="workers">Number of workers.</param>
internal sealed class DataplaneFlowGroups(Dataplane.Dataplane dataplane, INic nic, int groups, int workers) : IFlowGroups
{
    private readonly WorkerLoad?[] _before = new WorkerLoad?[workers];

    /// <inheritdoc/>
    public string NicKind => nic.Kind;

    /// <inheritdoc/>
    public int Groups => groups;

    /// <inheritdoc/>
    public int Workers => workers;

    /// <inheritdoc/>
    public void Measure(LoadMeasurement into)
    {
        var loads = dataplane.ReadGroupLoads();
        foreach (var worker in loads.Workers)
        {
            var before = _before[worker.Worker];
            into.UsefulCycles[worker.Worker] = worker.BusyCycles;
            into.AllCycles[worker.Worker] = worker.BusyCycles + worker.IdleCycles;
            into.QueueFill[worker.Worker] = worker.QueueFillSince(before);
            into.Health[worker.Worker] = worker.IsDead ? WorkerHealth.Dead
                : before is not null && before.Polls == worker.Polls && !worker.IsParked && !before.IsParked ? WorkerHealth.Stalled
                : WorkerHealth.Well;
            _before[worker.Worker] = worker;
        }

        foreach (var group in loads.Groups)
        {
            into.Packets[group.Group] = group.Packets;
            into.SampledPackets[group.Group] = group.SampledPackets;
            into.SampledCycles[group.Group] = group.SampledCycles;

            // No worker at all is alive where none owns a flow group; then nothing can be moved either.
            into.Owners[group.Group] = (ushort)Math.Max(0, group.Worker);
        }
    }

    /// <inheritdoc/>
    public async Task<MoveReport> MoveAsync(IReadOnlyList<FlowGroupMove> moves, CancellationToken cancellation)
    {
        var outcomes = await dataplane.MigrateAsync([.. moves.Select(move => new GroupMove(move.Group, move.To))], nic, cancellation);
        var cancelled = outcomes.Where(outcome => outcome.Result is not (MigrationResult.Moved or MigrationResult.AlreadyThere)).ToList();
        return new MoveReport(
            outcomes.Count - cancelled.Count,
            cancelled.Count,
            string.Join("; ", cancelled.Select(outcome => $"flow group {outcome.Group}: {outcome.Problem ?? outcome.Result.ToString()}").Distinct().Take(3)),
            outcomes.Count == 0 ? TimeSpan.Zero : outcomes.Max(outcome => outcome.Duration));
    }
}
