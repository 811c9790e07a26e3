using System.Runtime.Intrinsics;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The values that a rule asks for, as first and last of each lane: source address, destination address (4 lanes of 32 bits each for IPv6,
/// highest first; 1 for IPv4), protocol, source port, destination port. A prefix is a box in lanes, too. Two cache lines.
/// </summary>
internal readonly struct RuleBox
{
    /// <summary>Lanes of a key; those that are not used are 0.</summary>
    public const int Lanes = 16;

    private const int LaneBits = 32;
    private readonly Vector512<uint> _first;
    private readonly Vector512<uint> _last;

    private RuleBox(ReadOnlySpan<uint> first, ReadOnlySpan<uint> last) => (_first, _last) = (Vector512.Create(first), Vector512.Create(last));

    /// <summary>The box of a rule. A negated condition counts as none.</summary>
    public static RuleBox Of(PacketMatch match, bool isV6)
    {
        Span<uint> first = stackalloc uint[Lanes];
        Span<uint> last = stackalloc uint[Lanes];
        first.Clear();
        last.Clear();
        var lane = Write(first, last, 0, match.Source, isV6);
        lane = Write(first, last, lane, match.Destination, isV6);
        (first[lane], last[lane++]) = match.Protocol is { Negated: false } protocol ? (protocol.Value, protocol.Value) : (0u, byte.MaxValue);
        (first[lane], last[lane++]) = Ports(match.SourcePort);
        (first[lane], last[lane]) = Ports(match.DestinationPort);
        return new RuleBox(first, last);
    }

    /// <summary>The box of all packets.</summary>
    public static RuleBox All(bool isV6) => Of(PacketMatch.Any, isV6);

    /// <summary>Lanes in use.</summary>
    public static int UsedLanes(bool isV6) => isV6 ? 11 : 5;

    /// <summary>Lanes of an address.</summary>
    public static int AddressLanes(bool isV6) => isV6 ? 4 : 1;

    /// <summary>Writes a packet's values.</summary>
    public static void WriteKey(in PacketHeaders headers, Span<uint> key)
    {
        key.Clear();
        var lane = Write(key, 0, headers.Source);
        lane = Write(key, lane, headers.Destination);
        key[lane++] = headers.Protocol;
        key[lane++] = headers.SourcePort;
        key[lane] = headers.DestinationPort;
    }

    /// <summary>First value of a lane.</summary>
    public uint First(int lane) => _first[lane];

    /// <summary>Last value of a lane.</summary>
    public uint Last(int lane) => _last[lane];

    /// <summary>Whether a packet's values lie in the box.</summary>
    public bool Holds(Vector512<uint> key) => Vector512.EqualsAll(Vector512.Min(Vector512.Max(key, _first), _last), key);

    /// <summary>Whether the boxes share a packet.</summary>
    public bool Meets(in RuleBox other) =>
        Vector512.LessThanOrEqualAll(_first, other._last) && Vector512.GreaterThanOrEqualAll(_last, other._first);

    /// <summary>Whether all packets of the other box are in this one.</summary>
    public bool Covers(in RuleBox other) =>
        Vector512.LessThanOrEqualAll(_first, other._first) && Vector512.GreaterThanOrEqualAll(_last, other._last);

    /// <summary>The box with other values in a lane.</summary>
    public RuleBox With(int lane, uint first, uint last)
    {
        Span<uint> firsts = stackalloc uint[Lanes];
        Span<uint> lasts = stackalloc uint[Lanes];
        _first.CopyTo(firsts);
        _last.CopyTo(lasts);
        (firsts[lane], lasts[lane]) = (first, last);
        return new RuleBox(firsts, lasts);
    }

    private static (uint First, uint Last) Ports(Condition<PortRange>? condition) =>
        condition is { Negated: false } range ? (range.Value.First, range.Value.Last) : (0u, ushort.MaxValue);

    private static int Write(Span<uint> first, Span<uint> last, int lane, Condition<IpPrefix>? condition, bool isV6)
    {
        var (low, high) = condition is { Negated: false } prefix ? (prefix.Value.First, prefix.Value.Last) : (UInt128.Zero, UInt128.MaxValue);
        Write(first, lane, new IpAddress(isV6 ? low : (uint)low, isV6));
        return Write(last, lane, new IpAddress(isV6 ? high : (uint)high, isV6));
    }

    private static int Write(Span<uint> lanes, int lane, IpAddress address)
    {
        for (var count = AddressLanes(address.IsV6); count > 0; count--)
        {
            lanes[lane++] = (uint)(address.Value >> ((count - 1) * LaneBits));
        }

        return lane;
    }
}
