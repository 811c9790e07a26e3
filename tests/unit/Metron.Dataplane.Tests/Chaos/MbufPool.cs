using System.Runtime.InteropServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests.Chaos;

/// <summary>Mbufs in memory that are counted: none is freed twice, and what is not free is known.</summary>
internal sealed unsafe class MbufPool : IDisposable
{
    private const int StructBytes = 128;
    private const int Headroom = 128;
    private const int BufferBytes = Headroom + 256;
    private const int Count = 4096;

    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Count * (StructBytes + BufferBytes));
    private readonly bool[] _isTaken = new bool[Count];
    private readonly Stack<int> _free = new(Enumerable.Range(0, Count));

    /// <summary>Mbufs that somebody holds.</summary>
    public int Taken => Count - _free.Count;

    /// <summary>Makes an mbuf with a frame.</summary>
    public Mbuf Make(ReadOnlySpan<byte> frame)
    {
        var number = _free.Pop();
        _isTaken[number] = true;
        var memory = _memory + (number * (StructBytes + BufferBytes));
        *(byte**)memory = memory + StructBytes; // struct rte_mbuf begins with buf_addr
        var mbuf = new Mbuf((nint)memory)
        {
            BufferLength = BufferBytes,
            DataOffset = Headroom,
            DataLength = (ushort)frame.Length,
            PacketLength = (uint)frame.Length,
        };
        frame.CopyTo(mbuf.Bytes);
        return mbuf;
    }

    public void Free(Mbuf mbuf)
    {
        var number = (int)((mbuf.Address - (nint)_memory) / (StructBytes + BufferBytes));
        Assert.True(_isTaken[number], "an mbuf was freed twice");
        _isTaken[number] = false;
        _free.Push(number);
    }

    /// <summary>Takes all mbufs back.</summary>
    public void Reset()
    {
        for (var number = 0; number < Count; number++)
        {
            if (_isTaken[number])
            {
                _isTaken[number] = false;
                _free.Push(number);
            }
        }
    }

    public void Dispose() => NativeMemory.Free(_memory);
}
