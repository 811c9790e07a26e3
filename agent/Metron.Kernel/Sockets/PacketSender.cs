using System.Runtime.InteropServices;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Native;

namespace Metron.Kernel.Sockets;

/// <summary>A piece of memory that holds a whole frame.</summary>
/// <param name="Address">Its first byte.</param>
/// <param name="Length">Bytes, without FCS.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FrameMemory(nint Address, nint Length);

/// <summary>Sends frames by an interface, past its queueing discipline. One thread calls it.</summary>
public sealed unsafe class PacketSender : IDisposable
{
    private const int DoNotWait = 0x40;
    private readonly PacketSocket _socket;
    private readonly NetworkLink _link;

    private PacketSender(PacketSocket socket, NetworkLink link) => (_socket, _link) = (socket, link);

    /// <summary>Most frames of a call.</summary>
    public const int MostFrames = 64;

    /// <summary>Opens it.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static PacketSender Create(NetworkLink link)
    {
        var socket = PacketSocket.Create(link);
        try
        {
            socket.Bind(0);
            socket.Set(PacketSocket.QdiscBypassOption, 1);
            return new PacketSender(socket, link);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends frames in order. The kernel copies them: their memory is the caller's again afterwards.</summary>
    /// <param name="frames">At most <see cref="MostFrames"/>.</param>
    /// <returns>
    /// Number of frames that the kernel took, from the first on; fewer when the device's queue is full. The first of the rest is the one to try again.
    /// </returns>
    /// <exception cref="KernelException">The first frame failed for another reason than a full queue: the interface is down, or the frame too long.</exception>
    public int Send(ReadOnlySpan<FrameMemory> frames)
    {
        const int HeaderBytes = 64; // struct mmsghdr on 64-bit machines: struct msghdr of 56 bytes, length, padding
        var messages = stackalloc byte[MostFrames * HeaderBytes];
        var count = Math.Min(frames.Length, MostFrames);
        new Span<byte>(messages, count * HeaderBytes).Clear();
        fixed (FrameMemory* vectors = frames)
        {
            for (var index = 0; index < count; index++)
            {
                *(FrameMemory**)(messages + index * HeaderBytes + 16) = vectors + index;
                *(nuint*)(messages + index * HeaderBytes + 24) = 1;
            }

            var sent = count == 0 ? 0 : Libc.SendMany(_socket.Descriptor, messages, (uint)count, DoNotWait);
            return sent >= 0 ? sent
                : Marshal.GetLastPInvokeError() is Libc.NoBuffers or Libc.TryAgain ? 0
                : throw KernelException.Last($"send by {_link.Name}", "sendmmsg()");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
