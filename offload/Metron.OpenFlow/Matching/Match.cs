using System.Text;

namespace Metron.OpenFlow;

/// <summary>Which packets a rule is for: all its fields must fit. No field means every packet.</summary>
/// <remarks>
/// Switches want a field after those it depends on (ip_proto after eth_type). <see cref="Of"/> and <see cref="With"/> put
/// fields into an order that satisfies this; a decoded match keeps the order of the wire.
/// Equality compares fields in order; compare <see cref="Canonical"/> forms to ask whether two matches mean the same.
/// </remarks>
/// <param name="Fields">The fields in the order of the wire.</param>
public sealed record Match(EquatableArray<OxmField> Fields)
{
    private const ushort TypeOxm = 1;

    /// <summary>Matches every packet.</summary>
    public static Match Any { get; } = new(default(EquatableArray<OxmField>));

    /// <summary>The field of this type, or null.</summary>
    public OxmField? this[OxmType type]
    {
        get
        {
            foreach (var field in Fields.AsSpan())
            {
                if (field.Type == type)
                {
                    return field;
                }
            }

            return null;
        }
    }

    /// <summary>A match of these fields, in an order that switches accept.</summary>
    public static Match Of(params ReadOnlySpan<OxmField> fields)
    {
        var sorted = fields.ToArray();
        Array.Sort(sorted, static (left, right) => Rank(left.Type).CompareTo(Rank(right.Type)));
        return new Match(EquatableArray.Create<OxmField>(sorted));
    }

    /// <summary>This match with <paramref name="field"/> added, or in place of one of the same type.</summary>
    public Match With(OxmField field) => Of([.. Fields.Where(other => other.Type != field.Type), field]);

    /// <summary>The one form of all matches that mean the same: fields in order, masks simplified, fields that match anything left out.</summary>
    public Match Canonical() => IsCanonical()
        ? this
        : Of([.. Fields.Select(static field => field.Canonical()).Where(static field => !(field.HasMask && field.Mask == 0))]);

    private bool IsCanonical()
    {
        var before = 0U;
        foreach (var part in Fields.AsSpan())
        {
            var rank = Rank(part.Type);
            if (rank < before || !part.IsCanonical())
            {
                return false;
            }

            before = rank;
        }

        return true;
    }

    /// <summary>Fields separated by commas, as <c>ovs-ofctl</c> reads them; empty for every packet.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    internal void Append(StringBuilder text)
    {
        var separator = "";
        foreach (var field in Fields.AsSpan())
        {
            text.Append(separator);
            OxmText.Append(text, field);
            separator = ",";
        }
    }

    /// <summary>Reads <c>struct ofp_match</c>: type, length without padding, fields, padding to eight bytes.</summary>
    internal static Match Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (type != TypeOxm || length < 4)
        {
            throw new OpenFlowDecodeException(start, $"match of type {type} and length {length} is not an OXM match");
        }

        var part = reader.Take(length - 4);
        var fields = new List<OxmField>();
        while (!part.IsAtEnd)
        {
            fields.Add(OxmField.Read(ref part));
        }

        reader.SkipPadding(length);
        return fields.Count == 0 ? Any : new Match(fields.ToEquatableArray());
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write(TypeOxm);
        writer.Write((ushort)0);
        foreach (var field in Fields.AsSpan())
        {
            field.Write(ref writer);
        }

        writer.PatchLength(start + 2, start);
        writer.PadFrom(start);
    }

    // The standard numbers its fields so that each comes after those it depends on; extensions depend on standard fields.
    private static uint Rank(OxmType type) =>
        ((type.Class == OxmClass.OpenFlowBasic ? 0U : type.Class == OxmClass.Experimenter ? 2U : 1U) << 24)
        | ((uint)(type.Class == OxmClass.Experimenter ? 0 : type.Class & 0xff) << 8) | type.Number;
}
