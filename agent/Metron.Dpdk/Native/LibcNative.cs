using System.Runtime.InteropServices;

namespace Metron.Dpdk.Native;

/// <summary>Functions of the C library that .NET has no equivalent for (sched(7), pipe(2), fdopen(3)).</summary>
internal static unsafe partial class LibcNative
{
    private const string Library = "libc";

    /// <summary>Size of cpu_set_t: 1,024 CPUs.</summary>
    public const int CpuSetBytes = 128;

    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int SetFlags = 4;
    public const int LineBuffered = 1;

    [LibraryImport(Library, EntryPoint = "sched_setaffinity", SetLastError = true)]
    public static partial int SetAffinity(int thread, nuint size, byte* cpus);

    [LibraryImport(Library, EntryPoint = "sched_getaffinity", SetLastError = true)]
    public static partial int GetAffinity(int thread, nuint size, byte* cpus);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int CreatePipe(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int ControlFile(int descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "fdopen", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OpenStream(int descriptor, string mode);

    [LibraryImport(Library, EntryPoint = "setvbuf")]
    public static partial int SetBuffer(nint stream, nint buffer, int mode, nuint size);

    [LibraryImport(Library, EntryPoint = "fclose")]
    public static partial int CloseStream(nint stream);
}
