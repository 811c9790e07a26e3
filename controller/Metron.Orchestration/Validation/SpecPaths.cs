using Metron.NetworkFunctions;

namespace Metron.Orchestration;

/// <summary>Paths into a spec, in JSON names.</summary>
internal static class SpecPaths
{
    public static string Endpoint(int index, string field = "") => Join($"spec.endpoints[{index}]", field);

    public static string Function(int index, string field = "") => Join($"spec.functions[{index}]", field);

    public static string Link(int index, string field = "") => Join($"spec.links[{index}]", field);

    /// <summary>A field of a function's typed configuration.</summary>
    public static string Configuration(int index, NetworkFunctionConfiguration function, string field) =>
        Join(Function(index, NetworkFunctionKind.Of(function)?.Name ?? ""), field);

    private static string Join(string path, string field) => field.Length == 0 ? path : $"{path}.{field}";
}
