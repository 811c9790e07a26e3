using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Metron.Packets.Memory;

/// <summary>
/// An array outside the garbage-collected heap that grows without moving anything. Its first chunk has 4,096 elements, each further one as many as
/// all before it together; memory is used page by page as elements become usable, and chunks of 2 MiB and more lie in huge pages where the system
/// grants them. New elements are zero. Not thread-safe.
/// </summary>
/// <remarks>
/// An element takes a comparison, a count of leading zeros and a load to find. The memory is given back when the array is finalized, so whoever
/// holds a reference to an element must hold the array too.
/// </remarks>
/// <typeparam name="T">Type of the elements.</typeparam>
public sealed unsafe class ChunkedArray<T>
    where T : unmanaged
{
    private const int StepBits = 12;
    private const int Step = 1 << StepBits;
    private const int MaximumChunks = 32 - StepBits;
    private const nuint HugePage = 2 << 20;

    /// <summary>For each chunk the address that its first element would have were it element 0, so that indexes need no subtraction.</summary>
    private readonly T** _origins = (T**)NativeMemory.AllocZeroed(MaximumChunks, (nuint)sizeof(T*));

    private readonly NativeRegion?[] _regions = new NativeRegion?[MaximumChunks];
    private readonly void*[] _small = new void*[MaximumChunks];
    private int _chunks;
    private uint _length;

    /// <summary>Gives the memory back.</summary>
    ~ChunkedArray()
    {
        for (var chunk = 0; chunk < _chunks; chunk++)
        {
            _regions[chunk]?.Dispose();
            NativeMemory.AlignedFree(_small[chunk]);
        }

        NativeMemory.Free(_origins);
    }

    /// <summary>The element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not usable.</exception>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= _length)
            {
                ThrowOutOfRange();
            }

            return ref _origins[ChunkOf((uint)index)][(uint)index];
        }
    }

    /// <summary>Asks the CPU for an element that will be needed soon; an index that is not usable is ignored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index)
    {
        if ((uint)index < _length && Sse.IsSupported)
        {
            Sse.Prefetch0(_origins[ChunkOf((uint)index)] + (uint)index);
        }
    }

    /// <summary>Makes elements 0 … <paramref name="length"/> - 1 usable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnsureLength(int length)
    {
        if ((uint)length > _length)
        {
            Grow((uint)length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ChunkOf(uint index) => 32 - BitOperations.LeadingZeroCount(index >> StepBits);

    private static void ThrowOutOfRange() => throw new ArgumentOutOfRangeException("index", "the element is not usable yet");

    private void Grow(uint length)
    {
        while (_length < length)
        {
            if (_length == 0 || BitOperations.IsPow2(_length))
            {
                AddChunk();
            }

            _length += Step;
            ChunkedArrayMemory.Count(Step * sizeof(T));
        }
    }

    private void AddChunk()
    {
        var first = _length;
        var bytes = (nuint)(first == 0 ? Step : first) * (nuint)sizeof(T);
        byte* memory;
        if (bytes >= HugePage)
        {
            var region = new NativeRegion(bytes);
            _regions[_chunks] = region;
            memory = region.Start;
        }
        else
        {
            memory = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
            NativeMemory.Clear(memory, bytes);
            _small[_chunks] = memory;
        }

        _origins[_chunks++] = (T*)(memory - ((nint)first * sizeof(T)));
    }
}

/// <summary>What the arrays have taken, for tests that hold functions to their memory.</summary>
public static class ChunkedArrayMemory
{
    [ThreadStatic]
    private static long _bytes;

    /// <summary>Bytes of the elements that were made usable by this thread so far, in steps of 4,096 elements.</summary>
    public static long TakenByCurrentThread => _bytes;

    internal static void Count(long bytes) => _bytes += bytes;
}
