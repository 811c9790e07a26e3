using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>
/// Consistent hash of a service's backends: Maglev's lookup table (Eisenbud et al., NSDI 2016, section 3.4) with weights. Every worker, and
/// the same worker after a restart, makes the same choice for the same key; a backend that comes or goes changes few other choices.
/// Immutable.
/// </summary>
internal sealed class ConsistentTable
{
    /// <summary>Slots that the lightest backend should get, so that its share is right to about 1%.</summary>
    private const int SlotsOfLightest = 100;

    // Two sizes only: when the size changes, most choices do. 32 and 128 KiB.
    private static readonly int[] Primes = [16381, 65537];
    private readonly ushort[] _slots;

    /// <summary>Builds the table.</summary>
    /// <param name="backends">At most 65,535 backends; those of weight 0 get no slot.</param>
    public ConsistentTable(IReadOnlyList<Backend> backends)
    {
        _slots = new ushort[SlotCount(backends)];
        if (_slots.Length > 0)
        {
            Fill(backends);
        }
    }

    /// <summary>Number of slots; 0 when no backend takes connections.</summary>
    public int Length => _slots.Length;

    /// <summary>Index of the backend in a slot.</summary>
    public int this[int slot] => _slots[slot];

    /// <summary>The slot of a key.</summary>
    public int SlotOf(ulong hash) => (int)Math.BigMul(hash, (ulong)_slots.Length, out _);

    private static int SlotCount(IReadOnlyList<Backend> backends)
    {
        long total = 0;
        long lightest = long.MaxValue;
        foreach (var backend in backends.Where(backend => backend.Weight > 0))
        {
            total += backend.Weight;
            lightest = Math.Min(lightest, backend.Weight);
        }

        var wanted = total * SlotsOfLightest / lightest;
        return total == 0 ? 0 : wanted > Primes[^1] ? Primes[^1] : Array.Find(Primes, prime => prime >= wanted);
    }

    /// <summary>Backends take turns in taking their next preferred free slot; one of half the weight sits out every other turn.</summary>
    private void Fill(IReadOnlyList<Backend> backends)
    {
        var length = (uint)_slots.Length;
        var heaviest = backends.Max(backend => backend.Weight);
        var offset = new uint[backends.Count];
        var skip = new uint[backends.Count];
        var credit = new int[backends.Count];
        for (var index = 0; index < backends.Count; index++)
        {
            var hash = StateHash.Address(backends[index].Address.Value, backends[index].Port, 0);
            offset[index] = (uint)(hash % length);
            skip[index] = (uint)((hash >> 32) % (length - 1)) + 1;
        }

        var taken = new bool[length];
        for (uint filled = 0; ;)
        {
            for (var index = 0; index < backends.Count; index++)
            {
                credit[index] += backends[index].Weight;
                if (credit[index] < heaviest || backends[index].Weight == 0)
                {
                    continue;
                }

                credit[index] -= heaviest;
                while (taken[offset[index]])
                {
                    offset[index] = (offset[index] + skip[index]) % length;
                }

                taken[offset[index]] = true;
                _slots[offset[index]] = (ushort)index;
                if (++filled == length)
                {
                    return;
                }
            }
        }
    }
}
