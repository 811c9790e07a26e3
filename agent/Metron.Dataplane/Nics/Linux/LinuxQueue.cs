using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.Kernel.Sockets;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Nics.Linux;

/// <summary>
/// A queue of a <see cref="LinuxNic"/>: the port of one worker. Frames are copied out of the ring into mbufs, with the VLAN header that the kernel
/// had taken off, and out of mbufs by the kernel when they are sent.
/// </summary>
public unsafe struct LinuxQueue : IPacketPort
{
    private readonly State _state;
    private EalThread _thread;

    internal LinuxQueue(State state) => _state = state;

    /// <inheritdoc/>
    public readonly ulong Taken => _state.Ring.Taken;

    /// <inheritdoc/>
    /// <remarks>What the device has been given: in which order it serves its TX queues is its own affair.</remarks>
    public readonly ulong Transmitted => _state.Transmitted;

    /// <summary>What was not received or sent as it came, and why.</summary>
    public readonly LinuxQueueStatistics Statistics => _state.Statistics;

    /// <inheritdoc/>
    public void Attach()
    {
        _thread = EalThread.Register();
        _state.Allocator = new MbufAllocator(_state.Pool);
    }

    /// <inheritdoc/>
    public readonly void Detach() => _thread.Dispose();

    /// <inheritdoc/>
    /// <remarks>
    /// Frames that do not fit an mbuf (merged by receive offload: switch it off with ethtool -K) or find none left are taken and dropped, so
    /// that <see cref="Taken"/> counts everything that was in the ring.
    /// </remarks>
    public readonly int Receive(Mbuf* burst, int count)
    {
        var received = 0;
        while (received < count && _state.Ring.TryTake(out var frame))
        {
            received += _state.TryCopy(frame, out burst[received]) ? 1 : 0;
        }

        return received;
    }

    /// <inheritdoc/>
    /// <remarks>Frames of several segments are dropped, counted in <see cref="LinuxQueueStatistics.Unsendable"/>.</remarks>
    public readonly int Send(Mbuf* burst, int count) => _state.Send(burst, count);

    /// <inheritdoc/>
    public readonly bool TryCopy(Mbuf source, out Mbuf copy) => Mbuf.TryCopy(source, out copy);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Free(Mbuf* burst, int count) => Mbuf.Free(new ReadOnlySpan<Mbuf>(burst, count));

    /// <summary>What copies of a port share; all used by the worker's thread.</summary>
    internal sealed class State(PacketRing ring, PacketSender sender, MbufPool pool, FrameHash hash) : IDisposable
    {
        private const int AddressesBytes = 12;
        private const int VlanBytes = 4;
        private ulong _oversized;
        private ulong _noMbuf;
        private ulong _unsendable;

        public PacketRing Ring => ring;

        public MbufPool Pool => pool;

        public MbufAllocator Allocator { get; set; } = null!;

        public ulong Transmitted { get; private set; }

        public LinuxQueueStatistics Statistics => new(Volatile.Read(ref _oversized), Volatile.Read(ref _noMbuf), Volatile.Read(ref _unsendable));

        public bool TryCopy(in RingFrame frame, out Mbuf mbuf)
        {
            if (!Allocator.TryAllocate(out mbuf))
            {
                _noMbuf++;
                return false;
            }

            var length = frame.Bytes.Length + (frame.HasVlan ? VlanBytes : 0);
            if (frame.Bytes.Length != frame.Length || frame.Bytes.Length < AddressesBytes || length > mbuf.BufferLength - mbuf.DataOffset)
            {
                _oversized++;
                mbuf.Free();
                return false;
            }

            mbuf.SetLength(length);
            Fill(mbuf.Bytes, frame);
            if (hash.TryCompute(mbuf.Bytes, out var value))
            {
                mbuf.RssHash = value;
                mbuf.Flags |= MbufFlags.ReceiveRssHash;
            }

            return true;
        }

        public int Send(Mbuf* burst, int count)
        {
            Span<FrameMemory> frames = stackalloc FrameMemory[PacketSender.MostFrames];
            var done = 0;
            while (done < count)
            {
                // Those that cannot be sent are dropped where they stand.
                var run = 0;
                while (done + run < count && run < frames.Length && burst[done + run].SegmentCount == 1)
                {
                    frames[run] = new FrameMemory((nint)burst[done + run].Data, burst[done + run].DataLength);
                    run++;
                }

                var sent = run == 0 ? Drop() : SendRun(frames[..run]);
                Mbuf.Free(new ReadOnlySpan<Mbuf>(burst + done, sent));
                done += sent;
                if (sent < run)
                {
                    break;
                }
            }

            Transmitted += (uint)done;
            return done;
        }

        public void Dispose() => sender.Dispose();

        private int SendRun(ReadOnlySpan<FrameMemory> frames)
        {
            try
            {
                return sender.Send(frames);
            }
            catch (Kernel.KernelException)
            {
                // The first frame is too long, or the interface is down: it is lost, as on any NIC.
                return Drop();
            }
        }

        private int Drop()
        {
            _unsendable++;
            return 1;
        }

        private static void Fill(Span<byte> bytes, in RingFrame frame)
        {
            if (!frame.HasVlan)
            {
                frame.Bytes.CopyTo(bytes);
                return;
            }

            frame.Bytes[..AddressesBytes].CopyTo(bytes);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[AddressesBytes..], frame.VlanType);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[(AddressesBytes + 2)..], frame.VlanTag);
            frame.Bytes[AddressesBytes..].CopyTo(bytes[(AddressesBytes + VlanBytes)..]);
        }
    }
}

/// <summary>Frames that a <see cref="LinuxQueue"/> dropped.</summary>
/// <param name="Oversized">Received, and larger than an mbuf or a block of the ring.</param>
/// <param name="NoMbuf">Received when no mbuf was left.</param>
/// <param name="Unsendable">To be sent, and refused by the kernel or of several segments.</param>
public readonly record struct LinuxQueueStatistics(ulong Oversized, ulong NoMbuf, ulong Unsendable);
