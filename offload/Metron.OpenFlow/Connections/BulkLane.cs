using System.Buffers;
using System.Diagnostics;

namespace Metron.OpenFlow;

/// <summary>
/// Work that must not hold up the echoes and barriers of switches with little to say: of peers in the handshake, and of connections that have much to be
/// handled. Half of the cores at most take it on, one turn after the other in the order of asking. After a turn's worth of work a place rests while others
/// wait for it, and steps back for a moment otherwise. So all such work together never computes for longer than a turn at a time, and never takes more than a
/// fifth of those cores when peers compete; work that nobody else competes with is not held back.
/// </summary>
#pragma warning disable CA1001 // The semaphore lives as long as the process.
internal sealed class BulkLane
#pragma warning restore CA1001
{
    /// <summary>Bytes received at once from which on a connection takes the lane: some 0.1 ms of decoding.</summary>
    private const int Much = 8192;

    /// <summary>
    /// 0.25 ms: the kernel lets a thread compute for 3 ms, which others on its core would wait. Shorter turns cost more than they save, as each rest ends by a timer.
    /// </summary>
    private static readonly long TurnTicks = Stopwatch.Frequency / 4000;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int _waiting;
    private long _worked;

    /// <summary>The lane of peers in the handshake: they wait for each other only.</summary>
    public static BulkLane Greetings { get; } = new();

    /// <summary>The lane of greeted connections.</summary>
    public static BulkLane Connections { get; } = new();

    /// <summary>Whether this much is work for the lane.</summary>
    public static bool IsFor(in ReadOnlySequence<byte> received) => received.Length >= Much;

    /// <summary>Waits for a place, and returns when the turn began.</summary>
    public async ValueTask<long> EnterAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _places.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return Stopwatch.GetTimestamp();
    }

    /// <summary>Whether a turn has taken its time.</summary>
    public static bool IsOver(long began) => Stopwatch.GetTimestamp() - began >= TurnTicks;

    /// <summary>Ends a turn, and gives the place to the next one.</summary>
    public async ValueTask LeaveAsync(long began)
    {
        try
        {
            var worked = Interlocked.Add(ref _worked, Stopwatch.GetTimestamp() - began);
            if (worked < TurnTicks)
            {
                return;
            }

            Interlocked.Add(ref _worked, -worked);
            if (Volatile.Read(ref _waiting) > 0)
            {
                // Not by the clock of the options: it is the machine that rests.
                await Task.Delay(Rest, CancellationToken.None).ConfigureAwait(false);
                return;
            }

            // What has come up meanwhile runs first: threads on this core, then work of this process.
            Thread.Yield();
            await Task.Yield();
        }
        finally
        {
            _places.Release();
        }
    }
}
