using CsCheck;

namespace Metron.Synthesis.Tests;

/// <summary>Random matches and packets from small domains, so that they meet often.</summary>
internal static class SpaceGenerators
{
    private static readonly UInt128[] Addresses4 = [0, 0x0a000000, 0x0a000001, 0x0a0000ff, 0x0a000100, 0x0affffff, 0x0b000000, 0xc0a80101, 0xffffffff];
    private static readonly UInt128 Base6 = new(0x20010db800000000, 0);
    private static readonly UInt128[] Addresses6 = [0, Base6, Base6 + 1, Base6 + 0xffff, new UInt128(0x20010db8ffffffff, ulong.MaxValue), UInt128.MaxValue];
    private static readonly UInt128[] Ports = [0, 1, 22, 79, 80, 81, 443, 1023, 1024, 5000, 65534, 65535];
    private static readonly UInt128[] Protocols = [0, 1, 6, 17, 58, 132, 255];
    private static readonly UInt128[] Small = [0, 1, 3, 8, 11, 255];

    private static readonly Gen<FlagSet> Flags =
        from isAny in Gen.Bool
        from mask in Gen.Byte
        from value in Gen.Byte
        select isAny ? FlagSet.All : new FlagSet((byte)(value & mask), mask);

    private static readonly Gen<byte?> IcmpType = Gen.OneOf<byte?>(null, null, null, 0, 3, 8);

    public static Gen<HeaderMatch> Match { get; } =
        from version in Gen.OneOf<int?>(null, 4, 6)
        from source in Condition(version == 6 ? Addresses6 : Addresses4)
        from destination in Condition(version == 6 ? Addresses6 : Addresses4)
        from protocol in Condition(Protocols)
        from sourcePort in Condition(Ports)
        from destinationPort in Condition(Ports)
        from flags in Flags
        from type in IcmpType
        from fragment in Gen.OneOf<bool?>(null, null, null, false, true)
        select new HeaderMatch
        {
            IpVersion = version,
            Source = version is null ? null : source,
            Destination = version is null ? null : destination,
            Protocol = protocol,
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
            TcpFlags = flags,
            IcmpType = type,
            Fragment = fragment,
        };

    public static Gen<HeaderSpace> Space { get; } = Match.List[0, 3].Select(matches =>
        matches.Aggregate(HeaderSpace.Empty, (space, match) => space.Union(match.ToSpace())));

    public static Gen<HeaderPoint> Point { get; } =
        from isV6 in Gen.Bool
        from source in Value(isV6 ? Addresses6 : Addresses4, isV6 ? UInt128.MaxValue : uint.MaxValue)
        from destination in Value(isV6 ? Addresses6 : Addresses4, isV6 ? UInt128.MaxValue : uint.MaxValue)
        from protocol in Value(Protocols, byte.MaxValue)
        from sourcePort in Value(Ports, ushort.MaxValue)
        from destinationPort in Value(Ports, ushort.MaxValue)
        from type in Value(Small, byte.MaxValue)
        from code in Value(Small, byte.MaxValue)
        from fragment in Gen.Bool
        from flags in Gen.Byte
        select new HeaderPoint
        {
            IsV6 = isV6,
            Source = source,
            Destination = destination,
            Protocol = (byte)protocol,
            SourcePort = (ushort)sourcePort,
            DestinationPort = (ushort)destinationPort,
            IcmpType = (byte)type,
            IcmpCode = (byte)code,
            IsFragment = fragment,
            TcpFlags = flags,
        };

    private static Gen<FieldCondition?> Condition(UInt128[] values) =>
        from isAny in Gen.Bool
        from first in Gen.OneOf(values)
        from last in Gen.OneOf(values)
        from negated in Gen.Bool
        select isAny ? null : (FieldCondition?)new FieldCondition(UInt128.Min(first, last), UInt128.Max(first, last), negated);

    private static Gen<UInt128> Value(UInt128[] usual, UInt128 largest) =>
        Gen.OneOf(Gen.OneOf(usual), Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low) & largest));
}
