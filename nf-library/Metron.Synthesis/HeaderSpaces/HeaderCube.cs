using System.Numerics;

namespace Metron.Synthesis;

/// <summary>The packets of one kind whose every field lies in a set of its own. Never empty; immutable.</summary>
/// <remarks>Most cubes constrain few fields, so only these are kept: a bit for each, and their sets in the order of the fields.</remarks>
public sealed class HeaderCube
{
    private readonly uint _constrained;
    private readonly FieldSet[] _sets;

    private HeaderCube(HeaderKind kind, uint constrained, FieldSet[] sets) => (Kind, _constrained, _sets) = (kind, constrained, sets);

    /// <summary>Every IPv4 packet.</summary>
    public static HeaderCube AllV4 { get; } = new(HeaderKind.Ipv4, 0, []);

    /// <summary>Every IPv6 packet.</summary>
    public static HeaderCube AllV6 { get; } = new(HeaderKind.Ipv6, 0, []);

    /// <summary>Every packet that is neither IPv4 nor IPv6; its Ethernet type should be constrained to be neither.</summary>
    public static HeaderCube AllOther { get; } = new(HeaderKind.Other, 0, []);

    /// <summary>What follows the Ethernet header.</summary>
    public HeaderKind Kind { get; }

    public bool IsV6 => Kind == HeaderKind.Ipv6;

    /// <summary>The constrained fields, as bits by their number.</summary>
    internal uint Constrained => _constrained;

    /// <summary>Which values of a field.</summary>
    public FieldSet this[HeaderField field] => (_constrained >> (int)field & 1) != 0 ? _sets[Place((int)field)] : HeaderFields.All(field, Kind);

    /// <summary>This cube with other values of one field.</summary>
    public HeaderCube With(HeaderField field, FieldSet values)
    {
        var bit = 1U << (int)field;
        var place = Place((int)field);
        var isAll = values == FieldSet.FromInterval(HeaderFields.All(field, Kind));
        FieldSet[] sets;
        if ((_constrained & bit) != 0)
        {
            sets = isAll ? [.. _sets.AsSpan(0, place), .. _sets.AsSpan(place + 1)] : (FieldSet[])_sets.Clone();
        }
        else if (isAll)
        {
            return this;
        }
        else
        {
            sets = new FieldSet[_sets.Length + 1];
            _sets.AsSpan(0, place).CopyTo(sets);
            _sets.AsSpan(place).CopyTo(sets.AsSpan(place + 1));
        }

        if (!isAll)
        {
            sets[place] = values;
        }

        return new HeaderCube(Kind, isAll ? _constrained & ~bit : _constrained | bit, sets);
    }

    /// <summary>This cube with other TCP flags.</summary>
    public HeaderCube With(FlagSet tcpFlags)
    {
        FieldSet.TryCreate(HeaderFields.All(HeaderField.TcpFlags, Kind), tcpFlags.Value, tcpFlags.Mask, out var values);
        return With(HeaderField.TcpFlags, values);
    }

    public bool Contains(in HeaderPoint point)
    {
        if (point.Kind != Kind)
        {
            return false;
        }

        var place = 0;
        for (var bits = _constrained; bits != 0; bits &= bits - 1)
        {
            if (!_sets[place++].Contains(point[(HeaderField)BitOperations.TrailingZeroCount(bits)]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether every packet of <paramref name="other"/> is in this cube.</summary>
    public bool Covers(HeaderCube other)
    {
        if (other.Kind != Kind || (_constrained & ~other._constrained) != 0)
        {
            return false;
        }

        var place = 0;
        for (var bits = _constrained; bits != 0; bits &= bits - 1)
        {
            if (!_sets[place++].Covers(other._sets[other.Place(BitOperations.TrailingZeroCount(bits))]))
            {
                return false;
            }
        }

        return true;
    }

    public bool Overlaps(HeaderCube other)
    {
        if (other.Kind != Kind)
        {
            return false;
        }

        for (var bits = _constrained & other._constrained; bits != 0; bits &= bits - 1)
        {
            var field = BitOperations.TrailingZeroCount(bits);
            if (!_sets[Place(field)].Overlaps(other._sets[other.Place(field)]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The packets in both, or null when there are none.</summary>
    public HeaderCube? Intersect(HeaderCube other)
    {
        if (other.Kind != Kind)
        {
            return null;
        }

        var constrained = _constrained | other._constrained;
        var sets = new FieldSet[BitOperations.PopCount(constrained)];
        var (mine, theirs, place) = (0, 0, 0);
        for (var bits = constrained; bits != 0; bits &= bits - 1)
        {
            var bit = bits & (~bits + 1);
            if ((_constrained & bit) == 0)
            {
                sets[place++] = other._sets[theirs++];
            }
            else if ((other._constrained & bit) == 0)
            {
                sets[place++] = _sets[mine++];
            }
            else if (!_sets[mine++].TryIntersect(other._sets[theirs++], out sets[place++]))
            {
                return null;
            }
        }

        return new HeaderCube(Kind, constrained, sets);
    }

    /// <summary>What is left of this cube without another: disjoint cubes.</summary>
    public IEnumerable<HeaderCube> Subtract(HeaderCube other)
    {
        if (!Overlaps(other))
        {
            yield return this;
            yield break;
        }

        // Field by field: what differs in this field is left over; what agrees in it is looked at in the next one.
        var agreeing = this;
        for (var bits = other._constrained; bits != 0; bits &= bits - 1)
        {
            var field = (HeaderField)BitOperations.TrailingZeroCount(bits);
            var (own, taken) = (this[field], other[field]);
            if (taken.Covers(own))
            {
                continue;
            }

            foreach (var rest in own.Subtract(taken))
            {
                yield return agreeing.With(field, rest);
            }

            own.TryIntersect(taken, out var both);
            agreeing = agreeing.With(field, both);
        }
    }

    /// <summary>A small cube that holds both; both of one kind.</summary>
    public HeaderCube Hull(HeaderCube other)
    {
        var hull = new HeaderCube(Kind, 0, []);
        for (var bits = _constrained & other._constrained; bits != 0; bits &= bits - 1)
        {
            var field = (HeaderField)BitOperations.TrailingZeroCount(bits);
            hull = hull.With(field, this[field].Hull(other[field]));
        }

        return hull;
    }

    /// <summary>The headers of the answers: source and destination swapped.</summary>
    public HeaderCube Reverse() => this
        .With(HeaderField.Source, this[HeaderField.Destination]).With(HeaderField.Destination, this[HeaderField.Source])
        .With(HeaderField.SourcePort, this[HeaderField.DestinationPort]).With(HeaderField.DestinationPort, this[HeaderField.SourcePort])
        .With(HeaderField.SourceMac, this[HeaderField.DestinationMac]).With(HeaderField.DestinationMac, this[HeaderField.SourceMac]);

    /// <summary>The packet with the lowest value in every field.</summary>
    public HeaderPoint Lowest() => Pick(null);

    /// <summary>A packet chosen by a seeded source of randomness; lowest and highest values are as likely as all between them together.</summary>
    public HeaderPoint Sample(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Pick(random);
    }

    private int Place(int field) => BitOperations.PopCount(_constrained & ((1U << field) - 1));

    private HeaderPoint Pick(Random? random)
    {
        UInt128 Choose(HeaderField field) => random is null ? this[field].First : this[field].Sample(random);
        var ethernet = new HeaderPoint
        {
            IsV6 = IsV6,
            Vlan = (ushort)Choose(HeaderField.Vlan),
            SourceMac = (ulong)Choose(HeaderField.SourceMac),
            DestinationMac = (ulong)Choose(HeaderField.DestinationMac),
            IngressPort = (uint)Choose(HeaderField.IngressPort),
            OtherEtherType = Kind == HeaderKind.Other ? (ushort)Choose(HeaderField.EtherType) : (ushort)0,
            MplsLabel = Kind == HeaderKind.Other ? (uint)Choose(HeaderField.MplsLabel) : 0,
        };
        return Kind == HeaderKind.Other ? ethernet : ethernet with
        {
            Source = Choose(HeaderField.Source),
            Destination = Choose(HeaderField.Destination),
            Protocol = (byte)Choose(HeaderField.Protocol),
            SourcePort = (ushort)Choose(HeaderField.SourcePort),
            DestinationPort = (ushort)Choose(HeaderField.DestinationPort),
            IcmpType = (byte)Choose(HeaderField.IcmpType),
            IcmpCode = (byte)Choose(HeaderField.IcmpCode),
            IsFragment = Choose(HeaderField.Fragment) != 0,
            TcpFlags = (byte)Choose(HeaderField.TcpFlags),
            Dscp = (byte)Choose(HeaderField.Dscp),
        };
    }
}
