using CsCheck;
using Metron.Synthesis;

namespace Metron.Offload.Tests;

/// <summary>Matches as operators may write them, and packets as they arrive, from small domains so that they meet often.</summary>
internal static class RandomMatches
{
    private static readonly UInt128[] Ports = [0, 1, 22, 79, 80, 81, 443, 1023, 1024, 5000, 65534, 65535];
    private static readonly UInt128[] PortProtocols = [6, 17, 132];
    private static readonly UInt128[] Protocols = [1, 6, 17, 47, 58, 132];
    private static readonly UInt128 Base6 = new(0x20010db800000000, 0);

    private static readonly Gen<FieldCondition?> NoCondition = Gen.Const(default(FieldCondition?));
    private static readonly Gen<FlagSet> Flags = Gen.Select(Gen.Byte, Gen.Byte, (value, mask) => new FlagSet((byte)(value & mask), mask));

    public static Gen<HeaderPoint> Point { get; } =
        from isV6 in Gen.Bool
        from source in Address(isV6)
        from destination in Address(isV6)
        from protocol in Gen.OneOf(Protocols)
        from sourcePort in Gen.OneOf(Ports)
        from destinationPort in Gen.OneOf(Ports)
        from type in Gen.Byte[0, 12]
        from fragment in Gen.Frequency((5, false), (1, true))
        from flags in Gen.Byte
        select TestPacket.Normalize(new HeaderPoint
        {
            IsV6 = isV6,
            Source = source,
            Destination = destination,
            Protocol = (byte)protocol,
            SourcePort = (ushort)sourcePort,
            DestinationPort = (ushort)destinationPort,
            IcmpType = type,
            IsFragment = fragment,
            TcpFlags = flags,
        });

    public static Gen<HeaderMatch> Match { get; } = Gen.OneOf(
        WithAddresses(Gen.Const(new HeaderMatch())),
        WithAddresses(from protocol in Condition(Gen.OneOf(Protocols), canBeRange: false) select new HeaderMatch { Protocol = protocol }),
        WithAddresses(
            from protocol in Gen.OneOf(PortProtocols)
            from source in Gen.Frequency((1, NoCondition), (2, Condition(Gen.OneOf(Ports), true)))
            from destination in Gen.Frequency((1, NoCondition), (2, Condition(Gen.OneOf(Ports), true)))
            from flags in Gen.Frequency((2, Gen.Const(FlagSet.All)), (1, Flags))
            select new HeaderMatch
            {
                Protocol = FieldCondition.Of(protocol),
                SourcePort = source,
                DestinationPort = destination,
                TcpFlags = protocol == 6 ? flags : FlagSet.All,
            }),
        WithAddresses(from flags in Flags select new HeaderMatch { TcpFlags = flags }),
        from isV6 in Gen.Bool
        from type in Gen.Byte[0, 12]
        select new HeaderMatch { IpVersion = isV6 ? 6 : 4, Protocol = FieldCondition.Of(isV6 ? UInt128.CreateChecked(58) : 1), IcmpType = type },
        Gen.Const(new HeaderMatch { Fragment = true }),
        Gen.Const(new HeaderMatch { Fragment = false }));

    private static Gen<HeaderMatch> WithAddresses(Gen<HeaderMatch> matches) =>
        from match in matches
        from version in Gen.OneOf(0, 4, 6)
        from source in Prefix(version == 6)
        from destination in Prefix(version == 6)
        from which in Gen.Int[0, 3]
        select version == 0 ? match : match with
        {
            IpVersion = version,
            Source = (which & 1) != 0 ? source : null,
            Destination = (which & 2) != 0 ? destination : null,
        };

    private static Gen<FieldCondition?> Prefix(bool isV6) =>
        from address in Address(isV6)
        from length in Gen.Int[0, isV6 ? 128 : 32]
        from negated in Gen.Bool
        let hostBits = (isV6 ? 128 : 32) - length
        let host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1
        select (FieldCondition?)new FieldCondition(address & ~host, address | host, negated && length > 0);

    private static Gen<UInt128> Address(bool isV6) => Gen.OneOf(
        Gen.Int[0, 3].Select(low => (isV6 ? Base6 : 0x0a000000) + (UInt128)low),
        Gen.ULong.Select(bits => isV6 ? Base6 + bits : (UInt128)(uint)bits));

    private static Gen<FieldCondition?> Condition(Gen<UInt128> values, bool canBeRange) =>
        from first in values
        from last in values
        from isRange in Gen.Bool
        from negated in Gen.Bool
        let end = canBeRange && isRange ? last : first
        select (FieldCondition?)new FieldCondition(UInt128.Min(first, end), UInt128.Max(first, end), negated);
}
