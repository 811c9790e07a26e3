using Metron.Import.Filters;
using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Nftables;

/// <summary>Matches on TCP flags.</summary>
internal static class NftablesFlags
{
    private static readonly Dictionary<string, TcpFlags> Names = new()
    {
        ["fin"] = TcpFlags.Fin,
        ["syn"] = TcpFlags.Syn,
        ["rst"] = TcpFlags.Reset,
        ["psh"] = TcpFlags.Push,
        ["ack"] = TcpFlags.Acknowledgement,
        ["urg"] = TcpFlags.Urgent,
        ["ecn"] = TcpFlags.EcnEcho,
        ["cwr"] = TcpFlags.CongestionWindowReduced,
    };

    /// <summary>Reads a match.</summary>
    /// <param name="operation">"==" and "!=" compare all flags that are looked at, "in" asks for any of the given ones, "!" for none of them.</param>
    /// <param name="looked">The flags that are looked at.</param>
    /// <param name="right">The value, or a set of values.</param>
    /// <param name="sets">Finds the elements of sets.</param>
    public static NftMatch Match(string operation, TcpFlags looked, JsonValue right, NftablesMatchReader sets)
    {
        // A list is flags together; a set is alternatives.
        string? problem = null;
        var isSet = right is JsonObject { Members: [("set", _)] } or JsonText { Value: ['@', ..] };
        var values = isSet ? sets.Elements(right, out problem) : [right];
        List<PacketBox> equal = [];
        foreach (var value in values)
        {
            var flags = TcpFlags.None;
            var wrong = problem ?? Read([value], out flags);
            if (wrong is not null || operation is not ("==" or "!=" or "in" or "!") || (isSet && operation is not ("==" or "!=")))
            {
                return NftMatch.Wrong(value.At, wrong ?? $"compares TCP flags by {Quote.Of(operation)}, which is not known here");
            }

            if (operation is "in" or "!")
            {
                var none = Tcp(TcpFlags.None, flags & looked);
                return Result(right, operation == "!" ? [none] : Tcp(TcpFlags.None, TcpFlags.None).Subtract(none));
            }

            if ((flags & ~looked) == TcpFlags.None)
            {
                equal.Add(Tcp(flags, looked & ~flags));
            }
        }

        return problem is not null ? NftMatch.Wrong(right.At, problem)
            : Result(right, operation == "==" ? equal : PacketBoxes.Subtract([Tcp(TcpFlags.None, TcpFlags.None)], equal, MatchWriter.Most));
    }

    /// <summary>Reads flags: a name, a number, a list or a disjunction of them.</summary>
    /// <returns>Null when right, else what is wrong.</returns>
    public static string? Read(IEnumerable<JsonValue> values, out TcpFlags flags)
    {
        flags = TcpFlags.None;
        foreach (var value in values)
        {
            TcpFlags found;
            switch (value)
            {
                case JsonText { Value: var name } when Names.TryGetValue(name, out found):
                    break;
                case JsonNumber number when Numbers.TryRead(number.Value, byte.MaxValue, out var bits):
                    found = (TcpFlags)bits;
                    break;
                case JsonList list when Read(list.Items, out found) is null:
                    break;
                case JsonObject { Members: [("|", JsonList parts)] } when Read(parts.Items, out found) is null:
                    break;
                default:
                    return $"has TCP flags that are not known here; expected names such as {string.Join(", ", Names.Keys)}";
            }

            flags |= found;
        }

        return null;
    }

    private static PacketBox Tcp(TcpFlags set, TcpFlags clear) =>
        new() { Protocol = NumberSet.Of(IpProtocol.Tcp), FlagsSet = set, FlagsClear = clear };

    private static NftMatch Result(JsonValue at, List<PacketBox> boxes) =>
        new(at.At, boxes.ConvertAll(box => new NftPackets(box, ConnectionStates.All)));
}
