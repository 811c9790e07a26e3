using System.Collections.Frozen;
using System.Reflection;

namespace Metron.Offload;

/// <summary>The profiles that come with Metron.</summary>
public static class SwitchProfiles
{
    private const string Prefix = "profiles.";

    private static readonly Lazy<FrozenDictionary<string, SwitchProfile>> Known = new(Load);

    /// <summary>Open vSwitch, the switch that everything is measured by.</summary>
    public static SwitchProfile OpenVSwitch => Known.Value["open-vswitch"];

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<SwitchProfile> BuiltIn => [.. Known.Value.Values.OrderBy(profile => profile.Name, StringComparer.Ordinal)];

    /// <summary>The profile of a name; null for none.</summary>
    public static SwitchProfile? Find(string name) => Known.Value.GetValueOrDefault(name);

    private static FrozenDictionary<string, SwitchProfile> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .ToFrozenDictionary(profile => profile.Name);
    }

    private static SwitchProfile Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return SwitchProfileJson.Parse(reader.ReadToEnd());
    }
}
