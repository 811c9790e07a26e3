using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Metron.Packets.Memory;

/// <summary>
/// An array of fixed length outside the garbage-collected heap, aligned to cache lines. From 2 MiB on it lies in huge pages where the system
/// grants them, and pages that are never written take no memory. Its elements are zero at first. May be read by several threads.
/// </summary>
/// <remarks>
/// The memory is given back when the array is finalized, so whoever holds a reference to an element must hold the array too.
/// </remarks>
/// <typeparam name="T">Type of the elements.</typeparam>
[SuppressMessage("Design", "CA1001", Justification = "Tables are shared by workers and revisions; the memory goes with the last of them, by the finalizer.")]
public sealed unsafe class NativeArray<T>
    where T : unmanaged
{
    private const nuint HugePage = 2 << 20;
    private const nuint CacheLine = 64;

    private readonly NativeRegion? _region;
    private readonly T* _start;

    /// <param name="length">Number of elements.</param>
    /// <exception cref="InsufficientMemoryException">The system does not give as much address space.</exception>
    public NativeArray(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = (nuint)length * (nuint)sizeof(T);
        if (bytes >= HugePage)
        {
            _region = new NativeRegion(bytes);
            _start = (T*)_region.Start;
        }
        else
        {
            _start = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, CacheLine), CacheLine);
            NativeMemory.Clear(_start, bytes);
        }
    }

    /// <summary>Gives the memory back.</summary>
    ~NativeArray()
    {
        if (_region is not null)
        {
            _region.Dispose();
        }
        else
        {
            NativeMemory.AlignedFree(_start);
        }
    }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>The element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Length)
            {
                ThrowOutOfRange();
            }

            return ref _start[(uint)index];
        }
    }

    /// <summary>The elements from one on.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not all in the array.</exception>
    public Span<T> Slice(int first, int count)
    {
        if ((uint)first > (uint)Length || (uint)count > (uint)(Length - first))
        {
            ThrowOutOfRange();
        }

        return new Span<T>(_start + first, count);
    }

    /// <summary>Asks the CPU for an element that will be needed soon; an index that is not in the array is ignored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index)
    {
        if ((uint)index < (uint)Length && Sse.IsSupported)
        {
            Sse.Prefetch0(_start + (uint)index);
        }
    }

    private static void ThrowOutOfRange() => throw new ArgumentOutOfRangeException("index", "the element is not in the array");
}
