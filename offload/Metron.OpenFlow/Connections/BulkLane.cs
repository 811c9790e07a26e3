using System.Buffers;

namespace Metron.OpenFlow;

/// <summary>
/// Lets only some of all connections of this process handle much at once, in the order of asking: the other cores stay free for those with little, whose
/// echoes and barriers would otherwise wait behind every switch that sends without pause.
/// </summary>
internal static class BulkLane
{
    /// <summary>Bytes received at once from which on a connection takes the lane: some 0.1 ms of decoding.</summary>
    private const int Much = 8192;

    private static readonly SemaphoreSlim Places = new(Math.Max(1, Environment.ProcessorCount / 2));

    public static bool IsFor(in ReadOnlySequence<byte> received) => received.Length >= Much;

    public static Task EnterAsync(CancellationToken cancellation) => Places.WaitAsync(cancellation);

    public static void Leave() => Places.Release();
}
