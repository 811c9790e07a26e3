using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Nftables;

/// <summary>What a match comes to.</summary>
internal sealed record NftMatch(Place At, IReadOnlyList<NftPackets> Packets, string? Problem = null)
{
    public static NftMatch Wrong(Place at, string problem) => new(at, [], problem);
}

/// <summary>Reads matches: an expression, an operator, a value.</summary>
internal sealed class NftablesMatchReader(NftablesRuleset ruleset, NftChain chain, Interfaces interfaces)
{
    private const int MostElements = 100_000;

    /// <summary>Reads the statement "match".</summary>
    public NftMatch Match(JsonObject? match, Place at)
    {
        if (match?["left"] is not { } left || match["right"] is not { } right || match.Text("op") is not { } operation)
        {
            return NftMatch.Wrong(at, "has a match without 'op', 'left' and 'right'");
        }

        if (IsFlags(left, out var looked))
        {
            return NftablesFlags.Match(operation, looked, right, this);
        }

        if (operation is not ("==" or "!=" or "in" or "<" or ">" or "<=" or ">="))
        {
            return NftMatch.Wrong(match.At, $"has the operator {Quote.Of(operation)}, which is not known here");
        }

        if ((left as JsonObject)?["concat"] is not null)
        {
            return operation == "==" ? Union(left, right) : NftMatch.Wrong(match.At, $"compares several fields at once by {Quote.Of(operation)}; only '==' can be expressed");
        }

        var field = NftField.Read(left, out var problem);
        if (field is null)
        {
            return NftMatch.Wrong(left.At, problem);
        }

        return operation is "==" or "!=" or "in"
            ? OneField(field, right, operation == "!=")
            : Compare(field, operation, right);
    }

    /// <summary>Packets whose key has one value; used for elements of verdict maps.</summary>
    public NftMatch Equal(JsonValue key, JsonValue value, Place at)
    {
        if (IsFlags(key, out var looked))
        {
            return NftablesFlags.Match("==", looked, value, this);
        }

        if ((key as JsonObject)?["concat"] is JsonList parts)
        {
            return Concatenated(parts, value);
        }

        return NftField.Read(key, out var problem) is { } field ? OneField(field, value, negated: false) : NftMatch.Wrong(at, problem);
    }

    /// <summary>The elements of a set: anonymous, named, or one value.</summary>
    public IReadOnlyList<JsonValue> Elements(JsonValue? value, out string? problem)
    {
        problem = null;
        JsonValue? elements = value switch
        {
            JsonObject anonymous when anonymous["set"] is { } set => set,
            JsonText { Value: ['@', ..] name } => Named(name[1..], out problem),
            _ => value,
        };
        IReadOnlyList<JsonValue> items = elements switch { JsonList list => list.Items, null => [], _ => [elements] };
        if (items.Count > MostElements)
        {
            problem = $"has a set with more than {MostElements:N0} elements";
        }

        // An element with comment or counter wraps its value.
        return [.. items.Select(item => (item as JsonObject)?["elem"] is JsonObject element && element["val"] is { } inner ? inner : item)];
    }

    private JsonList? Named(string name, out string? problem)
    {
        problem = null;
        if (!ruleset.Sets.TryGetValue(NftChain.KeyOf(chain.Family, chain.Table, name), out var set))
        {
            problem = $"speaks of the set {Quote.Of(name)}, which table {chain.Table} does not have";
            return null;
        }

        var flags = set["flags"] is JsonList list ? list.Items.OfType<JsonText>().Select(flag => flag.Value) : [];
        if (flags.Any(flag => flag is "timeout" or "dynamic") || set["timeout"] is not null)
        {
            problem = $"speaks of the set {Quote.Of(name)}, whose elements come and go by themselves; Metron's rules stay until they are changed";
        }

        return set["elem"] as JsonList ?? new JsonList(set.At, []);
    }

    private NftMatch Union(JsonValue key, JsonValue right)
    {
        var elements = Elements(right, out var problem);
        if (problem is not null)
        {
            return NftMatch.Wrong(right.At, problem);
        }

        List<NftPackets> packets = [];
        foreach (var element in elements)
        {
            var match = Equal(key, element, element.At);
            if (match.Problem is not null)
            {
                return match;
            }

            packets.AddRange(match.Packets);
        }

        return new NftMatch(key.At, packets);
    }

    private NftMatch Concatenated(JsonList parts, JsonValue value)
    {
        if ((value as JsonObject)?["concat"] is not JsonList values || values.Items.Count != parts.Items.Count)
        {
            return NftMatch.Wrong(value.At, "does not have one value for each of the fields");
        }

        List<NftPackets> packets = [NftPackets.All];
        for (var i = 0; i < parts.Items.Count; i++)
        {
            var match = Equal(parts.Items[i], values.Items[i], values.Items[i].At);
            if (match.Problem is not null)
            {
                return match;
            }

            packets = [.. packets.SelectMany(one => match.Packets.Select(one.Intersect)).OfType<NftPackets>()];
        }

        return new NftMatch(value.At, packets);
    }

    private NftMatch OneField(NftField field, JsonValue right, bool negated)
    {
        var elements = Elements(right, out var problem);
        if (problem is not null)
        {
            return NftMatch.Wrong(right.At, problem);
        }

        if (field.IsInterface)
        {
            return Interface(field, elements, negated);
        }

        List<(UInt128, UInt128)> ranges = [];
        foreach (var element in elements)
        {
            if (field.Values(element, ranges) is { } wrong)
            {
                return NftMatch.Wrong(element.At, wrong);
            }
        }

        var set = NumberSet.Union(ranges);
        return new NftMatch(right.At, field.Limit(negated ? set.Complement(field.Maximum) : set));
    }

    private static NftMatch Compare(NftField field, string operation, JsonValue right)
    {
        List<(UInt128 First, UInt128 Last)> ranges = [];
        if (field.IsInterface || field.Values(right, ranges) is not null || ranges is not [var (first, last)] || first != last)
        {
            return NftMatch.Wrong(right.At, $"compares by {Quote.Of(operation)} with something that is not one number");
        }

        var set = operation switch
        {
            "<" when first > 0 => NumberSet.Range(0, first - 1),
            ">" when first < field.Maximum => NumberSet.Range(first + 1, field.Maximum),
            "<=" => NumberSet.Range(0, first),
            ">=" => NumberSet.Range(first, field.Maximum),
            _ => NumberSet.Union([]),
        };
        return new NftMatch(right.At, set.IsEmpty ? [] : field.Limit(set));
    }

    private NftMatch Interface(NftField field, IReadOnlyList<JsonValue> elements, bool negated)
    {
        // "Neither of these" is the intersection of "not this one".
        var sides = negated ? Sides.Both : Sides.None;
        foreach (var element in elements)
        {
            if (element is not JsonText name)
            {
                return NftMatch.Wrong(element.At, "is not the name of an interface");
            }

            if (interfaces.Find(name.Value, negated, field.Kind == NftFieldKind.OutInterface, out var found) is { } problem)
            {
                return NftMatch.Wrong(element.At, problem);
            }

            sides = negated ? sides & found : sides | found;
        }

        return new NftMatch(elements.Count > 0 ? elements[0].At : default, sides == Sides.None ? [] : [new NftPackets(new PacketBox { Sides = sides }, ConnectionStates.All)]);
    }

    /// <summary>Whether it is the TCP flags, and which of them are looked at.</summary>
    private static bool IsFlags(JsonValue left, out TcpFlags looked)
    {
        looked = (TcpFlags)byte.MaxValue;
        var field = left;
        if ((left as JsonObject)?["&"] is JsonList { Items: [var masked, ..] and var masks })
        {
            field = masked;
            if (NftablesFlags.Read(masks.Skip(1), out looked) is not null)
            {
                return false;
            }
        }

        return (field as JsonObject)?["payload"] is JsonObject payload && payload.Text("protocol") == "tcp" && payload.Text("field") == "flags";
    }
}
