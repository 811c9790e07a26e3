using System.Globalization;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Mirror;

namespace Metron.Orchestration;

/// <summary>Why a chain cannot be tagged on a switch, and what to do about it.</summary>
internal static class TagProblems
{
    /// <summary>What a chain has that tags of the switch's kind cannot be put on; null when there is nothing.</summary>
    public static PlanProblem? Of(ChainSpec spec, SwitchDescription target)
    {
        if (target.TagKind is not (TagKind.Mpls or TagKind.Dscp))
        {
            return null;
        }

        var kind = TagRange.Of(target.TagKind).Name;
        for (var endpoint = 0; endpoint < spec.Endpoints.Count; endpoint++)
        {
            var frames = spec.FramesOf(endpoint);
            var what = frames == LinkFrames.Tagged ? "frames with a VLAN header of their own"
                : target.TagKind == TagKind.Mpls ? null
                : frames == LinkFrames.Labelled ? "frames with MPLS labels"
                : spec.TakesNeighbors(endpoint) ? "ARP requests, which a function answers,"
                : null;
            if (what is not null)
            {
                return new PlanProblem(
                    "framesNotTaggable",
                    $"switch {target.Name} tags by {kind}, but {what} come in at endpoint {spec.Endpoints[endpoint].Name} and cannot carry such a tag; "
                    + "write tagging vlan, qinq or mac for this switch, or connect the endpoint to another");
            }
        }

        if (target.TagKind == TagKind.Dscp && spec.Functions.OfType<MirrorConfiguration>().FirstOrDefault(mirror => mirror.TruncateTo > 0) is { } cutting)
        {
            return new PlanProblem(
                "framesNotTaggable",
                $"switch {target.Name} tags by {kind}, but {cutting.Name} cuts copies short, whose code points switches do not read; leave truncateTo out, or write another tagging for the switch");
        }

        return target.TagKind == TagKind.Dscp && !spec.DscpMayBeLost
            ? new PlanProblem(
                "dscpWouldBeLost",
                $"switch {target.Name} tags by dscp, so packets leave with DSCP 0; write dscpMayBeLost: true if that is right for this chain, or another tagging for the switch")
            : null;
    }

    /// <summary>That there are too few tags: how many there are, who has them, and what to do.</summary>
    /// <param name="draft">The plan that found none.</param>
    /// <param name="needed">How many it needs.</param>
    /// <param name="held">The plans of the switch that have tags.</param>
    public static string Exhausted(ChainPlan draft, int needed, IReadOnlyList<ChainPlan> held)
    {
        var range = TagRange.Of(draft.TagKind);
        var taken = NumberAllocator.Taken(held);
        var own = held.Where(plan => plan.Spec.Name == draft.Spec.Name).ToList();
        var ownTags = NumberAllocator.Taken(own);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"switch {draft.Switch} tags by {range.Name} and has {range.Count} tags of that kind: {taken} are taken, {Math.Max(0, range.Count - taken)} free, {needed} needed");
        text += ownTags > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({ownTags} are this chain's own, until its revisions before have drained)") : "";
        var larger = TagRange.All.Where(other => other.Count > range.Count).Select(other => other.Name).ToList();
        return text + "; let the chain use fewer workers (resources.maxCores), remove a chain"
            + (larger.Count > 0 ? $", or write tagging {string.Join(" or ", larger)} for the switch" : "");
    }
}
