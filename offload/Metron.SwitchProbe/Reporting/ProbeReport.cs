using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What a check found.</summary>
/// <param name="Address">Where the switch was reached, or waited for.</param>
/// <param name="Started">When the check began.</param>
/// <param name="Identity">Who the switch says it is; null when it could not be asked.</param>
/// <param name="Greetings">The ways in which it was greeted.</param>
/// <param name="Findings">A verdict per feature.</param>
/// <param name="Tables">What was found out about each table.</param>
/// <param name="Profile">The profile that drivers work by; null when too little was found out.</param>
public sealed record ProbeReport(
    string Address,
    DateTimeOffset Started,
    SwitchIdentity? Identity,
    EquatableArray<Greeting> Greetings,
    EquatableArray<Finding> Findings,
    EquatableArray<TableFacts> Tables,
    SwitchProfile? Profile)
{
    /// <summary>The finding of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Finding this[string id] => Findings.FirstOrDefault(finding => finding.Id == id) ?? throw new KeyNotFoundException(id);

    /// <summary>How many findings have a verdict.</summary>
    public int Count(Verdict verdict) => Findings.Count(finding => finding.Verdict == verdict);

    /// <summary>The report of what was measured.</summary>
    internal static ProbeReport Of(string address, DateTimeOffset started, ProbeOptions options, ProbeFacts facts) => new(
        address, started, facts.Identity, facts.Greetings, Judgement.Of(facts, options), facts.Tables ?? [], ProfileWriting.Of(facts, options));
}
