using System.Reflection;
using Google.Protobuf.Reflection;

namespace Metron.Mapping.Syntax;

/// <summary>Enum values off the wire: proto3 lets numbers through that have no name.</summary>
internal static class Enums
{
    /// <summary>Checks that the number has a name.</summary>
    public static bool Check<T>(T value, SpecNode at, string field)
        where T : struct, Enum
    {
        if (Enum.IsDefined(value))
        {
            return true;
        }

        at.Report(field, $"{value:D} is not a value of {typeof(T).Name}; expected one of {string.Join(", ", Names<T>())}");
        return false;
    }

    private static IEnumerable<string> Names<T>() => typeof(T)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.Name != "Unspecified")
        .Select(field => field.GetCustomAttribute<OriginalNameAttribute>()?.Name ?? field.Name);
}
