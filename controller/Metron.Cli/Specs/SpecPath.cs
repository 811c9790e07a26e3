using System.Globalization;

namespace Metron.Cli.Specs;

/// <summary>Paths of fields: <c>spec.links[0].to</c>, <c>labels["a.b"]</c>.</summary>
internal static class SpecPath
{
    /// <summary>A step that leads nowhere.</summary>
    private static readonly Step Nowhere = new(null, int.MaxValue);

    /// <summary>One step: into a field, or to an element of a list (<see cref="Field"/> is null then).</summary>
    internal readonly record struct Step(string? Field, int Index);

    /// <summary>The steps of a path. One that cannot be read leads nowhere and is the last.</summary>
    public static IReadOnlyList<Step> Steps(string path)
    {
        var steps = new List<Step>();
        var rest = path.AsSpan();
        while (rest.Length > 0)
        {
            var step = Next(ref rest);
            steps.Add(step);
            rest = step == Nowhere ? [] : rest.TrimStart('.');
        }

        return steps;
    }

    /// <summary>Whether the path is the other or lies in it.</summary>
    public static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || outer.Length == 0 || path[outer.Length] is '.' or '[');

    /// <summary>The path without its last step; empty for a field of the chain itself.</summary>
    public static string Parent(string path) => path[..Math.Max(0, path.AsSpan().LastIndexOfAny('.', '['))];

    private static Step Next(ref ReadOnlySpan<char> rest)
    {
        if (rest.StartsWith("[\""))
        {
            var end = rest.IndexOf("\"]");
            var key = end < 0 ? null : rest[2..end].ToString();
            rest = end < 0 ? [] : rest[(end + 2)..];
            return key is null ? Nowhere : new Step(key, int.MaxValue);
        }

        if (rest[0] == '[')
        {
            var end = rest.IndexOf(']');
            if (!int.TryParse(rest[1..Math.Max(1, end)], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                return Nowhere;
            }

            rest = rest[(end + 1)..];
            return new Step(null, index);
        }

        var length = rest.IndexOfAny('.', '[');
        var field = length < 0 ? rest : rest[..length];
        rest = length < 0 ? [] : rest[length..];
        return new Step(field.ToString(), int.MaxValue);
    }
}
