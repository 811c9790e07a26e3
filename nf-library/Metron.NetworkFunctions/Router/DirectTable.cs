using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// Longest prefix match of IPv4 by DIR-24-8 (Gupta, Lin and McKeown, INFOCOM 1998): one entry for each of the 2^24 leading 24 bits, and blocks of
/// 256 for those where longer prefixes lie. One memory access, or two. Two bytes an entry: 32 MiB, of which only pages with routes
/// are used, and half a KiB for each block. Immutable, shared by all workers.
/// </summary>
internal sealed class DirectTable
{
    private const int BlockSize = 256;
    private const int MaximumBlocks = 1 << 15;
    private const ushort IsBlock = 0x8000;

    /// <summary>Entries are a value plus one, 0 for none, or the number of a block with the highest bit set.</summary>
    private readonly NativeArray<ushort> _leading = new(1 << 24);
    private readonly NativeArray<ushort> _blocks;

    private DirectTable(PrefixRanges<uint> ranges, int blocks)
    {
        _blocks = new NativeArray<ushort>(blocks * BlockSize);
        var block = -1;
        for (var range = 0; range < ranges.Count; range++)
        {
            var entry = (ushort)(ranges.Values[range] + 1);
            var first = ranges.Starts[range];
            var end = range + 1 < ranges.Count ? ranges.Starts[range + 1] : 1L << 32;
            if ((byte)first != 0)
            {
                if (Fill(first, Math.Min(end, (first | 0xffL) + 1), entry, ref block) == end)
                {
                    continue;
                }

                first = (first | 0xff) + 1;
            }

            if (entry != 0)
            {
                _leading.Slice((int)(first >> 8), (int)((end >> 8) - (first >> 8))).Fill(entry);
            }

            if ((byte)end != 0)
            {
                Fill(end & ~0xffL, end, entry, ref block, isNew: true);
            }
        }
    }

    /// <summary>Makes a table.</summary>
    /// <returns>Null when the ranges are not for it: more than 32,766 values, or more than 32,768 blocks.</returns>
    public static DirectTable? TryBuild(PrefixRanges<uint> ranges)
    {
        var blocks = 0;
        var last = -1L;
        foreach (var start in ranges.Starts)
        {
            if ((byte)start != 0 && start >> 8 != last)
            {
                last = start >> 8;
                blocks++;
            }
        }

        return blocks <= MaximumBlocks && Array.TrueForAll(ranges.Values, static value => value < IsBlock - 1)
            ? new DirectTable(ranges, blocks)
            : null;
    }

    /// <summary>Asks the CPU for the entry of an address.</summary>
    public void Prefetch(uint address) => _leading.Prefetch((int)(address >> 8));

    /// <summary>Value of the longest prefix that holds the address; -1 when there is none.</summary>
    public int Find(uint address)
    {
        var entry = (int)_leading[(int)(address >> 8)];
        if (entry >= IsBlock)
        {
            entry = _blocks[((entry & ~IsBlock) * BlockSize) + (byte)address];
        }

        return entry - 1;
    }

    /// <summary>Writes a part of a block.</summary>
    private long Fill(long first, long end, ushort entry, ref int block, bool isNew = false)
    {
        if (isNew)
        {
            _leading[(int)(first >> 8)] = (ushort)(IsBlock | ++block);
        }

        _blocks.Slice((block * BlockSize) + (byte)first, (int)(end - first)).Fill(entry);
        return end;
    }
}
