namespace Metron.Synthesis;

/// <summary>
/// The packets that can exist, as far as headers are looked at: a field that a packet does not have is 0. Parsers and switches fill fields so
/// (Open vSwitch with OFPC_FRAG_NORMAL), and rules that differ only elsewhere are equal.
/// </summary>
public static class RealPackets
{
    private const int Tcp = 6;
    private static readonly int[] WithPorts = [Tcp, 17, 132];

    /// <summary>All IPv4 and IPv6 packets, as disjoint cubes.</summary>
    public static HeaderSpace Ip { get; } = new([.. Of(HeaderCube.AllV4, 1), .. Of(HeaderCube.AllV6, 58)]);

    /// <summary>All packets whatever their Ethernet type, as disjoint cubes.</summary>
    public static HeaderSpace Ethernet { get; } = new([.. Ip.Cubes, .. Others()]);

    private static IEnumerable<HeaderCube> Of(HeaderCube all, int icmp)
    {
        yield return Without(all.With(HeaderField.Fragment, FieldSet.Of(1)), ports: true, type: true, flags: true);
        var whole = all.With(HeaderField.Fragment, FieldSet.Of(0));
        int[] special = [.. WithPorts.Append(icmp).Order()];
        foreach (var protocol in special)
        {
            yield return Without(
                whole.With(HeaderField.Protocol, FieldSet.Of((UInt128)protocol)), protocol == icmp, protocol != icmp, protocol != Tcp);
        }

        var next = 0;
        foreach (var protocol in special.Append(256))
        {
            if (next < protocol)
            {
                var gap = new Interval((UInt128)next, (UInt128)(protocol - 1));
                yield return Without(whole.With(HeaderField.Protocol, gap), ports: true, type: true, flags: true);
            }

            next = protocol + 1;
        }
    }

    private static HeaderCube Without(HeaderCube cube, bool ports, bool type, bool flags)
    {
        var zero = FieldSet.Of(0);
        cube = ports ? cube.With(HeaderField.SourcePort, zero).With(HeaderField.DestinationPort, zero) : cube;
        cube = type ? cube.With(HeaderField.IcmpType, zero).With(HeaderField.IcmpCode, zero) : cube;
        return flags ? cube.With(HeaderField.TcpFlags, zero) : cube;
    }

    private static IEnumerable<HeaderCube> Others()
    {
        Interval[] types =
        [
            new(1, HeaderFields.Ipv4EtherType - 1),
            new(HeaderFields.Ipv4EtherType + 1, HeaderFields.Ipv6EtherType - 1),
            new(HeaderFields.Ipv6EtherType + 1, ushort.MaxValue),
        ];
        return types.Select(type => HeaderCube.AllOther.With(HeaderField.EtherType, type));
    }
}
