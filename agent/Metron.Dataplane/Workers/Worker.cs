using System.Runtime.CompilerServices;
using Metron.Dataplane.Appliances;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Workers;

/// <summary>
/// A worker: one thread that polls one port and carries what it finds to the end. All that belongs to it is made here and touched by its thread
/// alone, but for the counters, which others read, and the mailbox, by which it gets commands.
/// </summary>
internal abstract unsafe class Worker : IDisposable
{
    private readonly NativeRegion _counterRegion = new((nuint)sizeof(WorkerCounters));
    private WorkerCommand? _mailbox;

    protected Worker(int index, DataplaneOptions options, HashSeed seed, CycleSampler sampler)
    {
        Index = index;
        Options = options;
        Counters = (WorkerCounters*)_counterRegion.Start;
        Flows = new FlowDirectory(options.MaximumFlowsPerWorker, (uint)options.FlowIdleTimeout.TotalMilliseconds, seed, sampler);
        Processor = new BurstProcessor(Flows, Counters, sampler);
        Sampler = sampler;
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

    /// <summary>Counters of traffic classes, readable by all.</summary>
    public FlowExits Exits => Processor.Exits;

    protected FlowDirectory Flows { get; }

    protected BurstProcessor Processor { get; }

    /// <summary>Command that waits to be taken; null for none.</summary>
    protected WorkerCommand? Mailbox => Volatile.Read(ref _mailbox);

    /// <summary>Hands a command to the worker; the one before must be done.</summary>
    public void Post(WorkerCommand command) => Volatile.Write(ref _mailbox, command);

    /// <summary>Polls until a command says to stop. The thread is the worker's from here on.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Processor.Dispose();
        Flows.Dispose();
        Array.ForEach(Appliances, appliance => appliance.Dispose());
        Sampler.Dispose();
        _counterRegion.Dispose();
    }

    protected void ClearMailbox() => Volatile.Write(ref _mailbox, null);
}

/// <summary>A worker over one kind of port.</summary>
internal sealed unsafe class Worker<TPort, TClock> : Worker
    where TPort : struct, IPacketPort
    where TClock : struct, IClock
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const int EntriesPurgedPerPoll = 1024;

    /// <summary>Tells the samplers of workers apart; any odd number with many bits set will do.</summary>
    private const ulong SamplerSeed = 0x9e3779b97f4a7c15;

    private readonly NativeRegion _burstRegion = new((nuint)(3 * BurstProcessor.MaximumBurst * sizeof(Mbuf)));
    private readonly Mbuf* _received;
    private readonly Mbuf* _outgoing;
    private readonly Mbuf* _dropped;
    private readonly WorkerHousekeeping _housekeeping;
    private readonly AppliancePorts<TPort>? _appliances;
    private readonly long _idleSleepNanoseconds;
#pragma warning disable IDE0044 // Ports and clocks are structs with state: readonly would make their calls work on copies.
    private TPort _port;
    private TClock _clock;
#pragma warning restore IDE0044
    private long _lastPoll;
    private bool _wasBusy;
    private int _emptyPolls;
    private bool _isStopped;

    public Worker(int index, DataplaneOptions options, HashSeed seed, TPort port, TClock clock, IReadOnlyList<TPort>? appliancePorts = null)
        : base(index, options, seed, new CycleSampler(() => clock.Nanoseconds, options.SampleInterval, (ulong)(index + 1) * SamplerSeed))
    {
        _port = port;
        _clock = clock;
        _received = (Mbuf*)_burstRegion.Start;
        _outgoing = _received + BurstProcessor.MaximumBurst;
        _dropped = _outgoing + BurstProcessor.MaximumBurst;
        _housekeeping = new WorkerHousekeeping(Flows, Processor);
        _appliances = appliancePorts is { Count: > 0 } ? new AppliancePorts<TPort>(Appliances, appliancePorts, Counters, options.ProbeToken) : null;
        Processor.Copies.Copier = new PortCopier(this);
        _idleSleepNanoseconds = (long)options.IdleSleep.TotalNanoseconds;
        _lastPoll = clock.Nanoseconds;
    }

    /// <inheritdoc/>
    public override void Run()
    {
        _port.Attach();
        try
        {
            Sampler.Calibrate();
            _lastPoll = _clock.Nanoseconds;
            while (!_isStopped)
            {
                if (Poll() == 0 && _idleSleepNanoseconds > 0 && ++_emptyPolls >= Options.EmptyPollsBeforeSleep)
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
        Flows.Now = now / NanosecondsPerMillisecond;
        var receiveStart = now;
        if (Mailbox is { } command)
        {
            Carry(command);
            receiveStart = _clock.Nanoseconds;
        }

        var received = _port.Receive(_received, BurstProcessor.MaximumBurst);
        if (received > 0)
        {
            NoteBusy(now, receiveStart, received);
            Forward(received);
        }

        if (_appliances is not null)
        {
            received += PollAppliances(_appliances, now, receiveStart);
        }

        if (_housekeeping.IsDue(Flows.Now))
        {
            _housekeeping.Run(Flows.Now);
            Publish();
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
        if (outgoing < received)
        {
            _port.Free(_dropped, received - outgoing);
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

    private void Carry(WorkerCommand command)
    {
        if (!_housekeeping.Carry(command, EntriesPurgedPerPoll))
        {
            return;
        }

        _isStopped |= command.Stop;
        Publish();
        ClearMailbox();
        command.SetDone();
    }

    private void Publish()
    {
        Counters->FlowEntries = (ulong)Flows.Count;
        Counters->FlowsCreated = Flows.Created;
        Counters->FlowsExpired = Flows.Expired;
        Counters->FlowsEvicted = Flows.Evicted;
        Counters->FlowBytes = (ulong)Flows.Bytes;
    }

    /// <summary>Copies by the worker's port.</summary>
    private sealed class PortCopier(Worker<TPort, TClock> worker) : PacketCopier
    {
        public override bool TryCopy(Mbuf source, out Mbuf copy) => worker._port.TryCopy(source, out copy);
    }
}
