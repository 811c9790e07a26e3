using System.Runtime.InteropServices;
using Metron.Kernel.Native;

namespace Metron.Kernel.Steering;

/// <summary>Waits for what the kernel is doing with packets at this moment.</summary>
public static unsafe class KernelBarrier
{
    private const int Global = 1;

    private static readonly nint s_membarrier = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 324 : 283;

    /// <summary>
    /// Returns when every packet whose reception had begun before the call has been through the steering program and lies in its queue. The
    /// kernel receives packets under RCU (net/core/dev.c, netif_receive_skb); membarrier(MEMBARRIER_CMD_GLOBAL) waits until all that was under RCU
    /// has ended (kernel/sched/membarrier.c). Takes some milliseconds, up to some tens.
    /// </summary>
    /// <exception cref="KernelException">The kernel cannot: it runs with nohz_full.</exception>
    public static void Wait()
    {
        if (Libc.SystemCall(s_membarrier, Global, null, 0) < 0)
        {
            throw KernelException.Last("wait for packets under way", "membarrier(MEMBARRIER_CMD_GLOBAL)", "kernels started with nohz_full do not offer it");
        }
    }
}
