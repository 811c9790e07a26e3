using System.Numerics;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Napt;

/// <summary>
/// Which ports of which outside addresses are taken, by protocol: a bit per port in pages of 512, which exist only while a port in them is
/// taken. Finding a free port looks at 64 ports a step and at 126 pages at most.
/// </summary>
internal sealed class OutsidePorts
{
    private const int PageBits = 9;
    private const int PagePorts = 1 << PageBits;
    private readonly Slab<Page> _pages = new(int.MaxValue);
    private readonly HashIndex _index = new();

    /// <summary>
    /// Takes the first free port at or after <paramref name="start"/>, going on at <paramref name="first"/> behind <paramref name="last"/>.
    /// </summary>
    /// <param name="space">Address and protocol.</param>
    /// <param name="first">First port that may be taken.</param>
    /// <param name="last">Last port that may be taken.</param>
    /// <param name="start">Where to begin; when it is out of range, at the first.</param>
    /// <param name="fit">Which ports fit.</param>
    /// <returns>The port; -1 when none is free.</returns>
    public int Take(PortSpace space, int first, int last, int start, in PortFit fit)
    {
        start = start < first || start > last ? first : start;
        var port = TakeBetween(space, start, last, in fit);
        return port < 0 && start > first ? TakeBetween(space, first, start - 1, in fit) : port;
    }

    /// <summary>Asks the CPU for where the page of a port is looked for.</summary>
    public void Prefetch(PortSpace space, int port) => _index.Prefetch(Hash(space, port >> PageBits));

    /// <summary>Gives a port back.</summary>
    public void Free(PortSpace space, int port)
    {
        var page = Find(space, port >> PageBits);
        ref var bits = ref _pages[page];
        bits.Words[(port & (PagePorts - 1)) >> 6] &= ~(1UL << port);
        if (--bits.Taken == 0)
        {
            _index.Remove(page);
            _pages.Free(page);
        }
    }

    /// <summary>Whether any port between the two is taken.</summary>
    public bool AnyTaken(PortSpace space, int first, int last)
    {
        for (var word = first >> 6; word <= last >> 6; word++)
        {
            var page = Find(space, word >> (PageBits - 6));
            if (page < 0)
            {
                word |= (PagePorts >> 6) - 1;
            }
            else if ((_pages[page].Words[word & 7] & Between(word << 6, first, last)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The bits of the 64 ports from <paramref name="port"/> on that lie in a range.</summary>
    private static ulong Between(int port, int first, int last)
    {
        var low = first > port ? ulong.MaxValue << (first - port) : ulong.MaxValue;
        return last < port + 63 ? low & (ulong.MaxValue >> (port + 63 - last)) : low;
    }

    private int TakeBetween(PortSpace space, int first, int last, in PortFit fit)
    {
        var pageNumber = -1;
        var page = -1;
        for (var word = first >> 6; word <= last >> 6; word++)
        {
            var fitting = fit.Among(word) & Between(word << 6, first, last);
            if (fitting == 0)
            {
                continue;
            }

            if (word >> (PageBits - 6) != pageNumber)
            {
                pageNumber = word >> (PageBits - 6);
                page = Find(space, pageNumber);
            }

            var free = page < 0 ? fitting : fitting & ~_pages[page].Words[word & 7];
            if (free != 0)
            {
                page = page < 0 ? Add(space, pageNumber) : page;
                var bit = BitOperations.TrailingZeroCount(free);
                _pages[page].Words[word & 7] |= 1UL << bit;
                _pages[page].Taken++;
                return (word << 6) + bit;
            }
        }

        return -1;
    }

    private int Find(PortSpace space, int number)
    {
        for (var page = _index.First(Hash(space, number)); page >= 0; page = _index.Next(page))
        {
            ref var candidate = ref _pages[page];
            if (candidate.Space == space && candidate.Number == number)
            {
                return page;
            }
        }

        return -1;
    }

    private int Add(PortSpace space, int number)
    {
        _pages.TryAdd(out var page);
        _pages[page].Space = space;
        _pages[page].Number = (byte)number;
        _index.Add(Hash(space, number), page);
        return page;
    }

    private static uint Hash(PortSpace space, int number) => StateHash.Mix((uint)space.Address, (uint)(number << 8 | space.Protocol), 0);

    private struct Page
    {
        public PortSpace Space;
        public byte Number;
        public short Taken;
        public Bits Words;
    }

    [System.Runtime.CompilerServices.InlineArray(PagePorts / 64)]
    private struct Bits
    {
        private ulong _first;
    }
}

/// <summary>The ports of one protocol at one outside address.</summary>
/// <param name="Address">Index of the address in <see cref="NaptState.Addresses"/>.</param>
/// <param name="Protocol">IP protocol.</param>
internal readonly record struct PortSpace(int Address, byte Protocol);
