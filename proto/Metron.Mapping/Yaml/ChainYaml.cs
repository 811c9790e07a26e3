using System.Text.Json;
using Google.Protobuf;

namespace Metron.Mapping.Yaml;

/// <summary>What an operator wants of a chain, as the YAML that spec files have: name, labels and spec, and nothing that the controller says.</summary>
public static class ChainYaml
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    /// <summary>The YAML, with a final line feed.</summary>
    public static string Of(V1.ServiceChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var intent = new V1.ServiceChain { Name = chain.Name, Spec = chain.Spec };

        // The order of a map's entries on the wire means nothing; that of a text does.
        foreach (var (key, value) in chain.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            intent.Labels[key] = value;
        }

        using var document = JsonDocument.Parse(Formatter.Format(intent));
        return YamlText.Write(document.RootElement);
    }
}
