using System.Collections.Frozen;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Numbers the known match fields, so that a packet's fields are an array and a bit set.</summary>
internal static class FieldIndex
{
    private static readonly FrozenDictionary<OxmType, int> Numbers =
        Oxm.Known.Select((field, index) => (field.Type, index)).ToFrozenDictionary(pair => pair.Type, pair => pair.index);

    public static int Count => Numbers.Count;

    /// <summary>The field's number, or -1 for a field unknown to the codec.</summary>
    public static int Of(OxmType type) => Numbers.GetValueOrDefault(type, -1);
}

/// <summary>A match in the form in which packets are compared with it.</summary>
internal readonly struct CompiledMatch
{
    private readonly (int Field, UInt128 Value, UInt128 Mask)[] _parts;

    public CompiledMatch(Match match)
    {
        _parts = [.. match.Fields.Select(field => (FieldIndex.Of(field.Type), field.Value & field.Mask, field.Mask))];
    }

    public bool Holds(PacketFields fields)
    {
        foreach (var (field, value, mask) in _parts)
        {
            if (!fields.Has(field) || (fields[field] & mask) != value)
            {
                return false;
            }
        }

        return true;
    }
}
