using System.Runtime.InteropServices;

namespace Metron.Dataplane.Workers;

/// <summary>Sleeps for less than a millisecond (nanosleep(2)), which Thread.Sleep cannot.</summary>
internal static unsafe partial class NativeSleep
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Sleeps about as long, the timer slack of the system added.</summary>
    public static void Sleep(long nanoseconds)
    {
        var time = new Time(nanoseconds / NanosecondsPerSecond, nanoseconds % NanosecondsPerSecond);
        _ = NanoSleep(&time, null);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(Time* time, Time* remaining);

    /// <summary>struct timespec.</summary>
    private readonly record struct Time(long Seconds, long Nanoseconds);
}
