using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>DPDK refused something; the message says what was asked of which device, and why it was refused.</summary>
public sealed class DpdkException : Exception
{
    public DpdkException(string message)
        : base(message)
    {
    }

    public DpdkException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <param name="message">What was asked.</param>
    /// <param name="errorNumber">errno, positive; DPDK's text for it is appended.</param>
    public DpdkException(string message, int errorNumber)
        : base($"{message}: {Describe(errorNumber)}") => ErrorNumber = errorNumber;

    /// <summary>errno of the failure, positive; 0 when there is none.</summary>
    public int ErrorNumber { get; }

    /// <summary>Throws when the result of a call is negative: -errno, or -1 with rte_errno set.</summary>
    internal static void ThrowIfNegative(int result, string message)
    {
        if (result < 0)
        {
            throw new DpdkException(message, result == -1 && DpdkLibraries.Errno != 0 ? DpdkLibraries.Errno : -result);
        }
    }

    private static unsafe string Describe(int errorNumber) =>
        $"{Marshal.PtrToStringUTF8((nint)EalNative.ErrorText(errorNumber))} (errno {errorNumber})";
}
