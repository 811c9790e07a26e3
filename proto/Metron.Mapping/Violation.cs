namespace Metron.Mapping;

/// <summary>One problem of a spec.</summary>
/// <param name="Path">
/// The field, in the names of the JSON mapping: <c>spec.functions[1].firewall.rules[3].match.destinationPort</c>,
/// <c>labels["team"]</c>. Empty when the whole is meant.
/// </param>
/// <param name="Message">What is wrong and how to mend it, without the path, without a full stop.</param>
public sealed record Violation(string Path, string Message)
{
    /// <summary>"path: message".</summary>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}
