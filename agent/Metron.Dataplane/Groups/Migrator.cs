using Metron.Dataplane.Nics;
using Metron.Dataplane.Workers;
using Metron.Packets;

namespace Metron.Dataplane.Groups;

/// <summary>
/// Moves flow groups between workers: looks, has <see cref="MoveRules"/> decide, acts. Never waits: its caller calls <see cref="Advance"/> until all is over.
/// Belongs to the control thread.
/// </summary>
internal sealed unsafe class Migrator
{
    private readonly FlowGroups _groups;
    private readonly IReadOnlyList<Worker> _workers;
    private readonly IndirectionWriter _nic;
    private readonly int _earlyPackets;
    private readonly long _patience;
    private readonly List<RefusedGroup> _refused;
    private readonly List<GroupMigration> _moves = [];
    private readonly List<MigrationOutcome> _outcomes = [];
    private readonly long _begin;

    /// <param name="groups">All flow groups.</param>
    /// <param name="workers">All workers.</param>
    /// <param name="nic">The NIC whose queues are the workers'.</param>
    /// <param name="options">Options.</param>
    /// <param name="refused">Packets of former moves that workers may still have to refuse; kept up to date, from one migrator to the next.</param>
    /// <param name="moves">What to move: each group once.</param>
    /// <param name="now">Nanoseconds.</param>
    public Migrator(
        FlowGroups groups,
        IReadOnlyList<Worker> workers,
        INic nic,
        DataplaneOptions options,
        List<RefusedGroup> refused,
        IReadOnlyList<GroupMove> moves,
        long now)
    {
        _groups = groups;
        _workers = workers;
        _nic = new IndirectionWriter(nic, groups.Count);
        _earlyPackets = options.EarlyPackets;
        _patience = (long)options.WorkerTimeout.TotalNanoseconds;
        _refused = refused;
        _begin = now;
        ForgetRefused();
        RestoreRefused();
        foreach (var move in moves)
        {
            Begin(move, now);
        }
    }

    /// <summary>What became of the moves that are over, in the order in which they came to their end.</summary>
    public IReadOnlyList<MigrationOutcome> Outcomes => _outcomes;

    /// <summary>Does what can be done now.</summary>
    /// <param name="now">Nanoseconds.</param>
    /// <returns>Whether all moves are over.</returns>
    public bool Advance(long now)
    {
        ForgetRefused();
        var steer = new List<GroupMigration>();
        foreach (var move in _moves)
        {
            if (MoveRules.Next(Look(move, now)) is var step && step == MoveStep.Steer)
            {
                steer.Add(move);
            }
            else
            {
                Act(move, step, now);
            }
        }

        // One write for all: those that are announced wait for the others.
        if (steer.Count > 0 && !_moves.Exists(move => move.Stage == MoveStage.Announcing && !steer.Contains(move)))
        {
            Steer(steer, now);
        }

        _moves.RemoveAll(move => move.Stage == MoveStage.Over);
        return _moves.Count == 0;
    }

    private void Begin(GroupMove order, long now)
    {
        var group = _groups[order.Group];
        var source = _groups.OwnerOf(order.Group);
        var move = new GroupMigration(group, source, order.Worker);
        if (source == order.Worker)
        {
            move.Fail(MigrationResult.AlreadyThere, "the worker owns the group already");
            Finish(move, now);
            return;
        }

        if (IsRefused(order.Worker, order.Group))
        {
            move.Fail(MigrationResult.TargetStalled, "the target has packets in its queue that it has to drop after a move before");
            Finish(move, now);
            return;
        }

        _moves.Add(move);
        Announce(move, now);
    }

    private MoveSight Look(GroupMigration move, long now) => new(
        move.Stage,
        move.Holder,
        move.Announcement is { IsDone: true },
        IsAlive(move.Source),
        IsAlive(move.Target),
        IsOverdue(move, now));

    private bool IsOverdue(GroupMigration move, long now) => now - move.Since > _patience;

    private bool IsAlive(int worker) => (uint)worker < (uint)_workers.Count && !_workers[worker].IsDead;

    private void Act(GroupMigration move, MoveStep step, long now)
    {
        switch (step)
        {
            case MoveStep.Retract:
                FailByTarget(move);
                Refuse(move.Target, move.Early!, new Steering(move.Source, []));
                Finish(move, now);
                break;
            case MoveStep.TakeFromDead:
                TakeFromDead(move, now);
                break;
            case MoveStep.HandOver:
                move.Group.HandOver(move.Target);
                move.Enter(MoveStage.Releasing, now);
                break;
            case MoveStep.Withdraw:
                if (move.TryWithdraw())
                {
                    FailByEnd(move);
                    move.Enter(MoveStage.Restoring, now);
                }

                break;
            case MoveStep.TakeBack:
                if (move.Group.TryTakeBack(move.Target))
                {
                    Rehome(move, now);
                }

                break;
            case MoveStep.Rehome:
                Rehome(move, now);
                break;
            case MoveStep.Restore:
                Restore(move, now);
                break;
            case MoveStep.Finish:
                Finish(move, now);
                break;
            default:
                break;
        }
    }

    private void Announce(GroupMigration move, long now)
    {
        move.Early = new EarlyQueue(move.Group.Number, _earlyPackets);
        move.Announcement = new WorkerCommand { Expected = [move.Early] };
        move.Enter(MoveStage.Announcing, now);
        _workers[move.Target].Post(move.Announcement);
    }

    /// <summary>Has the NIC send the packets of groups to their targets.</summary>
    private void Steer(List<GroupMigration> moves, long now)
    {
        var steerings = _nic.Write([.. moves.Select(move => (move.Group.Number, move.Target))], out var problem);
        for (var i = 0; i < moves.Count; i++)
        {
            var move = moves[i];
            if (problem is not null)
            {
                move.Fail(MigrationResult.NicRefused, problem);
            }

            if (move.Holder == Holder.Control)
            {
                // Whatever the NIC does: in the end somebody must have the group.
                if (problem is null || IsOverdue(move, now))
                {
                    RefuseFormer(move, problem is null ? steerings![i] : null);
                    move.Group.HandOver(move.Target);
                    move.Enter(MoveStage.Releasing, now);
                }
            }
            else if (problem is null)
            {
                Release(move, steerings![i].PositionIn(move.Source), now);
            }
            else
            {
                move.Enter(MoveStage.Restoring, now);
            }
        }
    }

    private void Release(GroupMigration move, ulong position, long now)
    {
        move.Enter(MoveStage.Releasing, now);
        if (IsAlive(move.Source))
        {
            _workers[move.Source].Post(new WorkerCommand { Releases = [move.Order(position)] });
        }
    }

    /// <summary>
    /// Takes a group from its dead source, when all that this sent has left: what the target sends must not overtake it. The thread has ended, so that
    /// whether it carried the order out is settled.
    /// </summary>
    private void TakeFromDead(GroupMigration move, long now)
    {
        var source = _workers[move.Source];
        if (source.HasTransmitted)
        {
            move.TryWithdraw();
            move.Group.TakeFromDead(move.Source, source.Counters);
            source.Bury();
        }
        else if (IsOverdue(move, now))
        {
            move.Fail(MigrationResult.SourceStalled, $"worker {move.Source} died, and what it sent does not leave");
            move.Enter(MoveStage.Restoring, now);
        }
    }

    /// <summary>Has the NIC send the packets of a group to its source again. Tried anew until it does.</summary>
    private void Restore(GroupMigration move, long now)
    {
        var steering = _nic.Write([(move.Group.Number, move.Source)], out _)?[0];
        if (steering?.Queue == move.Source || IsOverdue(move, now))
        {
            // If the NIC does not, the source has the group, and the target drops its packets until the next moves set that right.
            Refuse(move.Target, move.Early!, steering?.Queue == move.Source ? steering : null);
            Finish(move, now);
        }
    }

    /// <summary>Tells a worker that a group will not come.</summary>
    /// <param name="worker">Index of the worker.</param>
    /// <param name="early">The packets that wait there.</param>
    /// <param name="steering">How the group is steered now, to another worker; null when that is not sure.</param>
    private void Refuse(int worker, EarlyQueue early, Steering? steering)
    {
        if (!IsAlive(worker))
        {
            _workers[worker].Bury();
            return;
        }

        PostRefusal(worker, early, steering?.PositionIn(worker) ?? RefusedGroup.Forever);
        _refused.Add(new RefusedGroup(worker, early) { IsSteered = steering is null });
    }

    private void PostRefusal(int worker, EarlyQueue early, ulong until) =>
        _workers[worker].Post(new WorkerCommand { Refusals = [new Refusal(early, DropReason.MigrationTimeout, until)] });

    private void ForgetRefused() => _refused.RemoveAll(refused => refused.Early.IsForgotten || _workers[refused.Worker].IsDead);

    /// <summary>Has the NIC steer groups to their owners where it could not be made to after moves before.</summary>
    private void RestoreRefused()
    {
        foreach (var refused in _refused.Where(refused => refused.IsSteered && IsAlive(_groups.OwnerOf(refused.Early.Group))))
        {
            var owner = _groups.OwnerOf(refused.Early.Group);
            if (_nic.Write([(refused.Early.Group, owner)], out _)?[0] is { } steering && steering.Queue == owner)
            {
                refused.IsSteered = false;
                PostRefusal(refused.Worker, refused.Early, steering.PositionIn(refused.Worker));
            }
        }
    }

    private void RefuseFormer(GroupMigration move, Steering? steering)
    {
        foreach (var (worker, early) in move.Former)
        {
            Refuse(worker, early, steering);
        }

        move.Former.Clear();
    }

    /// <summary>Finds another worker for a group that the control thread holds: the source if it can be.</summary>
    private void Rehome(GroupMigration move, long now)
    {
        FailByTarget(move);
        if (!move.Former.Exists(former => former.Early == move.Early))
        {
            move.Former.Add((move.Target, move.Early!));
        }

        int[] candidates = [move.Source, .. Enumerable.Range(0, _workers.Count)];
        candidates = [.. candidates.Where(worker => IsAlive(worker) && !move.Former.Exists(former => former.Worker == worker))];
        var next = Array.FindIndex(candidates, worker => !IsRefused(worker, move.Group.Number));
        if (next >= 0)
        {
            move.Target = candidates[next];
            Announce(move, now);
            return;
        }

        if (candidates.Length > 0 && !IsAlive(move.Target) && !IsOverdue(move, now))
        {
            return; // there will be one as soon as it has dropped what it has to
        }

        // Nobody else can have it. One that was told already takes it when it wakes up; where there is none, it stays until it is moved again.
        var last = move.Former.FindLastIndex(former => IsAlive(former.Worker));
        if (last >= 0)
        {
            move.Target = move.Former[last].Worker;
            move.Former.RemoveAt(last);
            move.Group.HandOver(move.Target);
        }

        RefuseFormer(move, null);
        Finish(move, now);
    }

    /// <summary>Whether a worker may still have packets of a group to drop.</summary>
    private bool IsRefused(int worker, int group) => _refused.Exists(refused => refused.Worker == worker && refused.Early.Group == group);

    private void FailByEnd(GroupMigration move)
    {
        if (IsAlive(move.Target))
        {
            move.Fail(MigrationResult.SourceStalled, $"worker {move.Source} did not release the group");
        }
        else
        {
            FailByTarget(move);
        }
    }

    private void FailByTarget(GroupMigration move)
    {
        if (IsAlive(move.Target))
        {
            move.Fail(MigrationResult.TargetStalled, $"worker {move.Target} did not take notice");
        }
        else
        {
            move.Fail(MigrationResult.TargetDied, $"worker {move.Target} died");
        }
    }

    private void Finish(GroupMigration move, long now)
    {
        move.Enter(MoveStage.Over, now);
        var owner = move.Group.Owner & ~Flows.GroupView.HandedOver;
        _outcomes.Add(new MigrationOutcome(
            move.Group.Number, move.Source, owner < _workers.Count ? owner : -1, move.Result, TimeSpan.FromTicks((now - _begin) / TimeSpan.NanosecondsPerTick))
        {
            Problem = move.Problem,
        });
    }
}
