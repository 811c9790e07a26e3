using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Names in profile files: of match fields as <c>ovs-ofctl</c> has them, of everything else in camel case.</summary>
internal static class ProfileNames
{
    private static readonly FrozenDictionary<string, OxmType> Fields =
        Oxm.Known.ToFrozenDictionary(description => description.Name, description => description.Type);

    /// <summary>Names of all values of an enumeration.</summary>
    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(Of);

    /// <summary>Name of a value of an enumeration.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>The value of an enumeration that has a name; null for none.</summary>
    public static T? Parse<T>(string name)
        where T : struct, Enum => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => Of(value!.Value) == name);

    /// <summary>The version that a dotted name like "1.3" stands for; null for none.</summary>
    public static OpenFlowVersion? ParseVersion(string name) =>
        Enum.GetValues<OpenFlowVersion>().Cast<OpenFlowVersion?>().FirstOrDefault(version => version!.Value.ToDotted() == name);

    /// <summary>
    /// The match field of a name: "ip_src", or class and number for a field that has none, "oxm_0x8000_40", or "oxm_0x00002320_3" with the
    /// experimenter's eight digits in place of the class. Null for none.
    /// </summary>
    public static OxmType? ParseField(string name)
    {
        if (Fields.TryGetValue(name, out var known))
        {
            return known;
        }

        const string prefix = "oxm_0x";
        var parts = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..].Split('_') : [];
        if (parts.Length != 2 || parts[0].Length is not (4 or 8)
            || !uint.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var owner)
            || !byte.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 127)
        {
            return null;
        }

        return parts[0].Length == 8 ? new OxmType(OxmClass.Experimenter, number, owner) : new OxmType((ushort)owner, number);
    }

    /// <summary>" (did you mean ...?)" where a known name differs in one or two places; else nothing.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.distance).FirstOrDefault();
        return best.candidate is not null && best.distance <= 2 ? $" (did you mean {best.candidate}?)" : "";
    }

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
