using System.Diagnostics;
using System.Runtime.CompilerServices;
using Metron.Dataplane.Appliances;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Workers;

/// <summary>
/// A worker: one thread that polls one port and carries what it finds to the end. All that belongs to it is made here and touched by its thread
/// alone, but for the counters, which others read, and the mailbox, by which it gets commands. Flow groups are made elsewhere and are its for a time.
/// </summary>
internal abstract unsafe class Worker : IDisposable
{
    private readonly NativeRegion _counterRegion = new((nuint)sizeof(WorkerCounters));
    private readonly Lock _mailLock = new();
    private readonly Queue<WorkerCommand> _waiting = new();
    private readonly ManualResetEventSlim _wake = new(false, spinCount: 0);
    private WorkerCommand? _mailbox;
    private long _postedTicks;
    private volatile bool _isParked;
    private volatile bool _isDead;

    protected Worker(int index, DataplaneOptions options, FlowGroups groups, CycleSampler sampler)
    {
        Index = index;
        Options = options;
        Groups = groups;
        Counters = (WorkerCounters*)_counterRegion.Start;
        Sampler = sampler;
        Context = new WorkerContext(index, sampler);
        Holdings = new GroupHoldings(groups, Context);
        Processor = new BurstProcessor(groups, Holdings, Context, Counters);
        for (var number = 0; number < groups.Count; number++)
        {
            if (groups.OwnerOf(number) == index)
            {
                Holdings.BeginWith(groups[number]);
            }
        }

        Appliances = [.. options.Workers[index].Appliances.Select(name => new ApplianceState(name))];
    }

    public int Index { get; }

    public DataplaneOptions Options { get; }

    /// <summary>Written by the worker, readable by all.</summary>
    public WorkerCounters* Counters { get; }

    /// <summary>Finds out what its cycles go to; what it found is readable by all.</summary>
    public CycleSampler Sampler { get; }

    /// <summary>The closed programs that it has interfaces to.</summary>
    public ApplianceState[] Appliances { get; }

    /// <summary>Whether it does not poll, because it has no flow group.</summary>
    public bool IsParked => _isParked;

    /// <summary>Whether it has ended for good, and touches nothing any more.</summary>
    public bool IsDead => _isDead;

    /// <summary>Whether a command waits that it has not carried out.</summary>
    public bool IsBusy => Mailbox is not null;

    protected FlowGroups Groups { get; }

    protected GroupHoldings Holdings { get; }

    protected WorkerContext Context { get; }

    protected BurstProcessor Processor { get; }

    /// <summary>Command that waits to be taken; null for none.</summary>
    protected WorkerCommand? Mailbox => Volatile.Read(ref _mailbox);

    /// <summary>Hands a command to the worker, which carries its commands out one after the other. Callable from any thread.</summary>
    public void Post(WorkerCommand command)
    {
        lock (_mailLock)
        {
            if (_mailbox is null)
            {
                Volatile.Write(ref _mailbox, command);
            }
            else
            {
                _waiting.Enqueue(command);
            }
        }

        Interlocked.MemoryBarrier();
        if (_isParked)
        {
            Volatile.Write(ref _postedTicks, Stopwatch.GetTimestamp());
            _wake.Set();
        }
    }

    /// <summary>Whether all that it sent has left, in its order. To be asked of a worker that is dead, or by its thread.</summary>
    public abstract bool HasTransmitted { get; }

    /// <summary>Notes that the worker's thread has ended, or will never poll again.</summary>
    public void SetDead() => _isDead = true;

    /// <summary>
    /// Frees, and counts as <see cref="DropReason.WorkerDied"/>, what waits in the queues of a worker that is dead. Called by the control thread, as often as more
    /// may have come.
    /// </summary>
    public abstract void Bury();

    /// <summary>Polls until a command says to stop. The thread is the worker's from here on.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Processor.Dispose();
        _wake.Dispose();
        Array.ForEach(Appliances, appliance => appliance.Dispose());
        Sampler.Dispose();
        _counterRegion.Dispose();
    }

    protected void ClearMailbox()
    {
        lock (_mailLock)
        {
            Volatile.Write(ref _mailbox, _waiting.TryDequeue(out var next) ? next : null);
        }
    }

    /// <summary>Waits until a command comes, or some time has passed.</summary>
    protected void Park(TimeSpan most)
    {
        _wake.Reset();
        _isParked = true;
        Interlocked.MemoryBarrier();
        var isWoken = Mailbox is null && _wake.Wait(most);
        _isParked = false;
        if (isWoken)
        {
            var wake = (ulong)Stopwatch.GetElapsedTime(Volatile.Read(ref _postedTicks)).TotalNanoseconds;
            Counters->Wakes++;
            Counters->WakeNanoseconds += wake;
            Counters->LongestWakeNanoseconds = Math.Max(Counters->LongestWakeNanoseconds, wake);
        }
    }
}

/// <summary>A worker over one kind of port.</summary>
internal sealed unsafe partial class Worker<TPort, TClock> : Worker
    where TPort : struct, IPacketPort
    where TClock : struct, IClock
{
    /// <summary>Tells the samplers of workers apart; any odd number with many bits set will do.</summary>
    private const ulong SamplerSeed = 0x9e3779b97f4a7c15;

    private readonly NativeRegion _burstRegion = new((nuint)(3 * BurstProcessor.MaximumBurst * sizeof(Mbuf)));
    private readonly Mbuf* _received;
    private readonly Mbuf* _outgoing;
    private readonly Mbuf* _dropped;
    private readonly AppliancePorts<TPort>? _appliances;
    private readonly long _idleSleepNanoseconds;
    private readonly long _migrationDeadline;
#pragma warning disable IDE0044 // Ports and clocks are structs with state: readonly would make their calls work on copies.
    private TPort _port;
    private TClock _clock;
#pragma warning restore IDE0044
    private long _lastPoll;
    private long _lastHousekeeping = -1;
    private ulong _sent;
    private bool _wasBusy;
    private int _emptyPolls;
    private bool _isStopped;

    public Worker(int index, DataplaneOptions options, FlowGroups groups, TPort port, TClock clock, IReadOnlyList<TPort>? appliancePorts = null)
        : base(index, options, groups, new CycleSampler(() => clock.Nanoseconds, options.SampleInterval, (ulong)(index + 1) * SamplerSeed))
    {
        _port = port;
        _clock = clock;
        _received = (Mbuf*)_burstRegion.Start;
        _outgoing = _received + BurstProcessor.MaximumBurst;
        _dropped = _outgoing + BurstProcessor.MaximumBurst;
        _appliances = appliancePorts is { Count: > 0 } ? new AppliancePorts<TPort>(Appliances, appliancePorts, Counters, options.ProbeToken) : null;
        Processor.Copies.Copier = new PortCopier(this);
        _idleSleepNanoseconds = (long)options.IdleSleep.TotalNanoseconds;
        _migrationDeadline = (long)options.MigrationDeadline.TotalNanoseconds;
        _lastPoll = clock.Nanoseconds;
        Context.SetTime(_lastPoll);
    }

    /// <inheritdoc/>
    public override void Run()
    {
        _port.Attach();
        try
        {
            Sampler.Calibrate();
            _lastPoll = _clock.Nanoseconds;
            _sent = _port.Transmitted;
            while (!_isStopped)
            {
                if (Poll() > 0)
                {
                    continue;
                }

                if (Holdings.IsEmpty && Mailbox is null)
                {
                    ParkOnce();
                }
                else if (_idleSleepNanoseconds > 0 && ++_emptyPolls >= Options.EmptyPollsBeforeSleep)
                {
                    NativeSleep.Sleep(_idleSleepNanoseconds);
                }
            }
        }
        finally
        {
            _appliances?.FreeProbes();
            _port.Detach();
        }
    }

    /// <summary>One turn: commands, one burst, housekeeping. One clock reading per turn: about 2 cycles per packet of a full burst.</summary>
    /// <returns>Number of packets received.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Poll()
    {
        var now = _clock.Nanoseconds;
        Account(now);
        Context.SetTime(now);
        var receiveStart = now;
        if (Mailbox is not null)
        {
            // All of them before the next packet: the NIC may send packets already of a group that one of them says to expect.
            while (Mailbox is { } command && TryCarry(command))
            {
            }

            receiveStart = _clock.Nanoseconds;
        }

        if (Holdings.IsMoving)
        {
            TakeGroups();
        }

        var received = _port.Receive(_received, BurstProcessor.MaximumBurst);
        if (received > 0)
        {
            NoteBusy(now, receiveStart, received);
            Counters->FullPolls += received == BurstProcessor.MaximumBurst ? 1u : 0;
            Forward(received);
        }

        if (_appliances is not null)
        {
            received += PollAppliances(_appliances, now, receiveStart);
        }

        if (Holdings.IsMoving)
        {
            GiveGroups(received);
        }

        if (Context.Now != _lastHousekeeping)
        {
            _lastHousekeeping = Context.Now;
            Holdings.Age(Counters);
        }

        if (Sampler.IsSampling)
        {
            Sampler.End();
        }

        return received;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _appliances?.Dispose();
        _burstRegion.Dispose();
    }

    /// <summary>Takes a burst from each interface to a closed program.</summary>
    private int PollAppliances(AppliancePorts<TPort> appliances, long pollStart, long receiveStart)
    {
        var total = 0;
        for (var number = 0; number < appliances.Count; number++)
        {
            if (Sampler.IsSampling)
            {
                Sampler.Next(CycleStage.Receive, 0);
            }

            var received = appliances.Receive(number, _received, Processor.Snapshot.Appliances);
            if (received > 0)
            {
                NoteBusy(pollStart, receiveStart, received);
                total += received;
                Forward(received);
            }
        }

        return total;
    }

    /// <summary>Notes that the poll found packets, and decides with the first of them whether it is measured.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteBusy(long pollStart, long receiveStart, int received)
    {
        _emptyPolls = 0;
        if (!_wasBusy && Sampler.IsDue())
        {
            Sampler.Begin(pollStart, receiveStart);
        }

        _wasBusy = true;
        if (Sampler.IsSampling)
        {
            Sampler.Count(received);
        }
    }

    private void Forward(int received)
    {
        ForwardOnce(received);
        for (var pass = 1; _appliances is not null && (received = _appliances.TakeBypassed(_received, pass)) > 0; pass++)
        {
            ForwardOnce(received);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardOnce(int received)
    {
        var outgoing = Processor.Process(_received, received, _outgoing, _dropped);
        if (Processor.Dropped > 0)
        {
            _port.Free(_dropped, Processor.Dropped);
        }

        if (_appliances is not null)
        {
            outgoing = _appliances.Divert(_outgoing, outgoing, Processor.Snapshot.Appliances);
        }

        var sent = outgoing > 0 ? Send(_outgoing, outgoing) : 0;
        if (Processor.Copies.Count > 0 || Processor.Copies.Failed > 0)
        {
            SendCopies(Processor.Copies);
        }

        if (Sampler.IsSampling)
        {
            Sampler.Next(CycleStage.Housekeeping, 0);
            Processor.CountSent(_received, received, _outgoing, sent);
        }
    }

    /// <summary>Sends packets, and frees those that the queue does not take.</summary>
    /// <returns>Number of packets sent, from the first on.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Send(Mbuf* packets, int count)
    {
        // Mbufs that were taken are no longer ours to look at.
        ulong bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += packets[i].PacketLength;
        }

        var sent = _port.Send(packets, count);
        _sent += (uint)sent;
        if (sent < count)
        {
            for (var i = sent; i < count; i++)
            {
                bytes -= packets[i].PacketLength;
            }

            Counters->Drops[(int)DropReason.TransmitQueueFull] += (uint)(count - sent);
            _port.Free(packets + sent, count - sent);
        }

        Counters->SentPackets += (uint)sent;
        Counters->SentBytes += bytes;
        return sent;
    }

    /// <summary>Sends copies, as many at a time as packets.</summary>
    private void SendCopies(PacketCopies copies)
    {
        Counters->Drops[(int)DropReason.NoBuffer] += copies.Failed;
        for (var at = 0; at < copies.Count; at += BurstProcessor.MaximumBurst)
        {
            Send(copies.Start + at, Math.Min(BurstProcessor.MaximumBurst, copies.Count - at));
        }

        copies.Clear();
    }

    /// <summary>Charges the time since the last poll to it.</summary>
    private void Account(long now)
    {
        var elapsed = (ulong)(now - _lastPoll);
        _lastPoll = now;
        Counters->Polls++;
        if (_wasBusy)
        {
            Counters->BusyPolls++;
            Counters->BusyNanoseconds += elapsed;
            _wasBusy = false;
        }
        else
        {
            Counters->IdleNanoseconds += elapsed;
        }

        PollGap.Note(Counters, elapsed);
    }

    /// <summary>Copies by the worker's port.</summary>
    private sealed class PortCopier(Worker<TPort, TClock> worker) : PacketCopier
    {
        public override bool TryCopy(Mbuf source, out Mbuf copy) => worker._port.TryCopy(source, out copy);
    }
}
