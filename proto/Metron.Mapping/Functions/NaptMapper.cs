using System.Numerics;
using Google.Protobuf.Collections;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Napt;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a NAPT.</summary>
internal static class NaptMapper
{
    private const uint LargestBlock = 16_384;

    /// <summary>Reads a NAPT.</summary>
    public static NaptConfiguration Map(string name, V1.Napt napt, SpecNode at)
    {
        if (napt.Pool.Count == 0 && napt.Ipv6 is null)
        {
            at.Report("translates nothing: give 'pool' for IPv4, 'ipv6', or both");
        }

        var ports = OutsidePorts(napt.PortRange, at);
        return new NaptConfiguration(name)
        {
            Pool = Pool(napt.Pool, v6: false, at),
            OutsidePorts = ports,
            PortBlockSize = BlockSize(napt.PortBlockSize, ports, at),
            MaxBlocksPerHost = MaxBlocks(napt.MaxBlocksPerHost, at),
            Timeouts = TimeoutMapper.Map(napt.Timeouts, at),
            Pool6 = napt.Ipv6?.Nat66 is { } nat66 ? Pool6(nat66, at.Field("ipv6").Field("nat66")) : [],
            PrefixTranslation = Ipv6Prefix(napt.Ipv6, at),
        };
    }

    private static PortRange OutsidePorts(string text, SpecNode at)
    {
        var whenEmpty = new PortRange(1024, ushort.MaxValue);
        if (text.Length == 0)
        {
            return whenEmpty;
        }

        if (Ports.Read(text, out var range) is { } problem)
        {
            at.Report("portRange", problem);
            return whenEmpty;
        }

        if (range.First == 0)
        {
            at.Report("portRange", $"{Text.Quote(text)} has port 0, which no host uses; begin with 1 or more");
            return whenEmpty;
        }

        return range;
    }

    private static int BlockSize(uint size, PortRange ports, SpecNode at)
    {
        if (size == 0)
        {
            return 0;
        }

        if (size > LargestBlock || !BitOperations.IsPow2(size))
        {
            at.Report("portBlockSize", $"{size} is not a power of two up to {LargestBlock}");
            return 0;
        }

        // Blocks are aligned, so that one masked match covers a block.
        var first = (ports.First + size - 1) / size * size;
        if (first + size - 1 > ports.Last)
        {
            at.Report(
                "portBlockSize",
                $"no aligned block of {size} ports fits into {ports.First}-{ports.Last}; make 'portRange' larger or the blocks smaller");
            return 0;
        }

        return (int)size;
    }

    private static int MaxBlocks(uint blocks, SpecNode at) =>
        Counts.CheckRange(blocks, 0, ushort.MaxValue, at, "maxBlocksPerHost", "; 0 for no limit") ? (int)blocks : 0;

    private static List<AddressRange> Pool6(V1.Nat66 nat66, SpecNode at)
    {
        Counts.Check(nat66.Pool.Count, 1, SpecLimits.PoolAddresses, "pool", at);
        return Pool(nat66.Pool, v6: true, at);
    }

    private static List<AddressRange> Pool(RepeatedField<string> pool, bool v6, SpecNode at)
    {
        var ranges = new List<(AddressRange Range, int Index)>();
        for (var i = 0; i < Math.Min(pool.Count, SpecLimits.PoolAddresses); i++)
        {
            if (Addresses.TryRange(pool[i], v6, at.Item("pool", i), out var range))
            {
                ranges.Add((range, i));
            }
        }

        CheckSize(ranges, at);
        CheckOverlap(ranges, pool, at);
        return [.. ranges.Select(r => r.Range)];
    }

    private static void CheckSize(List<(AddressRange Range, int Index)> ranges, SpecNode at)
    {
        UInt128 total = 0;
        foreach (var (range, _) in ranges)
        {
            var size = range.Last.Value - range.First.Value;
            if (size >= SpecLimits.PoolAddresses || total + size + 1 > SpecLimits.PoolAddresses)
            {
                at.Report("pool", $"has more than {SpecLimits.PoolAddresses} addresses; at most that many are allowed together");
                return;
            }

            total += size + 1;
        }
    }

    private static void CheckOverlap(List<(AddressRange Range, int Index)> ranges, RepeatedField<string> pool, SpecNode at)
    {
        var sorted = ranges.OrderBy(r => r.Range.First.Value).ThenBy(r => r.Index).ToList();
        for (var i = 1; i < sorted.Count; i++)
        {
            var (before, after) = (sorted[i - 1], sorted[i]);
            if (after.Range.First <= before.Range.Last)
            {
                var (earlier, later) = before.Index < after.Index ? (before.Index, after.Index) : (after.Index, before.Index);
                at.Item("pool", later).Report(
                    $"{Text.Quote(pool[later])} overlaps pool[{earlier}], {Text.Quote(pool[earlier])}; list every address once");
            }
        }
    }

    private static PrefixTranslation? Ipv6Prefix(V1.Ipv6Translation? translation, SpecNode function)
    {
        var at = function.Field("ipv6");
        if (translation is { ModeCase: V1.Ipv6Translation.ModeOneofCase.None })
        {
            at.Report("has no mode; give 'prefix' or 'nat66'");
        }

        if (translation?.Prefix is not { } prefixes)
        {
            return null;
        }

        at = at.Field("prefix");
        var insideRead = Translatable(prefixes.Inside, at, "inside", out var inside);
        var outsideRead = Translatable(prefixes.Outside, at, "outside", out var outside);
        if (!insideRead || !outsideRead)
        {
            return null;
        }

        if (inside.Length != outside.Length)
        {
            at.Report("outside", $"{outside} has another length than {inside}; RFC 6296 translates between prefixes of the same length");
        }
        else if (inside == outside)
        {
            at.Report("outside", $"{outside} is the prefix inside already; nothing would be translated");
        }

        return new PrefixTranslation(inside, outside);
    }

    private static bool Translatable(string text, SpecNode at, string field, out IpPrefix prefix)
    {
        if (!Addresses.TryPrefix(text, at, field, out prefix))
        {
            return false;
        }

        if (!prefix.Address.IsV6)
        {
            at.Report(field, $"{prefix} is IPv4; prefix translation is for IPv6, such as 2001:db8:1::/48");
            return false;
        }

        if (prefix.Length is < 16 or > 64)
        {
            at.Report(field, $"{prefix} has length {prefix.Length}; expected 16-64");
            return false;
        }

        return true;
    }
}
