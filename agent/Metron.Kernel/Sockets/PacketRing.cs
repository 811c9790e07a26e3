using System.Runtime.CompilerServices;
using Metron.Kernel.Bpf;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Native;

namespace Metron.Kernel.Sockets;

/// <summary>
/// How large a receive ring is. While few packets come, each block holds those of <paramref name="RetireMilliseconds"/> only: a reader that is held up for
/// longer than <paramref name="Blocks"/> times that loses packets even then.
/// </summary>
/// <param name="BlockBytes">Bytes of a block, a power of two from 4096: the kernel hands over a block when it is full or old.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="RetireMilliseconds">How long a block that is not full may wait; at least 1.</param>
public sealed record PacketRingOptions(int BlockBytes, int Blocks, int RetireMilliseconds)
{
    /// <summary>512 blocks of 16 KiB, 1 ms: half a second of few packets, or 50,000 small ones.</summary>
    public static PacketRingOptions Usual { get; } = new(1 << 14, 512, 1);
}

/// <summary>
/// A packet socket with a receive ring of TPACKET_V3 (Documentation/networking/packet_mmap.rst): copies of what an interface receives, without a system
/// call per packet. What the interface sends is not in it. One thread takes frames; <see cref="ReadStatistics"/> may be called by another, one at a time.
/// </summary>
public sealed unsafe class PacketRing : IDisposable
{
    private const int VlanValid = 1 << 4;
    private const int VlanTypeValid = 1 << 6;
    private const int BlockStatus = 8; // struct tpacket_block_desc
    private const int BlockPackets = 12;
    private const int BlockFirst = 16;
    private const int UserOwns = 1;
    private const int MapReadWrite = 3;
    private const int MapShared = 1;

    private readonly PacketSocket _socket;
    private readonly PacketRingOptions _options;
    private readonly byte* _ring;
    private byte* _block;
    private byte* _frame;
    private int _blockNumber;
    private int _left;
    private ulong _received;
    private ulong _dropped;

    private PacketRing(PacketSocket socket, PacketRingOptions options, nint ring)
    {
        (_socket, _options) = (socket, options);
        _ring = _block = (byte*)ring;
    }

    /// <summary>Frames that <see cref="TryTake"/> ever gave.</summary>
    public ulong Taken { get; private set; }

    private nuint Bytes => (nuint)_options.BlockBytes * (nuint)_options.Blocks;

    /// <summary>Opens a ring. Nothing arrives before <see cref="Open"/>.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="options">How large.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static PacketRing Create(NetworkLink link, PacketRingOptions options)
    {
        var socket = PacketSocket.Create(link);
        try
        {
            socket.CloseGate();
            var request = stackalloc uint[7]; // struct tpacket_req3
            (request[0], request[1], request[2]) = ((uint)options.BlockBytes, (uint)options.Blocks, (uint)options.BlockBytes);
            (request[3], request[4]) = ((uint)options.Blocks, (uint)options.RetireMilliseconds);
            socket.Set(PacketSocket.VersionOption, 2);
            socket.Set(PacketSocket.ReceiveRingOption, request, 7 * sizeof(uint), $"make a ring of {options.Blocks} blocks of {options.BlockBytes} bytes");
            var ring = Libc.Map(0, (nuint)options.BlockBytes * (nuint)options.Blocks, MapReadWrite, MapShared, socket.Descriptor, 0);
            if (ring == -1)
            {
                throw KernelException.Last($"map the receive ring of {link.Name}", "mmap()");
            }

            var made = new PacketRing(socket, options, ring);
            socket.Bind(PacketSocket.AllProtocols);
            return made;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes it part of a fan-out group: its number in the group is how many are part of it already.</summary>
    /// <param name="group">Number of the group; null to make a new one.</param>
    /// <param name="program">The program that chooses the socket for each packet, set with a new group.</param>
    /// <returns>Number of the group.</returns>
    public int Join(int? group, BpfProgram program) => _socket.Join(group, program);

    /// <summary>Also receives frames that are for other MAC addresses (promiscuous mode), until it is disposed.</summary>
    public void ReceiveAll() => _socket.ReceiveAll();

    /// <summary>Lets packets in.</summary>
    public void Open() => _socket.OpenGate();

    /// <summary>Takes the next frame, and gives the one before it back.</summary>
    /// <returns>False when there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out RingFrame frame)
    {
        if (_left == 0 && !TryBlock())
        {
            frame = default;
            return false;
        }

        var header = _frame;
        frame = Read(header);
        _left--;
        _frame = header + *(uint*)header;
        Taken++;
        return true;
    }

    /// <summary>What the kernel put into the ring since it was made, and what it dropped because the ring was full.</summary>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public PacketRingStatistics ReadStatistics()
    {
        var (packets, drops) = _socket.TakeStatistics();
        _received += packets - drops;
        _dropped += drops;
        return new PacketRingStatistics(_received, _dropped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        if (_block is not null)
        {
            _block = null;
            _ = Libc.Unmap((nint)_ring, Bytes);
        }
    }

    // A block of which all frames are taken goes back to the kernel when the next one is wanted: its last frame was still in use.
    private bool TryBlock()
    {
        if (_frame is not null)
        {
            Volatile.Write(ref *(int*)(_block + BlockStatus), 0);
            _block = Next();
            _blockNumber = (_blockNumber + 1) % _options.Blocks;
            _frame = null;
        }

        if ((Volatile.Read(ref *(int*)(_block + BlockStatus)) & UserOwns) == 0)
        {
            return false;
        }

        _left = *(int*)(_block + BlockPackets);
        _frame = _block + *(uint*)(_block + BlockFirst);
        return _left > 0 || TryBlock();
    }

    private byte* Next() => _ring + (nint)_options.BlockBytes * ((_blockNumber + 1) % _options.Blocks);

    // struct tpacket3_hdr
    private static RingFrame Read(byte* header)
    {
        var status = *(uint*)(header + 20);
        return new RingFrame
        {
            Bytes = new ReadOnlySpan<byte>(header + *(ushort*)(header + 24), *(int*)(header + 12)),
            Length = *(int*)(header + 16),
            HasVlan = (status & VlanValid) != 0,
            VlanTag = *(ushort*)(header + 32),
            VlanType = (status & VlanTypeValid) != 0 ? *(ushort*)(header + 36) : (ushort)0x8100,
        };
    }
}

/// <summary>What the kernel did with a ring.</summary>
/// <param name="Received">Frames put into it.</param>
/// <param name="Dropped">Frames dropped because it was full.</param>
public readonly record struct PacketRingStatistics(ulong Received, ulong Dropped);
