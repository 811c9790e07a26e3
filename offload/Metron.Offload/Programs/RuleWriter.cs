using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Makes the rules of one chain, numbering their purposes for the cookie.</summary>
internal sealed class RuleWriter(string chain, uint chainNumber, long revision)
{
    private readonly Dictionary<string, ushort> _purposes = [];
    private readonly List<SwitchRule> _rules = [];

    public IReadOnlyList<SwitchRule> Rules => _rules;

    /// <summary>Adds a rule that goes to a table, after actions.</summary>
    public void Add(RuleRole role, byte table, ushort priority, IReadOnlyList<OxmField> match, IReadOnlyList<Instruction> instructions, RuleNote note) =>
        Add(role, table, priority, Match.Of([.. match]), instructions.ToEquatableArray(), note);

    /// <summary>Adds a rule whose match is made already.</summary>
    public void Add(RuleRole role, byte table, ushort priority, Match match, EquatableArray<Instruction> instructions, RuleNote note)
    {
        if (!_purposes.TryGetValue(note.Purpose, out var purpose))
        {
            // 16 bits; whatever is beyond shares the last number.
            purpose = (ushort)Math.Min(ushort.MaxValue, _purposes.Count + 1);
            _purposes[note.Purpose] = purpose;
        }

        var flow = new FlowMod
        {
            Table = table,
            Priority = priority,
            Cookie = new Cookie(chainNumber, unchecked((ushort)revision), purpose).Value,
            Match = match,
            Instructions = instructions,
        };
        _rules.Add(new SwitchRule(flow, role, chain, note.Purpose) { ClassId = note.ClassId, DropReason = note.DropReason, Decision = note.Decision });
    }
}

/// <summary>What a rule is for.</summary>
/// <param name="Purpose">In words.</param>
/// <param name="ClassId">Class that it counts; 0 for none.</param>
/// <param name="DropReason">Why it drops; null when it does not.</param>
/// <param name="Decision">The rule of a function that it is; null for none.</param>
internal readonly record struct RuleNote(string Purpose, int ClassId = 0, string? DropReason = null, FunctionRule? Decision = null);
