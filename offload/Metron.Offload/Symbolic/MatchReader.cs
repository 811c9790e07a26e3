using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>Reads OpenFlow matches back into sets of packets, field by field, without knowing how they were written.</summary>
/// <remarks>Fields and prerequisites: OpenFlow 1.3.5 sections 7.2.3.7 and 7.2.3.8; fragments and TCP flags as Open vSwitch has them.</remarks>
internal sealed class MatchReader
{
    private const ushort Ipv4 = 0x0800;
    private const ushort Ipv6 = 0x86dd;
    private const ushort Mpls = 0x8847;

    private static readonly Dictionary<OxmType, FieldMeaning> Meanings = new()
    {
        [Oxm.InPort] = new(HeaderField.IngressPort),
        [Oxm.EthernetDestination] = new(HeaderField.DestinationMac),
        [Oxm.EthernetSource] = new(HeaderField.SourceMac),
        [Oxm.VlanId] = new(HeaderField.Vlan),
        [Oxm.MplsLabel] = new(HeaderField.MplsLabel, Mpls),
        [Oxm.IpDscp] = new(HeaderField.Dscp, Ipv4, Ipv6),
        [Oxm.IpProtocol] = new(HeaderField.Protocol, Ipv4, Ipv6),
        [Oxm.IpFragment] = new(HeaderField.Fragment, Ipv4, Ipv6),
        [Oxm.Ipv4Source] = new(HeaderField.Source, Ipv4),
        [Oxm.Ipv4Destination] = new(HeaderField.Destination, Ipv4),
        [Oxm.Ipv6Source] = new(HeaderField.Source, Ipv6),
        [Oxm.Ipv6Destination] = new(HeaderField.Destination, Ipv6),
        [Oxm.TcpSource] = new(HeaderField.SourcePort, Ipv4, Ipv6) { Protocol = 6 },
        [Oxm.TcpDestination] = new(HeaderField.DestinationPort, Ipv4, Ipv6) { Protocol = 6 },
        [Oxm.TcpFlags] = new(HeaderField.TcpFlags, Ipv4, Ipv6) { Protocol = 6 },
        [Oxm.UdpSource] = new(HeaderField.SourcePort, Ipv4, Ipv6) { Protocol = 17 },
        [Oxm.UdpDestination] = new(HeaderField.DestinationPort, Ipv4, Ipv6) { Protocol = 17 },
        [Oxm.SctpSource] = new(HeaderField.SourcePort, Ipv4, Ipv6) { Protocol = 132 },
        [Oxm.SctpDestination] = new(HeaderField.DestinationPort, Ipv4, Ipv6) { Protocol = 132 },
        [Oxm.Icmpv4Type] = new(HeaderField.IcmpType, Ipv4) { Protocol = 1 },
        [Oxm.Icmpv4Code] = new(HeaderField.IcmpCode, Ipv4) { Protocol = 1 },
        [Oxm.Icmpv6Type] = new(HeaderField.IcmpType, Ipv6) { Protocol = 58 },
        [Oxm.Icmpv6Code] = new(HeaderField.IcmpCode, Ipv6) { Protocol = 58 },
    };

    private readonly Match _match;
    private readonly UInt128? _etherType;
    private readonly UInt128? _protocol;

    private MatchReader(Match match)
    {
        _match = match;
        _etherType = match[Oxm.EthernetType]?.Value;
        _protocol = match[Oxm.IpProtocol]?.Value;
    }

    /// <summary>The packets of a match, one cube for each kind of packet; metadata apart. Says in words what cannot be read.</summary>
    public static IReadOnlyList<HeaderCube> Read(Match match, out FieldSet metadata, out string? problem) => new MatchReader(match).Read(out metadata, out problem);

    private List<HeaderCube> Read(out FieldSet metadata, out string? problem)
    {
        metadata = Interval.OfWidth(64);
        List<HeaderCube> cubes = Kinds();
        HashSet<OxmType> seen = [];
        problem = null;
        foreach (var field in _match.Fields)
        {
            problem = seen.Add(field.Type) ? Problem(field) : $"{field.Type} is given twice";
            if (problem is not null)
            {
                return [];
            }

            if (field.Type == Oxm.Metadata)
            {
                FieldSet.TryCreate(Interval.OfWidth(64), field.Value, field.Mask, out metadata);
            }
            else if (field.Type != Oxm.EthernetType)
            {
                Narrow(cubes, Meanings[field.Type].Field, field);
            }
        }

        return cubes;
    }

    private List<HeaderCube> Kinds() => _etherType is not { } type ? [HeaderCube.AllV4, HeaderCube.AllV6, HeaderCube.AllOther]
        : type == Ipv4 ? [HeaderCube.AllV4]
        : type == Ipv6 ? [HeaderCube.AllV6]
        : [HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(type))];

    private static void Narrow(List<HeaderCube> cubes, HeaderField name, OxmField field)
    {
        for (var i = cubes.Count - 1; i >= 0; i--)
        {
            if (FieldSet.TryCreate(HeaderFields.All(name, cubes[i].Kind), field.Value, field.Mask, out var values))
            {
                cubes[i] = cubes[i].With(name, values);
            }
            else
            {
                cubes.RemoveAt(i);
            }
        }
    }

    private string? Problem(OxmField field)
    {
        if (field.Type == Oxm.Metadata || field.Type == Oxm.EthernetType)
        {
            return null;
        }

        if (!Meanings.TryGetValue(field.Type, out var meaning))
        {
            return $"match field {field.Type} is not understood";
        }

        var lacksType = meaning.EtherTypes.Length > 0 && !(_etherType is { } type && Array.Exists(meaning.EtherTypes, wanted => wanted == type));
        return lacksType || (meaning.Protocol is { } protocol && _protocol != (UInt128)protocol) ? $"{field} lacks the fields that it needs"
            : field.Type == Oxm.IpFragment && !(field.Mask == 1 || (field.Mask == 3 && field.Value == 0)) ? $"{field} tells first and later fragments apart"
            : field.Type == Oxm.TcpFlags && field.Mask > 0xff ? $"{field} looks at reserved TCP flags"
            : null;
    }

    /// <summary>What a field is about, and what else a match with it must name.</summary>
    private sealed record FieldMeaning(HeaderField Field, params ushort[] EtherTypes)
    {
        public byte? Protocol { get; init; }
    }
}
