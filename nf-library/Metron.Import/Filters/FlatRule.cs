using Metron.Import.Syntax;

namespace Metron.Import.Filters;

/// <summary>A rule of a list of which the first that matches decides.</summary>
/// <param name="Packets">Which packets.</param>
/// <param name="Allow">Allow or deny.</param>
/// <param name="Label">The rule's own name; empty for a chain's policy.</param>
/// <param name="At">Where it comes from.</param>
internal sealed record FlatRule(PacketBox Packets, bool Allow, string Label, Place At)
{
    /// <summary>Whether it stands for what happens to packets that no rule decides.</summary>
    public bool IsPolicy { get; init; }
}
