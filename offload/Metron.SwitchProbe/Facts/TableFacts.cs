using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What was found out about a table by installing rules and reading them back.</summary>
/// <param name="Number">Number on the wire.</param>
public sealed record TableFacts(byte Number)
{
    /// <summary>The condition that kept the rules of the check away from traffic; empty when none was accepted, and so nothing was tried.</summary>
    public string Guard { get; init; } = "";

    /// <summary>The fields that were tried.</summary>
    public EquatableArray<FieldFacts> Fields { get; init; }

    /// <summary>What was tried of actions and instructions, in words: "push_vlan", "set_field:eth_dst".</summary>
    public EquatableArray<Attempt> Attempts { get; init; }

    /// <summary>Fields that can be set.</summary>
    public EquatableArray<OxmType> SetFields { get; init; }

    /// <summary>Actions that work.</summary>
    public EquatableArray<ActionType> Actions { get; init; }

    /// <summary>Tables that goto-table may name, of those that were tried.</summary>
    public EquatableArray<byte> Next { get; init; }

    /// <summary>Whether metadata can be written.</summary>
    public bool WritesMetadata { get; init; }

    /// <summary>Whether rules were refused beside rules of another shape and accepted alone.</summary>
    public bool SameFieldsOnly { get; init; }

    /// <summary>Entries that the switch says there are; null when it does not say.</summary>
    public uint? Claimed { get; init; }

    /// <summary>Rules that were installed until the table was full, with those of others; null when that was not tried, or it did not fill up.</summary>
    public int? Capacity { get; init; }

    /// <summary>What became of a field; null when it was not tried.</summary>
    public FieldFacts? Field(OxmType type)
    {
        foreach (var field in Fields.AsSpan())
        {
            if (field.Field == type)
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>Whether a field can be matched with these masks, or better.</summary>
    public bool Matches(OxmType type, MaskSupport masks) => Field(type)?.Masks is { } found && found >= masks;
}

/// <summary>What was found out about a match field of a table.</summary>
/// <param name="Field">The field.</param>
/// <param name="Masks">Which masks work; null when not even the exact value does.</param>
/// <param name="Said">What the switch objected to; empty when all went well.</param>
public sealed record FieldFacts(OxmType Field, MaskSupport? Masks, string Said);

/// <summary>Something that was tried.</summary>
/// <param name="Name">What: "push_vlan".</param>
/// <param name="Works">Whether it works.</param>
/// <param name="Said">What the switch objected to; empty when it works.</param>
public sealed record Attempt(string Name, bool Works, string Said);
