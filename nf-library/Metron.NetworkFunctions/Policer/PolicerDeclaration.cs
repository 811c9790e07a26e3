using Metron.NetworkFunctions.Declarations;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Policer;

/// <summary>What a policer does, as data. Outcomes: unlimited; then one per limit.</summary>
public static class PolicerDeclaration
{
    /// <summary>Index of the outcome of what no limit fits; limit i has index 1 + i.</summary>
    public const int Unlimited = 0;

    public static FunctionDeclaration Declare(PolicerConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["unlimited", .. configuration.Limits.Select((_, index) => $"limit {configuration.LabelOf(index)}")],
            NeedsServer = true,
        };

    private static PortDeclaration DeclarePort(PolicerConfiguration configuration, int port)
    {
        var entries = configuration.Limits
            .Select((limit, index) => (limit, index))
            .Where(pair => pair.limit.FromPort is null || pair.limit.FromPort == port)
            .Select(pair => new StageEntry(
                pair.limit.Match.ToHeaderMatch(), StageResult.OneOf(1 + pair.index), $"limit {configuration.LabelOf(pair.index)}"));
        return new PortDeclaration(configuration.Ports[port])
        {
            Stages = [new StageTable([.. entries], StageResult.OneOf(Unlimited)) { DefaultPurpose = "unlimited" }],
            SwitchStages = [],
            Treatments =
            [
                Treatment.Forward(1 - port),
                .. configuration.Limits.Select((_, index) =>
                    Treatment.Forward(1 - port) with { Needs = $"conforms to limit {configuration.LabelOf(index)}" }),
            ],
        };
    }
}
