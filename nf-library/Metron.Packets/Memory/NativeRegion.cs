using System.Runtime.InteropServices;

namespace Metron.Packets.Memory;

/// <summary>
/// Zeroed memory outside the garbage-collected heap, aligned to huge pages and backed by them where the system grants it. Address space is
/// taken at once, memory page by page as it is touched: a table can be given its largest size and costs what it uses.
/// </summary>
public sealed unsafe partial class NativeRegion : IDisposable
{
    private const int ProtectReadWrite = 3;      // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x4022; // MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    private const int AdviseHugePage = 14;       // MADV_HUGEPAGE
    private const int AdviseNoHugePage = 15;     // MADV_NOHUGEPAGE
    private const nuint HugePage = 2 << 20;

    private readonly nuint _mappedLength;
    private byte* _mapped;

    /// <param name="length">Bytes.</param>
    /// <param name="usesHugePages">
    /// Whether it shall lie in huge pages, where the system grants them. False for one of many regions that are large by their maximum, but small by
    /// what they are used for: each would take a huge page for its first byte.
    /// </param>
    /// <exception cref="InsufficientMemoryException">The system does not give as much address space.</exception>
    public NativeRegion(nuint length, bool usesHugePages = true)
    {
        _mappedLength = length + HugePage;
        var mapped = Map(null, _mappedLength, ProtectReadWrite, PrivateAnonymous, -1, 0);
        if (mapped == -1)
        {
            throw new InsufficientMemoryException($"cannot map {length} bytes");
        }

        _mapped = (byte*)mapped;
        Start = (byte*)(((nuint)mapped + HugePage - 1) & ~(HugePage - 1));
        if (length >= HugePage)
        {
            // Advice only: where huge pages are off, small ones do.
            _ = Advise(Start, length, usesHugePages ? AdviseHugePage : AdviseNoHugePage);
        }
    }

    /// <summary>First byte, aligned to 2 MiB.</summary>
    public byte* Start { get; private set; }

    /// <summary>Gives the memory back. Nobody may use it any more.</summary>
    public void Dispose()
    {
        if (_mapped != null)
        {
            _ = Unmap(_mapped, _mappedLength);
            _mapped = null;
            Start = null;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
