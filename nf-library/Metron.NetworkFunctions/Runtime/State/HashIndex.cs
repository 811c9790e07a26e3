namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// Finds handles by hash: <c>for (var h = index.First(hash); h >= 0; h = index.Next(h))</c> visits the handles that were added with this
/// hash; the caller compares keys. Grows by linear hashing (Litwin, VLDB 1980): each addition splits at most one bucket, so there is no
/// pause to rehash, at any size. 12 bytes per handle.
/// </summary>
internal sealed class HashIndex
{
    private const int FirstBuckets = 16;
    private readonly ChunkedArray<Node> _nodes = new();
    private readonly ChunkedArray<int> _buckets = new(); // handle + 1, 0 for none
    private int _bucketCount = FirstBuckets;
    private int _level = FirstBuckets; // largest power of two that is not above _bucketCount

    public HashIndex() => _buckets.EnsureLength(FirstBuckets);

    /// <summary>Number of handles in the index.</summary>
    public int Count { get; private set; }

    /// <summary>First handle with the hash, -1 for none.</summary>
    public int First(uint hash) => Seek(_buckets[Bucket(hash)], hash);

    /// <summary>Next handle with the same hash, -1 for none.</summary>
    public int Next(int handle)
    {
        ref var node = ref _nodes[handle];
        return Seek(node.Next, node.Hash);
    }

    /// <summary>Adds a handle that is not in the index.</summary>
    public void Add(uint hash, int handle)
    {
        _nodes.EnsureLength(handle + 1);
        Push(Bucket(hash), handle, hash);
        if (++Count > _bucketCount)
        {
            Split();
        }
    }

    /// <summary>Removes a handle that is in the index.</summary>
    public void Remove(int handle)
    {
        ref var link = ref _buckets[Bucket(_nodes[handle].Hash)];
        while (link != handle + 1)
        {
            link = ref _nodes[link - 1].Next;
        }

        link = _nodes[handle].Next;
        Count--;
    }

    private int Bucket(uint hash)
    {
        var bucket = (int)(hash & (uint)((_level * 2) - 1));
        return bucket < _bucketCount ? bucket : bucket - _level;
    }

    private int Seek(int link, uint hash)
    {
        while (link != 0)
        {
            ref var node = ref _nodes[link - 1];
            if (node.Hash == hash)
            {
                return link - 1;
            }

            link = node.Next;
        }

        return -1;
    }

    private void Push(int bucket, int handle, uint hash)
    {
        ref var head = ref _buckets[bucket];
        _nodes[handle] = new Node { Hash = hash, Next = head };
        head = handle + 1;
    }

    private void Split()
    {
        var from = _bucketCount - _level;
        _buckets.EnsureLength(++_bucketCount);
        if (_bucketCount == _level * 2)
        {
            _level *= 2;
        }

        var link = _buckets[from];
        _buckets[from] = 0;
        while (link != 0)
        {
            var node = _nodes[link - 1];
            Push(Bucket(node.Hash), link - 1, node.Hash);
            link = node.Next;
        }
    }

    private struct Node
    {
        public uint Hash;
        public int Next; // handle + 1, 0 for none
    }
}
