namespace Metron.Synthesis;

/// <summary>The packets of one IP version whose every field lies in a set of its own. Never empty; immutable.</summary>
public sealed class HeaderCube
{
    private readonly Interval[] _fields;

    private HeaderCube(bool isV6, Interval[] fields, FlagSet tcpFlags)
    {
        IsV6 = isV6;
        _fields = fields;
        TcpFlags = tcpFlags;
    }

    /// <summary>Every IPv4 packet.</summary>
    public static HeaderCube AllV4 { get; } = All(false);

    /// <summary>Every IPv6 packet.</summary>
    public static HeaderCube AllV6 { get; } = All(true);

    public bool IsV6 { get; }

    /// <summary>Which TCP flags.</summary>
    public FlagSet TcpFlags { get; }

    /// <summary>Which values of a field.</summary>
    public Interval this[HeaderField field] => _fields[(int)field];

    /// <summary>This cube with other values of one field.</summary>
    public HeaderCube With(HeaderField field, Interval values)
    {
        var fields = (Interval[])_fields.Clone();
        fields[(int)field] = values;
        return new HeaderCube(IsV6, fields, TcpFlags);
    }

    /// <summary>This cube with other TCP flags.</summary>
    public HeaderCube With(FlagSet tcpFlags) => new(IsV6, _fields, tcpFlags);

    public bool Contains(in HeaderPoint point)
    {
        if (point.IsV6 != IsV6 || !TcpFlags.Contains(point.TcpFlags))
        {
            return false;
        }

        for (var i = 0; i < _fields.Length; i++)
        {
            if (!_fields[i].Contains(point[(HeaderField)i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether every packet of <paramref name="other"/> is in this cube.</summary>
    public bool Covers(HeaderCube other)
    {
        if (other.IsV6 != IsV6 || !TcpFlags.Covers(other.TcpFlags))
        {
            return false;
        }

        for (var i = 0; i < _fields.Length; i++)
        {
            if (!_fields[i].Covers(other._fields[i]))
            {
                return false;
            }
        }

        return true;
    }

    public bool Overlaps(HeaderCube other)
    {
        if (other.IsV6 != IsV6 || !TcpFlags.Overlaps(other.TcpFlags))
        {
            return false;
        }

        for (var i = 0; i < _fields.Length; i++)
        {
            if (!_fields[i].Overlaps(other._fields[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The packets in both, or null when there are none.</summary>
    public HeaderCube? Intersect(HeaderCube other)
    {
        if (!Overlaps(other))
        {
            return null;
        }

        var fields = new Interval[_fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = _fields[i].Intersect(other._fields[i]);
        }

        return new HeaderCube(IsV6, fields, TcpFlags.Intersect(other.TcpFlags));
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
        for (var i = 0; i < _fields.Length; i++)
        {
            var field = (HeaderField)i;
            if (other._fields[i].Covers(_fields[i]))
            {
                continue;
            }

            foreach (var rest in _fields[i].Subtract(other._fields[i]))
            {
                yield return agreeing.With(field, rest);
            }

            agreeing = agreeing.With(field, _fields[i].Intersect(other._fields[i]));
        }

        foreach (var rest in TcpFlags.Subtract(other.TcpFlags))
        {
            yield return agreeing.With(rest);
        }
    }

    /// <summary>The smallest cube that holds both; both of one IP version.</summary>
    public HeaderCube Hull(HeaderCube other)
    {
        var fields = new Interval[_fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = _fields[i].Hull(other._fields[i]);
        }

        return new HeaderCube(IsV6, fields, TcpFlags.Hull(other.TcpFlags));
    }

    /// <summary>The headers of the answers: source and destination swapped.</summary>
    public HeaderCube Reverse()
    {
        var fields = (Interval[])_fields.Clone();
        Swap(fields, HeaderField.Source, HeaderField.Destination);
        Swap(fields, HeaderField.SourcePort, HeaderField.DestinationPort);
        return new HeaderCube(IsV6, fields, TcpFlags);
    }

    /// <summary>The packet with the lowest value in every field.</summary>
    public HeaderPoint Lowest() => Pick(interval => interval.First, 0);

    /// <summary>A packet chosen by a seeded source of randomness; lowest and highest values are as likely as all between them together.</summary>
    public HeaderPoint Sample(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Pick(interval => Choose(interval, random), (byte)random.Next(256));
    }

    private HeaderPoint Pick(Func<Interval, UInt128> choose, byte flags) => new()
    {
        IsV6 = IsV6,
        Source = choose(this[HeaderField.Source]),
        Destination = choose(this[HeaderField.Destination]),
        Protocol = (byte)choose(this[HeaderField.Protocol]),
        SourcePort = (ushort)choose(this[HeaderField.SourcePort]),
        DestinationPort = (ushort)choose(this[HeaderField.DestinationPort]),
        IcmpType = (byte)choose(this[HeaderField.IcmpType]),
        IcmpCode = (byte)choose(this[HeaderField.IcmpCode]),
        IsFragment = choose(this[HeaderField.Fragment]) != 0,
        TcpFlags = (byte)(TcpFlags.Value | (flags & ~TcpFlags.Mask)),
    };

    private static UInt128 Choose(Interval interval, Random random)
    {
        var size = interval.Last - interval.First;
        var bits = new UInt128(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)), unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)));
        return random.Next(3) switch
        {
            0 => interval.First,
            1 => interval.Last,
            _ => interval.First + (size == UInt128.MaxValue ? bits : bits % (size + 1)),
        };
    }

    private static void Swap(Interval[] fields, HeaderField left, HeaderField right) =>
        (fields[(int)left], fields[(int)right]) = (fields[(int)right], fields[(int)left]);

    private static HeaderCube All(bool isV6)
    {
        var fields = new Interval[HeaderFields.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = HeaderFields.All((HeaderField)i, isV6);
        }

        return new HeaderCube(isV6, fields, FlagSet.All);
    }
}
