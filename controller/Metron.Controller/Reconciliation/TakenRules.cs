using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>Rules that a switch said it has taken: a barrier behind them was answered, and no error came. Found out about by reading them back at once.</summary>
internal sealed class TakenRules
{
    /// <summary>What the operator of a switch that did not have them is told.</summary>
    public const string Remark =
        "rules that it had taken without an error were not there when they were read back (barrier answered early, or rules silently dropped); they are sent again";

    private readonly HashSet<RuleIdentity> _rules = [];

    /// <summary>Follows messages that were sent in order.</summary>
    public void Follow(IReadOnlyList<FlowMod> messages, IReadOnlyList<RefusedRule> refusals)
    {
        var refused = refusals.Select(refusal => refusal.Message).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var message in messages.Where(message => !refused.Contains(message)))
        {
            if (message.Command == FlowModCommand.Add)
            {
                _rules.Add(RuleIdentity.Of(message));
            }
            else
            {
                _rules.Remove(RuleIdentity.Of(message));
            }
        }
    }

    /// <summary>Whether the switch lacks any of them.</summary>
    public bool AreMissingIn(IEnumerable<InstalledRule> installed)
    {
        var missing = new HashSet<RuleIdentity>(_rules);
        missing.ExceptWith(installed.Select(RuleIdentity.Of));
        return missing.Count > 0;
    }
}
