using System.Runtime.CompilerServices;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Sampling;

/// <summary>
/// Finds out what the cycles of a worker go to. Of the polls that found packets it measures one in so many, from begin to end: wherever the
/// work changes, the time since the last such point is charged to what was done, so that the parts make up the whole. Belongs to the worker's
/// thread.
/// </summary>
/// <remarks>
/// How many polls are left out between two is random, since traffic and housekeeping recur. A poll that is not measured pays a decrement and some
/// predicted branches, under 10 cycles per burst; one that is pays a clock reading (25 ns) at each point, which is calibrated
/// and left out of what is charged.
/// </remarks>
internal sealed unsafe class CycleSampler : IDisposable
{
    private const int CalibrationRounds = 32;
    private const int ReadingsPerRound = 64;

    private readonly Func<long> _nanoseconds;
    private readonly int _interval;
    private readonly NativeRegion _region = new((nuint)sizeof(SampleCounters));
    private readonly SampleCounters* _counters;
    private ulong _random;
    private int _pollsLeft;
    private long _overhead;
    private long _last;
    private ulong _sinceBegin;
    private ulong _sinceBurst;
    private CycleStage _stage;

    /// <param name="nanoseconds">The worker's clock.</param>
    /// <param name="interval">One of how many polls is measured, on average; 0: none is.</param>
    /// <param name="seed">Decides which.</param>
    public CycleSampler(Func<long> nanoseconds, int interval, ulong seed)
    {
        _nanoseconds = nanoseconds;
        _interval = interval;
        _counters = (SampleCounters*)_region.Start;
        _random = seed | 1;
        Arm();
    }

    /// <summary>Whether this poll is measured.</summary>
    public bool IsSampling { get; private set; }

    /// <summary>Counts a poll that found packets.</summary>
    /// <returns>Whether it is to be measured: then <see cref="Begin"/> must follow.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsDue() => --_pollsLeft == 0;

    /// <summary>Measures how long measuring takes, on the thread and the core of the worker.</summary>
    public void Calibrate()
    {
        _overhead = 0;
        var least = long.MaxValue;
        for (var round = 0; round < CalibrationRounds; round++)
        {
            var begin = _nanoseconds();
            _last = begin;
            for (var reading = 0; reading < ReadingsPerRound; reading++)
            {
                Charge(CycleStage.Housekeeping);
            }

            least = Math.Min(least, (_last - begin) / ReadingsPerRound);
        }

        *_counters = default;
        _overhead = least;
    }

    /// <summary>Begins to measure a poll that has just received.</summary>
    /// <param name="pollStart">When the poll began: until it received, it was housekeeping.</param>
    /// <param name="receiveStart">When it began to receive.</param>
    public void Begin(long pollStart, long receiveStart)
    {
        if (_interval == 0)
        {
            Arm();
            return;
        }

        IsSampling = true;
        _counters->Polls++;
        _sinceBegin = (ulong)(receiveStart - pollStart);
        _sinceBurst = 0;
        _counters->Nanoseconds[(int)CycleStage.Housekeeping] += _sinceBegin;
        _last = receiveStart;
        _stage = CycleStage.Receive;
    }

    /// <summary>Ends a stage and begins another; only in a poll that is measured.</summary>
    /// <param name="stage">The stage that begins.</param>
    /// <param name="packets">Packets that pass it.</param>
    public void Next(CycleStage stage, int packets)
    {
        Charge(_stage);
        _stage = stage;
        _counters->Packets[(int)stage] += (uint)packets;
    }

    /// <summary>Nanoseconds of the poll that is measured, as of the last reading of the clock; they stand still in one that is not.</summary>
    public ulong SinceBegin => _sinceBegin;

    /// <summary>Nanoseconds that functions took so far, in all polls that were measured.</summary>
    public ulong InFunctions { get; private set; }

    /// <summary>The time since the last call in the same poll, or since the poll began; as of the last change of stage.</summary>
    public ulong TakeSinceBurst()
    {
        var elapsed = _sinceBegin - _sinceBurst;
        _sinceBurst = _sinceBegin;
        return elapsed;
    }

    /// <summary>Counts packets of the stage at work; only in a poll that is measured.</summary>
    public void Count(int packets) => _counters->Packets[(int)_stage] += (uint)packets;

    /// <summary>Interrupts a stage by another, for one packet; <see cref="Leave"/> must follow.</summary>
    /// <returns>The stage that was interrupted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CycleStage Enter(CycleStage stage) => IsSampling ? EnterNow(stage) : default;

    /// <summary>Goes on with a stage that was interrupted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(CycleStage interrupted)
    {
        if (IsSampling)
        {
            Next(interrupted, 0);
        }
    }

    /// <summary>A function is about to get a packet; <see cref="LeaveFunction"/> must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterFunction()
    {
        if (IsSampling)
        {
            Charge(_stage);
        }
    }

    /// <summary>A function is done with a packet.</summary>
    /// <param name="samples">Its program's.</param>
    /// <param name="function">Index of the function.</param>
    /// <param name="path">How the packet came to it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LeaveFunction(ProgramSamples samples, int function, FunctionPath path)
    {
        if (IsSampling)
        {
            var elapsed = Elapse();
            InFunctions += elapsed;
            samples.Add(function, path, elapsed);
        }
    }

    /// <summary>Counts packets that have been sent: their time is that since the poll began, up to the last change of stage.</summary>
    /// <returns>The step of their time.</returns>
    public int CountSent(int packets)
    {
        var step = DurationCounts.StepOf(_sinceBegin);
        _counters->Latencies[step] += (uint)packets;
        return step;
    }

    /// <summary>Ends the poll that is measured.</summary>
    public void End()
    {
        Charge(_stage);
        IsSampling = false;
        Arm();
    }

    /// <summary>What was measured so far. Callable from any thread.</summary>
    public SampleStatistics Read(double cyclesPerNanosecond)
    {
        var stages = new List<StageCycles>();
        for (var stage = 0; stage < SampleCounters.Stages; stage++)
        {
            var packets = Volatile.Read(ref _counters->Packets[stage]);
            var cycles = (ulong)(Volatile.Read(ref _counters->Nanoseconds[stage]) * cyclesPerNanosecond);
            if (packets > 0 || cycles > 0)
            {
                stages.Add(new StageCycles((CycleStage)stage, packets, cycles));
            }
        }

        return new SampleStatistics(_interval, Volatile.Read(ref _counters->Polls), stages, DurationCounts.Read(_counters->Latencies));
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    private CycleStage EnterNow(CycleStage stage)
    {
        var interrupted = _stage;
        Next(stage, 1);
        return interrupted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Charge(CycleStage stage) => _counters->Nanoseconds[(int)stage] += Elapse();

    /// <summary>The time since the last point, less what measuring took.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ulong Elapse()
    {
        var now = _nanoseconds();
        var elapsed = (ulong)Math.Max(now - _last - _overhead, 0);
        _last = now;
        _sinceBegin += elapsed;
        return elapsed;
    }

    /// <summary>Decides how many polls to wait: 1 to twice the interval less 1, each as likely (xorshift64).</summary>
    private void Arm()
    {
        if (_interval == 0)
        {
            _pollsLeft = int.MaxValue;
            return;
        }

        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        _pollsLeft = 1 + (int)(_random % (ulong)((2L * _interval) - 1));
    }
}
