using System.Runtime.InteropServices;
using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Nics;

/// <summary>Frames in memory that arrive again and again, each copied into its mbuf when it arrives. Loads no DPDK library.</summary>
internal sealed unsafe class FrameSource : IDisposable
{
    private const int StructBytes = 128;
    private const int FrameBytes = 128;
    private const int MbufBytes = StructBytes + FrameBytes;

    private readonly byte* _mbufs;
    private readonly byte* _frames;
    private readonly ushort[] _lengths;
    private int _next;

    /// <param name="frames">Frames of at most 128 bytes.</param>
    public FrameSource(IReadOnlyList<byte[]> frames)
    {
        _lengths = [.. frames.Select(frame => (ushort)frame.Length)];
        _mbufs = (byte*)NativeMemory.AlignedAlloc((nuint)(frames.Count * MbufBytes), 64);
        _frames = (byte*)NativeMemory.AlignedAlloc((nuint)(frames.Count * FrameBytes), 64);
        new Span<byte>(_mbufs, frames.Count * MbufBytes).Clear();
        for (var i = 0; i < frames.Count; i++)
        {
            frames[i].CopyTo(new Span<byte>(_frames + (i * FrameBytes), FrameBytes));
            var mbuf = _mbufs + (i * MbufBytes);
            *(byte**)mbuf = mbuf + StructBytes; // struct rte_mbuf begins with buf_addr
        }
    }

    public ulong Taken { get; private set; }

    public ulong Sent { get; private set; }

    /// <summary>A frame as the receiver left it.</summary>
    public byte[] Read(int number) => new Mbuf((nint)(_mbufs + (number * MbufBytes))).Bytes.ToArray();

    public int Receive(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var mbuf = new Mbuf((nint)(_mbufs + (_next * MbufBytes)));
            mbuf.SetLength(_lengths[_next]);
            Buffer.MemoryCopy(_frames + (_next * FrameBytes), mbuf.Data, FrameBytes, mbuf.DataLength);
            burst[i] = mbuf;
            _next = _next + 1 < _lengths.Length ? _next + 1 : 0;
        }

        Taken += (uint)count;
        return count;
    }

    public int Send(int count)
    {
        Sent += (uint)count;
        return count;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_mbufs);
        NativeMemory.AlignedFree(_frames);
    }
}

/// <summary>A port over a <see cref="FrameSource"/>.</summary>
internal readonly unsafe struct FramePort(FrameSource source) : IPacketPort
{
    public ulong Taken => source.Taken;

    public ulong Transmitted => source.Sent;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count) => source.Receive(burst, count);

    public int Send(Mbuf* burst, int count) => source.Send(count);

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = default;
        return false;
    }

    public void Free(Mbuf* burst, int count)
    {
    }
}
