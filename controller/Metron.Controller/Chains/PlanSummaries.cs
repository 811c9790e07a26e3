using Google.Protobuf;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Plans in numbers, as they are kept with revisions.</summary>
internal static class PlanSummaries
{
    /// <summary>A plan in numbers, as protobuf bytes.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="isEarlier">Whether it was made for an earlier revision.</param>
    public static ReadOnlyMemory<byte> Of(ChainPlan plan, bool isEarlier) => new V1.PlanSummary
    {
        Revision = plan.Revision,
        Switch = plan.Switch,
        Server = plan.Placement?.Server ?? string.Empty,
        Workers = (uint)(plan.Placement?.Workers.Count ?? 0),
        Tags = (uint)plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value)).Distinct().Count(),
        SwitchRules = (uint)ChainPrograms.SwitchRules(plan).Count,
        TrafficClasses = (uint)plan.Classes.Count,
        Meters = (uint)(plan.Meters?.Count ?? 0),
        IsEarlier = isEarlier,
    }.ToByteArray();
}
