using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A rule in the form that the model carries out.</summary>
internal sealed class ModelRule
{
    /// <exception cref="ArgumentException">The rule does something that the model does not know.</exception>
    public ModelRule(SwitchRule rule)
    {
        Rule = rule;
        (Mask, Value) = SwitchKey.Of(rule.Flow.Match);
        var actions = new List<OpenFlowAction>();
        foreach (var instruction in rule.Flow.Instructions)
        {
            switch (instruction)
            {
                case ApplyActionsInstruction apply:
                    actions.AddRange(apply.Actions);
                    break;
                case WriteMetadataInstruction metadata:
                    (MetadataMask, MetadataValue) = (metadata.Mask, metadata.Value & metadata.Mask);
                    break;
                case GotoTableInstruction next when next.Table > rule.Flow.Table:
                    NextTable = next.Table;
                    break;
                default:
                    throw new ArgumentException($"the model of a switch does not know {instruction} in table {rule.Flow.Table}", nameof(rule));
            }
        }

        Actions = [.. actions];
    }

    public SwitchRule Rule { get; }

    public SwitchKey Mask { get; }

    public SwitchKey Value { get; }

    public int Priority => Rule.Flow.Priority;

    public OpenFlowAction[] Actions { get; }

    /// <summary>Bits of the metadata that the rule writes; 0 for none.</summary>
    public ulong MetadataMask { get; }

    public ulong MetadataValue { get; }

    /// <summary>Table where the packet goes on; 0 when it does not.</summary>
    public byte NextTable { get; }
}
