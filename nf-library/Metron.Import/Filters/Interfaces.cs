using Metron.Import.Syntax;

namespace Metron.Import.Filters;

/// <summary>Which interface of the source is which side of the firewall. A side is one interface, so that a rule for it is a rule for the side.</summary>
internal sealed class Interfaces(FilterImportOptions options)
{
    /// <summary>The sides that packets come from which enter, or leave, by an interface.</summary>
    /// <param name="pattern">Name of the interface; with "+" or "*" at its end every name that begins so.</param>
    /// <param name="negated">Whether all other interfaces are meant.</param>
    /// <param name="leaves">Whether it is the interface that packets leave by.</param>
    /// <param name="sides">The sides; none when no packet of the chain passes there.</param>
    /// <returns>Null when known, else what is wrong.</returns>
    public string? Find(string pattern, bool negated, bool leaves, out Sides sides)
    {
        var found = Sides.None;
        found |= Matches(pattern, options.Inside) ? Sides.Inside : Sides.None;
        found |= Matches(pattern, options.Outside) ? Sides.Outside : Sides.None;
        var isKnown = found != Sides.None || pattern == "lo" || options.Absent.Contains(pattern);
        sides = negated ? Sides.Both & ~found : found;
        if (leaves)
        {
            sides = sides switch { Sides.Inside => Sides.Outside, Sides.Outside => Sides.Inside, _ => sides };
        }

        return isKnown
            ? null
            : $"speaks of interface {Quote.Of(pattern)}, which is neither inside nor outside; name the two interfaces by --inside and --outside, "
                + $"and those that no packet of the chain passes by --absent";
    }

    private static bool Matches(string pattern, string? name) =>
        name is not null && (pattern.EndsWith('+') || pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern);
}
