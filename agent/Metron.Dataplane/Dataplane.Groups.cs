using System.Diagnostics;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Nics;
using Metron.Dataplane.Statistics;

namespace Metron.Dataplane;

/// <summary>The part about flow groups that move between workers: loads, and moves. Only with <see cref="DataplaneOptions.FlowGroups"/> above 0.</summary>
public sealed partial class Dataplane
{
    /// <summary>Attempts to see a move through before the thread is given up for a millisecond at a time.</summary>
    private const int EagerTurns = 64;

    private readonly List<RefusedGroup> _refused = [];

    /// <summary>Index of the worker that owns each flow group, by the group's number; -1 where none does, since no worker is alive.</summary>
    public IReadOnlyList<int> GroupOwners => [.. Enumerable.Range(0, _groups.Count).Select(OwnerOf)];

    /// <summary>Has a NIC steer every flow group to its owner: before the first packets, and after the NIC was reset. Moves nothing.</summary>
    /// <param name="nic">The NIC. Queue i is worker i's; the entries of its table are the groups', modulo their number.</param>
    /// <exception cref="NicException">It did not.</exception>
    public async Task SteerAsync(INic nic, CancellationToken cancellation = default)
    {
        CheckNic(nic);
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var wanted = Enumerable.Range(0, _groups.Count).Select(group => (group, OwnerOf(group))).Where(pair => pair.Item2 >= 0).ToList();
            _ = new IndirectionWriter(nic, _groups.Count).Write(wanted, out var problem);
            if (problem is not null)
            {
                throw new NicException(problem);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Moves flow groups with all that belongs to them - flows, bindings, connections, counters - to other workers, with one write of the NIC's
    /// indirection table. Packets go on meanwhile; none is handled by two workers, none overtakes another of its flow, and none is lost but by the drop reasons
    /// <c>migrationOverflow</c>, <c>migrationTimeout</c> and <c>workerDied</c>.
    /// </summary>
    /// <param name="moves">What to move; no group twice.</param>
    /// <param name="nic">The NIC. Queue i is worker i's; the entries of its table are the groups', modulo their number.</param>
    /// <param name="cancellation">Cancels only the wait for other changes: a move that has begun is seen through.</param>
    /// <returns>
    /// What became of each. A worker that does not take notice holds all up, for <see cref="DataplaneOptions.WorkerTimeout"/> at most before the
    /// move is called off.
    /// </returns>
    /// <exception cref="ArgumentException">A move names a group or worker that is not there, or a group twice; or the NIC has too few entries.</exception>
    public async Task<IReadOnlyList<MigrationOutcome>> MigrateAsync(
        IReadOnlyList<GroupMove> moves, INic nic, CancellationToken cancellation = default)
    {
        CheckNic(nic);
        foreach (var move in moves)
        {
            Require((uint)move.Group < (uint)_groups.Count, $"there is no flow group {move.Group}");
            Require((uint)move.Worker < (uint)_workers.Length, $"there is no worker {move.Worker}");
        }

        Require(moves.Select(move => move.Group).Distinct().Count() == moves.Count, "a flow group is to be moved twice");
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var migrator = new Migrator(_groups, _workers, nic, _options, _refused, moves, Now());
            for (var turn = 0; !migrator.Advance(Now()); turn++)
            {
                if (turn < EagerTurns)
                {
                    await Task.Yield();
                }
                else
                {
                    await Task.Delay(PollInterval, CancellationToken.None).ConfigureAwait(false);
                }
            }

            return migrator.Outcomes;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What flow groups and workers have had to do so far. Asks nobody.</summary>
    public GroupLoads ReadGroupLoads()
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return GroupLoadReader.Read(_groups, _workers, _options);
        }
    }

    private static long Now() => Stopwatch.GetElapsedTime(0).Ticks * TimeSpan.NanosecondsPerTick;

    private int OwnerOf(int group) => _groups.OwnerOf(group) is var owner && owner < _workers.Length ? owner : -1;

    private void CheckNic(INic nic)
    {
        Require(!_groups.ArePrivate, "flow groups do not move: DataplaneOptions.FlowGroups is 0");
        Require(nic.IndirectionSize >= _groups.Count, $"the NIC's table has {nic.IndirectionSize} entries for {_groups.Count} flow groups");
        Require(nic.Queues >= _workers.Length, $"the NIC has {nic.Queues} queues for {_workers.Length} workers");
    }
}
