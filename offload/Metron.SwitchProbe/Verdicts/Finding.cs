using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What a finding means for chains.</summary>
public enum Verdict
{
    /// <summary>As Metron wants it.</summary>
    Works,

    /// <summary>Not as Metron wants it, but Metron can do without.</summary>
    WorkAround,

    /// <summary>Not there; something that chains can ask for is not possible on this switch.</summary>
    Missing,

    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>A feature that Metron needs, and how the switch stands to it.</summary>
/// <param name="Id">Name for programs, stable: "match.addresses".</param>
/// <param name="Feature">Name for people.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Observed">What was seen.</param>
/// <param name="Consequence">What it means for chains, or which work-around is taken; empty when it works.</param>
/// <param name="Details">More lines, for who wants to know.</param>
public sealed record Finding(string Id, string Feature, Verdict Verdict, string Observed, string Consequence, EquatableArray<string> Details = default);
