namespace Metron.NetworkFunctions.Esp;

/// <summary>Which sequence numbers were seen: RFC 4303, section 3.4.3 and appendix A2. Numbers have 64 bits; without extended ones the upper half is 0.</summary>
internal sealed class ReplayWindow
{
    private readonly ulong[] _seen;
    private readonly bool _isExtended;
    private readonly ulong _size;
    private ulong _newest;

    /// <param name="size">Numbers in the window, a multiple of 64.</param>
    /// <param name="isExtended">Whether numbers have 64 bits.</param>
    public ReplayWindow(int size, bool isExtended)
    {
        // One word more, so that the newest numbers never share a word with those that leave the window.
        _seen = new ulong[(size / 64) + 1];
        _size = (ulong)size;
        _isExtended = isExtended;
    }

    /// <summary>The number that 32 bits of it stand for: the one nearest to the window that is not behind it (appendix A2.2).</summary>
    public ulong Extend(uint low)
    {
        if (!_isExtended)
        {
            return low;
        }

        var (high, newestLow) = (_newest >> 32, (uint)_newest);
        var bottom = unchecked(newestLow - (uint)_size + 1);
        if (newestLow >= _size - 1)
        {
            high += low >= bottom ? 0u : 1u;
        }
        else if (low >= bottom && high > 0)
        {
            high--;
        }

        return high << 32 | low;
    }

    /// <summary>Whether a packet with a number may be new.</summary>
    public bool IsFresh(ulong number) =>
        number != 0
        && (number > _newest || (_newest - number < _size && (_seen[WordOf(number)] >> (int)(number & 63) & 1) == 0));

    /// <summary>Notes the number of a packet that proved to be genuine.</summary>
    public void Note(ulong number)
    {
        if (number > _newest)
        {
            var words = Math.Min((number >> 6) - (_newest >> 6), (ulong)_seen.Length);
            for (var word = 1ul; word <= words; word++)
            {
                _seen[WordOf(((_newest >> 6) + word) << 6)] = 0;
            }

            if (words == (ulong)_seen.Length)
            {
                Array.Clear(_seen);
            }

            _newest = number;
        }

        _seen[WordOf(number)] |= 1ul << (int)(number & 63);
    }

    private int WordOf(ulong number) => (int)((number >> 6) % (ulong)_seen.Length);
}
