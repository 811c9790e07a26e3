using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// DPDK's environment abstraction layer: memory, devices, threads. It can be started once per process (rte_eal.h); after
/// <see cref="Dispose"/> it cannot be started again.
/// </summary>
public sealed unsafe class Eal : IDisposable
{
    private static int _started;

    private readonly EalLog _log;
    private readonly bool _inMemory;
    private int _disposed;

    private Eal(EalLog log, string version, bool inMemory)
    {
        _log = log;
        _inMemory = inMemory;
        Version = version;
        TscHertz = EalNative.TscHertz();
    }

    /// <summary>Version of DPDK: "DPDK 22.11.11".</summary>
    public string Version { get; }

    /// <summary>Ticks of the time stamp counter per second, as DPDK measured them.</summary>
    public ulong TscHertz { get; }

    /// <summary>Version of the installed DPDK, without starting it.</summary>
    /// <exception cref="DpdkException">DPDK is not installed, or its ABI is not known.</exception>
    public static string CheckInstalled() => DpdkLibraries.CheckVersion();

    /// <summary>Starts DPDK. The calling thread keeps its CPU affinity.</summary>
    /// <exception cref="DpdkException">
    /// DPDK is not installed, is of another ABI, was started before in this process, or refused its arguments; the message ends with the last
    /// lines of its log.
    /// </exception>
    public static Eal Start(EalOptions options)
    {
        var version = DpdkLibraries.CheckVersion();
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new DpdkException("DPDK was started before in this process, and can be started only once");
        }

        RemoveAbandonedDirectories(options.ProgramName);
        var log = EalLog.Open(options.Log);
        var arguments = options.ToArguments(CpuAffinity.Allowed());
        var result = Initialise([options.ProgramName, .. arguments]);
        if (result >= 0)
        {
            return new Eal(log, version, options.InMemory);
        }

        var error = DpdkLibraries.Errno;
        var lines = log.Close();
        RemoveRuntimeDirectory(options.InMemory);
        var message = $"DPDK did not start with '{string.Join(' ', arguments)}'";
        throw lines.Count == 0
            ? new DpdkException(message, error)
            : new DpdkException($"{message}. Its last words:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", lines)}", error);
    }

    /// <summary>Releases all devices and memory. Ports must be stopped and workers unregistered before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = EalNative.CleanUp();
            _log.Close();
            RemoveRuntimeDirectory(_inMemory);
        }
    }

    /// <summary>Calls rte_eal_init, which pins the calling thread, and afterwards gives the thread its affinity back.</summary>
    private static int Initialise(string[] arguments)
    {
        // DPDK keeps pointers into the vector: it is never freed. Once per process.
        var vector = (byte**)NativeMemory.Alloc((nuint)(arguments.Length + 1) * (nuint)sizeof(byte*));
        for (var i = 0; i < arguments.Length; i++)
        {
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        vector[arguments.Length] = null;
        var before = CpuAffinity.Allowed();
        var result = EalNative.Initialise(arguments.Length, vector);
        CpuAffinity.Set(before);
        return result;
    }

    /// <summary>DPDK makes a directory under /run/dpdk in any case, and leaves it behind; with nothing kept in files it is empty.</summary>
    private static void RemoveRuntimeDirectory(bool inMemory)
    {
        var directory = Marshal.PtrToStringUTF8((nint)EalNative.RuntimeDirectory());
        if (inMemory && Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
    }

    /// <summary>Removes the empty directories of processes of this name that were killed and so could not do it.</summary>
    private static void RemoveAbandonedDirectories(string programName)
    {
        const string root = "/var/run/dpdk";
        if (!Directory.Exists(root))
        {
            return;
        }

        foreach (var directory in Directory.GetDirectories(root, $"{programName}-*"))
        {
            var process = directory[(root.Length + programName.Length + 2)..];
            if (process.All(char.IsAsciiDigit) && !Directory.Exists($"/proc/{process}"))
            {
                try
                {
                    Directory.Delete(directory);
                }
                catch (IOException)
                {
                    // Not empty, or somebody else was quicker.
                }
                catch (UnauthorizedAccessException)
                {
                    // Another user's.
                }
            }
        }
    }
}
