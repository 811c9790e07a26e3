using System.Collections;
using Metron.Controller.Reconciliation;
using Metron.Offload;

namespace Metron.Controller.Switches;

/// <summary>
/// Keeps of the rules that are read from a switch what comparing needs, as they arrive. A rule in the place of an intended one shares what it has in common
/// with that, so that its match and instructions are not kept a second time; of rules of ours that nobody wants, and of those of others, there is a limit. Not for
/// concurrent use.
/// </summary>
/// <param name="intended">What the switch should have.</param>
public sealed class RuleSieve(IntendedRules intended)
{
    /// <summary>
    /// Most rules that are kept of those that are in no place of ours: once of rules of others, which are only counted, and once of left-over rules of ours, of
    /// which the rest is deleted after the next reading.
    /// </summary>
    public const int MostOthers = 100_000;

    // Sized for the usual case: the switch has what it should have, and the first rules cost no copies.
    private readonly List<CountedRule> _kept = new(intended.Rules.Count);
    private readonly HashSet<SwitchRule> _places = new(intended.Rules.Count, ReferenceEqualityComparer.Instance);
    private int _foreign;
    private int _leftOver;

    /// <summary>Takes the next rule.</summary>
    public void Add(CountedRule read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (intended.InPlaceOf(read.Rule) is { } wanted)
        {
            // A switch that tells the same rule again and again must not fill the memory.
            if (_places.Add(wanted))
            {
                _kept.Add(read with { Rule = Share(read.Rule, wanted) });
            }
        }
        else if (Cookie.IsOurs(read.Rule.Cookie) ? ++_leftOver <= MostOthers : ++_foreign <= MostOthers)
        {
            _kept.Add(read);
        }
    }

    /// <summary>What was kept.</summary>
    public ReadRules ToRules() => new(_kept, Math.Max(0, _foreign - MostOthers), Math.Max(0, _leftOver - MostOthers));

    private static InstalledRule Share(InstalledRule rule, SwitchRule wanted) => rule with
    {
        // The same place is the same match in other words.
        Match = wanted.Flow.Match,
        Instructions = rule.Instructions == wanted.Flow.Instructions ? wanted.Flow.Instructions : rule.Instructions,
    };
}

/// <summary>Rules as they were read from a switch.</summary>
/// <param name="kept">Those that were kept.</param>
/// <param name="foreignNotKept">Rules of others that were only counted.</param>
/// <param name="leftOverNotKept">Rules of ours that nobody wants and that were only counted.</param>
public sealed class ReadRules(IReadOnlyList<CountedRule> kept, int foreignNotKept, int leftOverNotKept) : IReadOnlyList<CountedRule>
{
    /// <summary>Rules of others that were only counted.</summary>
    public int ForeignNotKept => foreignNotKept;

    /// <summary>Rules of ours that nobody wants and that were only counted.</summary>
    public int LeftOverNotKept => leftOverNotKept;

    /// <inheritdoc/>
    public int Count => kept.Count;

    /// <inheritdoc/>
    public CountedRule this[int index] => kept[index];

    /// <inheritdoc/>
    public IEnumerator<CountedRule> GetEnumerator() => kept.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
