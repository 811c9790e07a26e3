namespace Metron.Synthesis;

/// <summary>
/// Which packets a rule is for, as a conjunction of conditions, the way rules are written: with ranges and negation. Null means no
/// condition.
/// </summary>
public sealed record HeaderMatch
{
    /// <summary>Every IP packet.</summary>
    public static HeaderMatch Any { get; } = new();

    /// <summary>IP version, 4 or 6. Must be given where an address is.</summary>
    public int? IpVersion { get; init; }

    public FieldCondition? Source { get; init; }

    public FieldCondition? Destination { get; init; }

    public FieldCondition? Protocol { get; init; }

    /// <summary>Makes sense together with a protocol that has ports only.</summary>
    public FieldCondition? SourcePort { get; init; }

    /// <summary>Makes sense together with a protocol that has ports only.</summary>
    public FieldCondition? DestinationPort { get; init; }

    /// <summary>Which TCP flags; no <see cref="FieldCondition"/>, since rules name flags and not ranges.</summary>
    public FlagSet TcpFlags { get; init; }

    public byte? IcmpType { get; init; }

    public byte? IcmpCode { get; init; }

    /// <summary>Whether the packet is a fragment.</summary>
    public bool? Fragment { get; init; }

    /// <summary>Whether every packet matches.</summary>
    public bool IsAny => this == Any;

    /// <summary>Whether it depends on what an answer need not share: TCP flags, ICMP type and code.</summary>
    public bool DependsOnDirection => TcpFlags != FlagSet.All || IcmpType is not null || IcmpCode is not null;

    /// <summary>The condition on a field, if there is one.</summary>
    public FieldCondition? this[HeaderField field] => field switch
    {
        HeaderField.Source => Source,
        HeaderField.Destination => Destination,
        HeaderField.Protocol => Protocol,
        HeaderField.SourcePort => SourcePort,
        HeaderField.DestinationPort => DestinationPort,
        HeaderField.IcmpType => FieldCondition.Of(IcmpType),
        HeaderField.IcmpCode => FieldCondition.Of(IcmpCode),
        HeaderField.Fragment => Fragment is { } fragment ? FieldCondition.Of(fragment ? UInt128.One : UInt128.Zero) : null,
        _ => null,
    };

    /// <summary>Matches the answers instead: source and destination swapped.</summary>
    public HeaderMatch Reverse() => this with
    {
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
    };

    /// <summary>The same without conditions on TCP flags, ICMP type and code; it matches at least as much.</summary>
    public HeaderMatch WithoutDirection() => DependsOnDirection ? this with { TcpFlags = FlagSet.All, IcmpType = null, IcmpCode = null } : this;

    public bool Matches(in HeaderPoint point)
    {
        if (point.Kind == HeaderKind.Other || (IpVersion is { } version && version == 6 != point.IsV6) || !TcpFlags.Contains(point.TcpFlags))
        {
            return false;
        }

        for (var i = 0; i < HeaderFields.Count; i++)
        {
            if (this[(HeaderField)i] is { } condition && !condition.Matches(point[(HeaderField)i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The packets that match.</summary>
    public HeaderSpace ToSpace()
    {
        IReadOnlyList<HeaderCube> cubes = IpVersion switch
        {
            4 => [HeaderCube.AllV4],
            6 => [HeaderCube.AllV6],
            _ => [HeaderCube.AllV4, HeaderCube.AllV6],
        };
        cubes = [.. cubes.Select(cube => cube.With(TcpFlags))];
        for (var i = 0; i < HeaderFields.Count; i++)
        {
            var field = (HeaderField)i;
            if (this[field] is { } condition)
            {
                cubes = [.. cubes.SelectMany(cube => condition.Values(HeaderFields.All(field, cube.Kind)).Select(values => cube.With(field, values)))];
            }
        }

        return new HeaderSpace(cubes);
    }

    /// <summary>The conditions in words: "ipv4 tcp src 10.0.0.0/8 dport !80"; "any" without one.</summary>
    public override string ToString() => HeaderMatchText.Of(this);
}

/// <summary>A range that a field must lie in, or must not lie in.</summary>
public readonly record struct FieldCondition(UInt128 First, UInt128 Last, bool Negated = false)
{
    /// <summary>One value.</summary>
    public static FieldCondition Of(UInt128 value) => new(value, value);

    internal static FieldCondition? Of(byte? value) => value is { } number ? Of((UInt128)number) : null;

    /// <summary>The range.</summary>
    public Interval Range => new(First, Last);

    public bool Matches(UInt128 value) => Range.Contains(value) != Negated;

    /// <summary>The values of a field that satisfy the condition.</summary>
    /// <param name="all">All values of the field.</param>
    public IEnumerable<Interval> Values(Interval all) =>
        Negated ? all.Subtract(Range) : Range.Overlaps(all) ? [Range.Intersect(all)] : [];
}
