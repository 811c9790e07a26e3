using System.Runtime.InteropServices;

namespace Metron.Bench.Processes;

/// <summary>CPU time of the calling thread (clock_gettime(2)): other work on the machine does not count.</summary>
internal static partial class ThreadTime
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds since the thread began.</summary>
    public static long Nanoseconds()
    {
        _ = GetTime(ThreadCpuClock, out var time);
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out Time time);

    /// <summary>struct timespec.</summary>
    private readonly record struct Time(long Seconds, long Nanoseconds);
}
