using System.Buffers.Binary;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>Reads one record. Numbers are in network byte order. Methods return null when right, else what is wrong.</summary>
internal ref struct MrtRecord(ReadOnlySpan<byte> bytes, Place at)
{
    private const string Short = "ends before its contents do";
    private readonly Place _at = at;
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>RFC 6396, section 4.3.2: sequence number, prefix, entries.</summary>
    public string? ReadRib(bool isV6, RouteTable table)
    {
        if (!TryTake(4, out _) || !TryTake(1, out var length))
        {
            return Short;
        }

        if (length[0] > (isV6 ? 128 : 32))
        {
            return $"has a prefix of {length[0]} bits";
        }

        if (!TryTake((length[0] + 7) / 8, out var address) || !TryTake(2, out var count))
        {
            return Short;
        }

        var prefix = Prefix(address, length[0], isV6);
        for (var entry = 0; entry < BinaryPrimitives.ReadUInt16BigEndian(count); entry++)
        {
            // Peer index, time, attributes.
            if (!TryTake(2, out var peer) || !TryTake(4, out _) || !TryTakeBlock(out var attributes))
            {
                return Short;
            }

            if (AddPath(prefix, attributes, asBytes: 4, BinaryPrimitives.ReadUInt16BigEndian(peer), table) is { } problem)
            {
                return problem;
            }
        }

        return _left.IsEmpty ? null : $"has {_left.Length} bytes behind its last entry";
    }

    /// <summary>RFC 6396, section 4.2: view, sequence number, prefix, status, time, peer, attributes.</summary>
    public string? ReadTableDump(bool isV6, RouteTable table, int order)
    {
        var width = isV6 ? 16 : 4;
        if (!TryTake(4, out _) || !TryTake(width, out var address) || !TryTake(1, out var length) || !TryTake(1 + 4 + width + 2, out _)
            || !TryTakeBlock(out var attributes))
        {
            return Short;
        }

        return length[0] > width * 8
            ? $"has a prefix of {length[0]} bits"
            : AddPath(Prefix(address, length[0], isV6), attributes, asBytes: 2, order, table);
    }

    private readonly string? AddPath(IpPrefix prefix, ReadOnlySpan<byte> attributes, int asBytes, int peer, RouteTable table)
    {
        IpAddress? nextHop = null;
        var pathLength = 0;
        while (!attributes.IsEmpty)
        {
            var isLong = (attributes[0] & 0x10) != 0; // extended length, RFC 4271 section 4.3
            var header = isLong ? 4 : 3;
            if (attributes.Length < header)
            {
                return Short;
            }

            var length = isLong ? BinaryPrimitives.ReadUInt16BigEndian(attributes[2..]) : attributes[2];
            if (attributes.Length < header + length)
            {
                return Short;
            }

            var value = attributes.Slice(header, length);
            var problem = attributes[1] switch
            {
                2 => AsPath(value, asBytes, out pathLength),
                3 => NextHop(value, ref nextHop),
                14 => MpReach(value, ref nextHop),
                _ => null,
            };
            if (problem is not null)
            {
                return problem;
            }

            attributes = attributes[(header + length)..];
        }

        if (nextHop is not { } hop)
        {
            return $"has a path to {prefix} without next hop (NEXT_HOP or MP_REACH_NLRI)";
        }

        table.Add(prefix, new SourceRoute(hop, string.Empty, (pathLength, peer), _at));
        return null;
    }

    // RFC 4271 section 9.1.2.2: a set counts as one; RFC 5065: segments of confederations do not count.
    private static string? AsPath(ReadOnlySpan<byte> value, int asBytes, out int length)
    {
        length = 0;
        while (!value.IsEmpty)
        {
            if (value.Length < 2 || value.Length < 2 + (value[1] * asBytes))
            {
                return "has an AS path that ends before its contents do";
            }

            length += value[0] switch { 1 => 1, 2 => value[1], _ => 0 };
            value = value[(2 + (value[1] * asBytes))..];
        }

        return null;
    }

    private static string? NextHop(ReadOnlySpan<byte> value, ref IpAddress? nextHop)
    {
        if (value.Length != 4)
        {
            return $"has a NEXT_HOP of {value.Length} bytes";
        }

        nextHop ??= IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(value));
        return null;
    }

    /// <summary>RFC 6396 section 4.3.4 leaves all but the next hop out; many writers leave it in, which the first byte (of the AFI, 0) tells.</summary>
    private static string? MpReach(ReadOnlySpan<byte> value, ref IpAddress? nextHop)
    {
        if (value is [0, _, _, ..])
        {
            value = value[3..];
        }

        if (value.IsEmpty || value.Length < 1 + value[0])
        {
            return "has an MP_REACH_NLRI that ends before its next hop does";
        }

        switch (value[0])
        {
            case 4:
                nextHop = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(value[1..]));
                return null;
            case 16 or 32: // global, or global and link-local (RFC 2545 section 3)
                nextHop = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(value[1..]));
                return null;
            default:
                return $"has an MP_REACH_NLRI with a next hop of {value[0]} bytes";
        }
    }

    // Bits behind the length mean nothing (RFC 4271 section 4.3).
    private static IpPrefix Prefix(ReadOnlySpan<byte> address, int length, bool isV6)
    {
        Span<byte> full = stackalloc byte[16];
        full.Clear();
        address.CopyTo(full);
        var value = BinaryPrimitives.ReadUInt128BigEndian(full);
        value = length == 0 ? 0 : value & (UInt128.MaxValue << (128 - length));
        return new IpPrefix(isV6 ? IpAddress.V6(value) : IpAddress.V4((uint)(value >> 96)), length);
    }

    private bool TryTakeBlock(out ReadOnlySpan<byte> block)
    {
        block = default;
        return TryTake(2, out var length) && TryTake(BinaryPrimitives.ReadUInt16BigEndian(length), out block);
    }

    private bool TryTake(int length, out ReadOnlySpan<byte> taken)
    {
        if (_left.Length < length)
        {
            taken = default;
            return false;
        }

        taken = _left[..length];
        _left = _left[length..];
        return true;
    }
}
