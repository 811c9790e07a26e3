namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// An array that grows by chunks of 4,096 elements and never moves one: growing costs one small allocation, however large it is already.
/// New elements are zero.
/// </summary>
internal sealed class ChunkedArray<T>
    where T : struct
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;
    private T[][] _chunks = [];
    private int _chunkCount;

    /// <summary>The element.</summary>
    public ref T this[int index] => ref _chunks[index >> ChunkBits][index & (ChunkLength - 1)];

    /// <summary>Makes elements 0 … <paramref name="length"/> - 1 usable.</summary>
    public void EnsureLength(int length)
    {
        while (_chunkCount << ChunkBits < length)
        {
            if (_chunkCount == _chunks.Length)
            {
                Array.Resize(ref _chunks, Math.Max(16, _chunkCount * 2));
            }

            _chunks[_chunkCount++] = new T[ChunkLength];
        }
    }
}
