using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A match as bits per field, so that matches can be intersected. Fields are in a fixed order; one that matches anything is not there.</summary>
internal sealed class MatchCube : IEquatable<MatchCube>
{
    private readonly CubeField[] _fields;
    private readonly int _hash;

    private MatchCube(CubeField[] fields)
    {
        _fields = fields;
        var hash = default(HashCode);
        foreach (var field in fields)
        {
            hash.Add(field);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Every packet.</summary>
    public static MatchCube Any { get; } = new([]);

    public ReadOnlySpan<CubeField> Fields => _fields;

    /// <summary>The packets of a match, whatever its metadata.</summary>
    /// <exception cref="ArgumentException">A field is not known by name.</exception>
    public static MatchCube Of(Match match) => new(
    [
        .. match.Fields.Where(field => field.Type != Oxm.Metadata && field.Mask != 0)
            .Select(field => Oxm.Describe(field.Type) is null
                ? throw new ArgumentException($"match field {field.Type} is not understood", nameof(match))
                : new CubeField(field.Type, field.Value & field.Mask, field.Mask))
            .OrderBy(field => field.Rank),
    ]);

    /// <summary>The condition on a field; null for none.</summary>
    public CubeField? this[OxmType type]
    {
        get
        {
            foreach (var field in _fields)
            {
                if (field.Type == type)
                {
                    return field;
                }
            }

            return null;
        }
    }

    /// <summary>The packets of both; null when there are none.</summary>
    public MatchCube? Intersect(MatchCube other)
    {
        if (_fields.Length == 0 || other._fields.Length == 0)
        {
            return _fields.Length == 0 ? other : this;
        }

        var (mine, theirs) = (0, 0);
        var fields = new List<CubeField>(_fields.Length + other._fields.Length);
        while (mine < _fields.Length || theirs < other._fields.Length)
        {
            var order = theirs == other._fields.Length ? -1 : mine == _fields.Length ? 1 : _fields[mine].Rank.CompareTo(other._fields[theirs].Rank);
            if (order != 0)
            {
                fields.Add(order < 0 ? _fields[mine++] : other._fields[theirs++]);
                continue;
            }

            var (left, right) = (_fields[mine++], other._fields[theirs++]);
            if (((left.Value ^ right.Value) & left.Mask & right.Mask) != 0)
            {
                return null;
            }

            fields.Add(new CubeField(left.Type, left.Value | right.Value, left.Mask | right.Mask));
        }

        return new MatchCube([.. fields]);
    }

    /// <summary>Whether some packet is in both.</summary>
    public bool Overlaps(MatchCube other)
    {
        var (mine, theirs) = (0, 0);
        while (mine < _fields.Length && theirs < other._fields.Length)
        {
            ref readonly var left = ref _fields[mine];
            ref readonly var right = ref other._fields[theirs];
            if (left.Rank == right.Rank)
            {
                if (((left.Value ^ right.Value) & left.Mask & right.Mask) != 0)
                {
                    return false;
                }

                mine++;
                theirs++;
            }
            else if (left.Rank < right.Rank)
            {
                mine++;
            }
            else
            {
                theirs++;
            }
        }

        return true;
    }

    /// <summary>This with another condition on a field.</summary>
    public MatchCube With(CubeField field) => new([.. _fields.Where(other => other.Type != field.Type).Append(field).OrderBy(one => one.Rank)]);

    /// <summary>As a match, with metadata where that is given.</summary>
    public Match ToMatch(ulong? metadata)
    {
        var fields = _fields.Select(field => OxmField.Masked(field.Type, field.Value, field.Mask));
        return Match.Of([.. metadata is { } position ? fields.Prepend(OxmField.Metadata(position)) : fields]);
    }

    public bool Equals(MatchCube? other) => other is not null && _hash == other._hash && _fields.AsSpan().SequenceEqual(other._fields);

    public override bool Equals(object? obj) => Equals(obj as MatchCube);

    public override int GetHashCode() => _hash;

    public override string ToString() => ToMatch(null).ToString();
}

/// <summary>A condition on a field.</summary>
/// <param name="Type">The field.</param>
/// <param name="Value">Value; 0 outside the mask.</param>
/// <param name="Mask">Bits that are compared; not 0.</param>
internal readonly record struct CubeField(OxmType Type, UInt128 Value, UInt128 Mask)
{
    /// <summary>Place among the fields: those of the standard first, which come after those that they depend on.</summary>
    public ulong Rank { get; } = ((Type.Class == OxmClass.OpenFlowBasic ? 0UL : 1UL + Type.Class) << 40) | ((ulong)Type.Experimenter << 8) | Type.Number;
}
