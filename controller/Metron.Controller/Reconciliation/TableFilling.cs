using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>Follows how full the tables of a switch become while messages are sent to it, so that a refusal for want of room says what a table holds.</summary>
internal sealed class TableFilling
{
    private readonly Dictionary<byte, HashSet<RuleIdentity>> _tables = [];
    private readonly Dictionary<byte, int> _foreign = [];

    /// <summary>Begins with the rules that the switch was read to have.</summary>
    public TableFilling(IEnumerable<InstalledRule> installed)
    {
        foreach (var rule in installed)
        {
            In(rule.Table).Add(RuleIdentity.Of(rule));
            if (!Cookie.IsOurs(rule.Cookie))
            {
                _foreign[rule.Table] = _foreign.GetValueOrDefault(rule.Table) + 1;
            }
        }
    }

    /// <summary>Follows messages that were sent in order.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="refusals">Those that were refused.</param>
    /// <param name="atOnce">Whether a refusal undid the others.</param>
    /// <returns>Rules of ours that fit, by table, where one was refused because its table was full.</returns>
    public IReadOnlyDictionary<byte, int> Follow(IReadOnlyList<FlowMod> messages, IReadOnlyList<RefusedRule> refusals, bool atOnce = false)
    {
        var found = new Dictionary<byte, int>();
        var errors = new Dictionary<FlowMod, OpenFlowErrorCode?>(ReferenceEqualityComparer.Instance);
        foreach (var refusal in refusals)
        {
            errors[refusal.Message] = refusal.Code;
        }

        var done = new List<FlowMod>();
        foreach (var message in messages)
        {
            if (!errors.TryGetValue(message, out var error))
            {
                Carry(message);
                done.Add(message);
            }
            else if (error == OpenFlowErrorCode.FlowTableFull)
            {
                found.TryAdd(message.Table, In(message.Table).Count - _foreign.GetValueOrDefault(message.Table));
            }
        }

        if (atOnce && refusals.Count > 0)
        {
            // What was there before is known well enough: the switch is read next.
            foreach (var message in done.Where(message => message.Command == FlowModCommand.Add))
            {
                In(message.Table).Remove(RuleIdentity.Of(message));
            }
        }

        return found;
    }

    private void Carry(FlowMod message)
    {
        if (message.Command == FlowModCommand.Add)
        {
            In(message.Table).Add(RuleIdentity.Of(message));
        }
        else if (message.Command == FlowModCommand.DeleteStrict)
        {
            In(message.Table).Remove(RuleIdentity.Of(message));
        }
    }

    private HashSet<RuleIdentity> In(byte table)
    {
        if (!_tables.TryGetValue(table, out var rules))
        {
            _tables[table] = rules = [];
        }

        return rules;
    }
}
