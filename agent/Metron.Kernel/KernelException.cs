using System.Runtime.InteropServices;
using Metron.Kernel.Native;

namespace Metron.Kernel;

/// <summary>The kernel refused something. The message says what was tried, which system call failed with which error, and what to do.</summary>
public sealed class KernelException : Exception
{
    /// <summary>An error without a system call behind it.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public KernelException(string message)
        : base(message)
    {
    }

    /// <summary>A system call failed.</summary>
    /// <param name="attempt">What was tried, as "attach an XDP program to eth0".</param>
    /// <param name="call">The system call, as "bpf(BPF_LINK_CREATE)".</param>
    /// <param name="errno">Its error.</param>
    /// <param name="advice">What to do about it; null for what the error itself suggests.</param>
    internal KernelException(string attempt, string call, int errno, string? advice = null)
        : base(Describe(attempt, call, errno, advice ?? Advise(errno))) => Errno = errno;

    private KernelException()
    {
    }

    private KernelException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Error of the system call (errno(3)); 0 when there was none.</summary>
    public int Errno { get; }

    /// <summary>The error of the last system call of this thread.</summary>
    internal static KernelException Last(string attempt, string call, string? advice = null) => new(attempt, call, Marshal.GetLastPInvokeError(), advice);

    private static string Describe(string attempt, string call, int errno, string? advice)
    {
        var failure = $"cannot {attempt}: {call}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
        return advice is null ? failure : $"{failure}; {advice}";
    }

    private static string? Advise(int errno) => errno switch
    {
        Libc.PermissionDenied or Libc.AccessDenied => "run as root, or with CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF (kernel 5.8; CAP_SYS_ADMIN before)",
        Libc.NoMemory => "memory or the limit of locked memory (ulimit -l) is used up",
        Libc.NoSystemCall => "this kernel is built without it",
        _ => null,
    };
}
