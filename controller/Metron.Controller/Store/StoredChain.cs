using Metron.Orchestration;

namespace Metron.Controller.Store;

/// <summary>A chain as the operator wants it.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Number">Unique number, 1 to 2^24 - 1, that stands for the chain in cookies.</param>
/// <param name="Labels">Free labels.</param>
/// <param name="Spec">The spec as protobuf bytes.</param>
/// <param name="Revision">Counts the changes of labels and spec from 1; goes on from the last one that is kept of a chain of this name.</param>
/// <param name="Etag">Changes with every change of labels or spec.</param>
/// <param name="Deleting">Whether the operator wants it gone.</param>
/// <param name="CreateTime">When it was created.</param>
/// <param name="UpdateTime">When labels or spec last changed.</param>
public sealed record StoredChain(
    string Name,
    uint Number,
    IReadOnlyDictionary<string, string> Labels,
    ReadOnlyMemory<byte> Spec,
    long Revision,
    string Etag,
    bool Deleting,
    DateTimeOffset CreateTime,
    DateTimeOffset UpdateTime)
{
    /// <summary>Revision of the newest plan that was ever made for it; 0 for none. Revisions of plans are never used again.</summary>
    public long LastPlan { get; init; }

    /// <summary>The conditions as last reported, so that their transition times outlive the process; JSON.</summary>
    public string Conditions { get; init; } = "[]";
}

/// <summary>What was decided for a revision of a chain.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">
/// Revision of the plan, in its cookies and programs: that of the spec, or a higher number when the same spec had to be planned again.
/// </param>
/// <param name="Phase">How far it is.</param>
/// <param name="StandsFor">
/// Newest revision of the spec that it carries out: later than the one it was made for when a change of spec compiled to the same plan.
/// </param>
/// <param name="Spec">The spec that it was made from, as protobuf bytes.</param>
/// <param name="Json">The plan.</param>
/// <param name="Allocations">Numbers that nobody else may use while the plan is stored.</param>
public sealed record StoredPlan(
    string Chain, long Revision, PlanPhase Phase, long StandsFor, ReadOnlyMemory<byte> Spec, string Json, IReadOnlyList<Allocation> Allocations)
{
    /// <summary>Since when nothing leads to it any more; null while something may.</summary>
    public DateTimeOffset? DrainTime { get; init; }
}

/// <summary>How far a plan is. A chain has at most one plan in each of the first three phases.</summary>
public enum PlanPhase
{
    /// <summary>Decided; servers get its programs; no rule of it is on a switch.</summary>
    Prepared,

    /// <summary>Every server has had its program; its rules are being put on the switch, over those of the running plan.</summary>
    Committed,

    /// <summary>In force: its rules have all been seen on the switch.</summary>
    Running,

    /// <summary>Replaced or deleted: no packet is led to it any more; those on the way still find its programs and tags.</summary>
    Draining,

    /// <summary>Its last rules are being removed, then its programs.</summary>
    Removing,
}

/// <summary>A plan's next phase.</summary>
/// <param name="Revision">Revision of the plan.</param>
/// <param name="Phase">Where it moves.</param>
public readonly record struct PhaseChange(long Revision, PlanPhase Phase);

/// <summary>A number in use on a switch.</summary>
/// <param name="Switch">Name of the switch.</param>
/// <param name="Kind">What it numbers.</param>
/// <param name="Value">The number.</param>
public readonly record struct Allocation(string Switch, AllocationKind Kind, uint Value);

/// <summary>What an allocated number stands for.</summary>
public enum AllocationKind
{
    /// <summary>A tag.</summary>
    Tag,

    /// <summary>A position (metadata value).</summary>
    Position,
}

/// <summary>A server that has been seen.</summary>
/// <param name="Name">Name.</param>
/// <param name="Resources">What it has, as protobuf bytes.</param>
/// <param name="TransitionTime">When its agent last connected or was lost.</param>
/// <param name="Use">What the operator wants of it.</param>
public sealed record StoredServer(string Name, ReadOnlyMemory<byte> Resources, DateTimeOffset TransitionTime, ServerUse Use = ServerUse.InUse);
