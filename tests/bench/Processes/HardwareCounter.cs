using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Metron.Bench.Processes;

/// <summary>An event of one thread, counted by the machine in user mode (perf_event_open(2)). Virtual machines often count none.</summary>
internal sealed partial class HardwareCounter : IDisposable
{
    private const int OpenEvent = 298; // x86-64
    private const int Read = 0;        // x86-64
    private const int AttributeLength = 112;
    private const int ExcludeKernel = 1 << 5;
    private const int ExcludeHypervisor = 1 << 6;
    private readonly int _file;

    private HardwareCounter(int file) => _file = file;

    /// <summary>Events that can be counted (enum perf_hw_id), with type PERF_TYPE_HARDWARE.</summary>
    public enum Event
    {
        Instructions = 1,
        CacheMisses = 3,
    }

    /// <summary>Begins to count.</summary>
    /// <param name="thread">Thread id.</param>
    /// <param name="what">What to count.</param>
    /// <returns>Null when the machine, or the system's settings, do not let it.</returns>
    public static HardwareCounter? Open(int thread, Event what)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return null;
        }

        // struct perf_event_attr: type, size, config, …, flags at 40.
        var attribute = new byte[AttributeLength];
        BinaryPrimitives.WriteInt32LittleEndian(attribute.AsSpan(4), AttributeLength);
        BinaryPrimitives.WriteInt64LittleEndian(attribute.AsSpan(8), (long)what);
        BinaryPrimitives.WriteInt64LittleEndian(attribute.AsSpan(40), ExcludeKernel | ExcludeHypervisor);
        var file = Call(OpenEvent, attribute, thread, -1, -1, 0);
        return file < 0 ? null : new HardwareCounter((int)file);
    }

    /// <summary>Opens a counter for each thread of a name in this process.</summary>
    public static HardwareCounter? OpenFor(string threadName, Event what)
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (File.ReadAllText(Path.Combine(thread, "comm")).Trim() == threadName)
            {
                return Open(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), what);
            }
        }

        return null;
    }

    /// <summary>What was counted so far.</summary>
    public double ReadValue()
    {
        var value = new byte[sizeof(long)];
        return Call(Read, _file, value, sizeof(long)) == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(value) : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Close(_file);

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Call(long number, [In] byte[] attribute, int thread, int cpu, int group, long flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial long Call(long number, long file, [Out] byte[] value, long length);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);
}
