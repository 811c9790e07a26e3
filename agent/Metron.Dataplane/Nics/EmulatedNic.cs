using System.Diagnostics;
using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.Packets.Hashing;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Nics;

/// <summary>
/// A NIC model in front of a port that has one queue (af_packet, pcap, ring, null, or memory): it spreads what arrives over RX queues as hardware
/// with RSS does, by tag or by Toeplitz hash and an indirection table, and merges what the workers send. It runs on a thread of its own after
/// <see cref="Start"/>, or is stepped by its caller.
/// </summary>
/// <remarks>
/// Control calls come from any thread but workers', one at a time (others wait). They are carried out by the NIC's thread between two bursts, so that
/// positions are exact; while there is no such thread, by the caller, who then is the one who steps.
/// </remarks>
public abstract unsafe class EmulatedNic : INic, IDisposable
{
    /// <summary>Most RX queues.</summary>
    public const int MaximumQueues = 64;

    private const int LineBytes = 128; // what processors fetch and own at a time: two cache lines

    private readonly NativeRegion _region;
    private readonly ushort* _indirection;
    private readonly byte* _missed;
    private readonly byte* _rings;
    private readonly int _receiveRingBytes;
    private readonly int _ringPairBytes;
    private readonly Lock _control = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _controlDeadline;
    private readonly long _idleSleepNanoseconds;
    private readonly int _emptyStepsBeforeSleep;
    private readonly int _core;
    private TagGroups _tags = TagGroups.None;
    private ControlRequest? _mailbox;
    private Thread? _thread;
    private Exception? _failure;
    private bool _isStopped;

    private protected EmulatedNic(EmulatedNicOptions options)
    {
        options.Check();
        Queues = options.Queues;
        IndirectionSize = options.IndirectionSize;
        ReceiveDescriptors = options.ReceiveDescriptors;
        TransmitDescriptors = options.TransmitDescriptors;
        Hash = new FrameHash(new Toeplitz(options.HashKey.Span), options.HashTypes);
        _controlDeadline = options.ControlDeadline;
        _idleSleepNanoseconds = (long)options.IdleSleep.TotalNanoseconds;
        _emptyStepsBeforeSleep = options.EmptyStepsBeforeSleep;
        _core = options.Core;

        var indirectionBytes = IndirectionSize * sizeof(ushort);
        _receiveRingBytes = Align(MbufRing.BytesFor(ReceiveDescriptors));
        _ringPairBytes = _receiveRingBytes + Align(MbufRing.BytesFor(TransmitDescriptors));
        _region = new NativeRegion((nuint)(indirectionBytes + (Queues * (LineBytes + _ringPairBytes))));
        _indirection = (ushort*)_region.Start;
        _missed = _region.Start + indirectionBytes;
        _rings = _missed + (Queues * LineBytes);
        for (var entry = 0; entry < IndirectionSize; entry++)
        {
            _indirection[entry] = (ushort)(entry % Queues);
        }
    }

    /// <inheritdoc/>
    public string Kind => "emulated";

    /// <inheritdoc/>
    public int Queues { get; }

    /// <inheritdoc/>
    public int IndirectionSize { get; }

    /// <summary>Packets that an RX queue holds.</summary>
    public int ReceiveDescriptors { get; }

    /// <summary>Packets that a TX queue holds.</summary>
    public int TransmitDescriptors { get; }

    /// <summary>How packets are hashed.</summary>
    public FrameHash Hash { get; }

    /// <summary>Completes when the NIC's thread has ended after <see cref="Dispose()"/>; fails as soon as it dies: nothing arrives or leaves from then on.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The indirection table; written by <see cref="Carry"/> alone.</summary>
    private protected ushort* Indirection => _indirection;

    /// <summary>What tags mean; written by <see cref="Carry"/> alone.</summary>
    private protected TagGroups Tags => _tags;

    /// <summary>Makes a NIC over a port.</summary>
    /// <typeparam name="TPort">
    /// Kind of port; the NIC's loop is compiled for it. The NIC's thread alone receives and sends by it; workers free and copy mbufs by copies of it,
    /// which they attach and detach to their threads.
    /// </typeparam>
    /// <param name="options">Options.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static EmulatedNic<TPort> Create<TPort>(EmulatedNicOptions options, TPort port)
        where TPort : struct, IPacketPort => new(options, port);

    /// <summary>Starts the NIC's thread.</summary>
    /// <exception cref="DpdkException">The options name a CPU that the process may not use.</exception>
    public void Start()
    {
        if (_thread is not null)
        {
            throw new InvalidOperationException("the NIC has been started before");
        }

        var pinned = new TaskCompletionSource();
        _thread = new Thread(() => RunThread(pinned)) { IsBackground = true, Name = "emulated-nic" };
        _thread.Start();
        pinned.Task.GetAwaiter().GetResult();
    }

    /// <summary>
    /// One turn: a waiting control call, what workers sent, one burst of what arrived. Called by the NIC's thread; by others only while it is not
    /// started.
    /// </summary>
    /// <returns>Packets sent and received.</returns>
    public abstract int Step();

    /// <inheritdoc/>
    public void ReadIndirection(Span<ushort> queues)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queues.Length, IndirectionSize, nameof(queues));
        lock (_control)
        {
            ThrowIfOver();
            for (var entry = 0; entry < IndirectionSize; entry++)
            {
                queues[entry] = Volatile.Read(ref _indirection[entry]);
            }
        }
    }

    /// <inheritdoc/>
    public void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions.Length, changes.Length, nameof(positions));
        foreach (var (entry, queue) in changes)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)entry, (uint)IndirectionSize, nameof(changes));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(queue, Queues, nameof(changes));
        }

        var request = new ControlRequest(changes.ToArray(), null);
        lock (_control)
        {
            Ask(request);
            for (var i = 0; i < changes.Length; i++)
            {
                positions[i] = request.Positions[i];
                var (entry, wanted) = LastOf(changes, changes[i].Entry);
                var found = Volatile.Read(ref _indirection[entry]);
                if (found != wanted)
                {
                    throw new NicException(entry, wanted, found);
                }
            }
        }
    }

    /// <summary>Says which tags name which flow group. Packets with other tags, or none, go by their hash.</summary>
    /// <exception cref="NicException">The NIC's thread did not answer: whether it uses the tags is not known.</exception>
    public void SetTags(TagGroups tags)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tags.LargestGroup, IndirectionSize, nameof(tags));
        lock (_control)
        {
            Ask(new ControlRequest([], tags));
        }
    }

    /// <summary>Reads the counters of a pair of queues, without asking the NIC's thread.</summary>
    public EmulatedQueueStatistics ReadStatistics(int queue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)queue, (uint)Queues);
        lock (_control)
        {
            ObjectDisposedException.ThrowIf(_region.Start == null, this);
            var (receive, transmit) = (ReceiveRing(queue), TransmitRing(queue));
            // The reader's side first: what was taken had been put before.
            var (taken, transmitted) = (receive.Taken, transmit.Taken);
            return new(receive.Put, Volatile.Read(ref *Missed(queue)), taken, transmit.Put, transmitted);
        }
    }

    /// <summary>Stops the NIC's thread, sends what workers sent and frees what they did not take. No worker may use its queues any more.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
        if (_region.Start == null)
        {
            return;
        }

        Volatile.Write(ref _isStopped, true);
        _thread?.Join();
        lock (_control)
        {
            if (_failure is null)
            {
                Empty();
            }

            _failure ??= new ObjectDisposedException(nameof(EmulatedNic));
            _region.Dispose();
        }

        _completion.TrySetResult();
    }

    /// <summary>The RX queue's ring: written by the NIC's thread, read by the worker's.</summary>
    private protected MbufRing ReceiveRing(int queue) => new(_rings + ((long)queue * _ringPairBytes), ReceiveDescriptors);

    /// <summary>The TX queue's ring: written by the worker's thread, read by the NIC's.</summary>
    private protected MbufRing TransmitRing(int queue) => new(_rings + ((long)queue * _ringPairBytes) + _receiveRingBytes, TransmitDescriptors);

    /// <summary>Counts packets that found an RX queue full.</summary>
    private protected ulong* Missed(int queue) => (ulong*)(_missed + (queue * LineBytes));

    /// <summary>Carries out what a control call asks for, if one waits. Nothing is between the port and the queues meanwhile.</summary>
    private protected void CarryMail()
    {
        // A withdrawn request may be replaced by the next one meanwhile, which must not get lost.
        if (Volatile.Read(ref _mailbox) is not null && Interlocked.Exchange(ref _mailbox, null) is { } request)
        {
            Carry(request);
        }
    }

    /// <summary>Called by the NIC's thread before its first step.</summary>
    private protected abstract void Attach();

    /// <summary>Called by the NIC's thread after its last step.</summary>
    private protected abstract void Detach();

    /// <summary>Sends what still can be sent, and frees all mbufs in the queues.</summary>
    private protected abstract void Empty();

    private static int Align(int bytes) => (bytes + LineBytes - 1) & -LineBytes;

    private static IndirectionChange LastOf(ReadOnlySpan<IndirectionChange> changes, int entry)
    {
        var at = changes.Length - 1;
        while (changes[at].Entry != entry)
        {
            at--;
        }

        return changes[at];
    }

    private void Carry(ControlRequest request)
    {
        if (!request.TryAccept())
        {
            return;
        }

        for (var i = 0; i < request.Changes.Length; i++)
        {
            var (entry, queue) = request.Changes[i];
            request.Positions[i] = ReceiveRing(_indirection[entry]).Put;
            Volatile.Write(ref _indirection[entry], queue);
        }

        _tags = request.Tags ?? _tags;
        request.Finish();
    }

    private void Ask(ControlRequest request)
    {
        ThrowIfOver();
        if (_thread is null)
        {
            Carry(request);
            return;
        }

        Volatile.Write(ref _mailbox, request);
        var start = Stopwatch.GetTimestamp();
        var wait = default(SpinWait);
        while (!request.IsFinished)
        {
            ThrowIfOver();
            if (Stopwatch.GetElapsedTime(start) > _controlDeadline && request.TryWithdraw())
            {
                throw new NicException($"the emulated NIC's thread did not answer within {_controlDeadline}: nothing was changed");
            }

            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void ThrowIfOver()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw failure is ObjectDisposedException
                ? new NicException("the emulated NIC has been stopped")
                : new NicException($"the emulated NIC's thread has died: {failure.Message}", failure);
        }
    }

    private void RunThread(TaskCompletionSource pinned)
    {
        try
        {
            if (_core >= 0)
            {
                CpuAffinity.Pin(_core);
            }

            pinned.SetResult();
        }
        catch (DpdkException failure)
        {
            Volatile.Write(ref _failure, failure);
            pinned.SetException(failure);
            return;
        }

        try
        {
            Run();
        }
#pragma warning disable CA1031 // Whatever it is, whoever waits for the NIC has to know.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failure, failure);
            _completion.TrySetException(new NicException($"the emulated NIC's thread has died: {failure.Message}", failure));
        }
    }

    private void Run()
    {
        Attach();
        try
        {
            var empty = 0;
            while (!Volatile.Read(ref _isStopped))
            {
                if (Step() > 0)
                {
                    empty = 0;
                }
                else if (_idleSleepNanoseconds > 0 && ++empty >= _emptyStepsBeforeSleep)
                {
                    NativeSleep.Sleep(_idleSleepNanoseconds);
                }
            }
        }
        finally
        {
            Detach();
        }
    }
}
