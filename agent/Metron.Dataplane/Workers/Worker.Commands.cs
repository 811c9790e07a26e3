using Metron.Dataplane.Groups;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <content>What a worker does between two bursts: commands, and flow groups that come and go.</content>
internal sealed unsafe partial class Worker<TPort, TClock>
{
    private const int EntriesPurgedPerPoll = 1024;

    /// <summary>A parked worker looks into its queue as often, for packets that are nobody's.</summary>
    private static readonly TimeSpan LongestPark = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override bool HasTransmitted => _port.Transmitted >= _sent;

    /// <inheritdoc/>
    public override void Bury()
    {
        foreach (var queue in Holdings.Expected)
        {
            DropEarly(queue, DropReason.WorkerDied, long.MaxValue);
        }

        int received;
        while ((received = _port.Receive(_received, BurstProcessor.MaximumBurst)) > 0)
        {
            Counters->Drops[(int)DropReason.WorkerDied] += (uint)received;
            _port.Free(_received, received);
        }
    }

    /// <summary>Does not poll until there is something to do. The time is idle time, and no gap between polls.</summary>
    private void ParkOnce()
    {
        Park(LongestPark);
        var now = _clock.Nanoseconds;
        Counters->IdleNanoseconds += (ulong)(now - _lastPoll);
        _lastPoll = now;
    }

    /// <summary>Carries a command out, or a part of it.</summary>
    /// <returns>Whether it is done.</returns>
    private bool TryCarry(WorkerCommand command)
    {
        if (command.Snapshot is { } snapshot && Processor.Snapshot != snapshot)
        {
            foreach (var added in command.Added)
            {
                Groups[added.Group].Begin(added);
            }

            foreach (var retired in command.Retired)
            {
                Groups[retired.Group].Retire(retired);
            }

            Processor.Snapshot = snapshot;
        }

        foreach (var (group, function) in command.ToReport)
        {
            command.Reports.Add(Groups[group].Report(function));
        }

        if (command.Forgotten < command.Retired.Count)
        {
            var retired = command.Retired[command.Forgotten];
            command.Forgotten += Groups[retired.Group].TryForget(retired, EntriesPurgedPerPoll) ? 1 : 0;
            if (command.Forgotten < command.Retired.Count)
            {
                return false;
            }
        }

        Move(command);
        _isStopped |= command.Stop;
        foreach (var group in Holdings.Owned)
        {
            group.Publish(Counters);
        }

        ClearMailbox();
        command.SetDone();
        return true;
    }

    /// <summary>Takes notice of flow groups that will come, shall go, or will not come after all.</summary>
    private void Move(WorkerCommand command)
    {
        foreach (var queue in command.Expected)
        {
            Holdings.Expect(queue);
        }

        foreach (var order in command.Releases)
        {
            Holdings.Accept(order);
        }

        foreach (var refusal in command.Refusals)
        {
            DropEarly(refusal.Queue, refusal.Reason, long.MaxValue);
            refusal.Queue.Refuse(refusal.Reason, refusal.Until);
        }
    }

    /// <summary>Takes the flow groups that were handed over, with the packets that waited for them; before what arrives behind these.</summary>
    private void TakeGroups()
    {
        for (var i = Holdings.Expected.Count - 1; i >= 0; i--)
        {
            var queue = Holdings.Expected[i];
            if (queue.Refusal != DropReason.None)
            {
                if (_port.Taken >= queue.RefusedUntil)
                {
                    Holdings.Forget(queue);
                }
            }
            else if (Holdings.TryTake(Groups[queue.Group]))
            {
                Context.SetTime(_clock.Nanoseconds);
                Holdings.Forget(queue);
                ForwardEarly(queue);
            }
            else
            {
                DropEarly(queue, DropReason.MigrationTimeout, Context.Nanoseconds - _migrationDeadline);
            }
        }
    }

    /// <summary>Carries out orders to give flow groups away, when all of their packets have been taken, carried on, and have left.</summary>
    /// <param name="received">Packets that this poll found.</param>
    private void GiveGroups(int received)
    {
        for (var i = Holdings.Releases.Count - 1; i >= 0; i--)
        {
            var order = Holdings.Releases[i];
            if (order.IsWithdrawn)
            {
                Holdings.Finish(order);
                continue;
            }

            // An order is given when the table is written: nothing of the group is in a queue that is found empty after that. Positions may be bounds that an
            // idle queue never reaches.
            var isTaken = received == 0 || _port.Taken >= order.Position;
            if (order.TransmitPosition is null && isTaken)
            {
                order.TransmitPosition = _sent;
            }

            if (_port.Transmitted < order.TransmitPosition.GetValueOrDefault(ulong.MaxValue))
            {
                continue;
            }

            Holdings.Finish(order);
            if (order.TryCarryOut())
            {
                var group = Groups[order.Group];
                group.Withdraw(Counters);
                Holdings.Leave(group, order.To);
            }
        }

        if (received == 0)
        {
            ForgetRefused();
        }
    }

    /// <summary>The queue was empty: what is refused until then is refused no longer.</summary>
    private void ForgetRefused()
    {
        for (var i = Holdings.Expected.Count - 1; i >= 0; i--)
        {
            if (Holdings.Expected[i] is { Refusal: not DropReason.None } queue)
            {
                Holdings.Forget(queue);
            }
        }
    }

    /// <summary>Carries packets on that came before their flow group.</summary>
    private void ForwardEarly(EarlyQueue queue)
    {
        while (queue.Count > 0)
        {
            var count = 0;
            while (count < BurstProcessor.MaximumBurst && queue.TryTake(long.MaxValue, out var mbuf))
            {
                _received[count++] = mbuf;

                // The worker received it once already.
                Counters->ReceivedPackets--;
                Counters->ReceivedBytes -= mbuf.PacketLength;
            }

            ForwardOnce(count);
        }
    }

    private void DropEarly(EarlyQueue queue, DropReason reason, long before)
    {
        while (queue.TryTake(before, out var mbuf))
        {
            Counters->CountDrop(reason);
            _port.Free(&mbuf, 1);
        }
    }
}
