namespace Metron.Synthesis;

/// <summary>Packets that a chain treats alike: the same outcomes from the same ingress to the same exit.</summary>
/// <param name="Id">Number, from 1, in the order of the walk.</param>
/// <param name="Ingress">Endpoint where they enter.</param>
/// <param name="Steps">What the functions decide, in order.</param>
/// <param name="Egress">Endpoint where they leave; -1 when they are dropped.</param>
public sealed record TrafficClass(int Id, int Ingress, IReadOnlyList<ClassStep> Steps, int Egress)
{
    /// <summary>Why they are dropped; null when they leave.</summary>
    public string? DropReason { get; init; }

    /// <summary>Whether some packet takes this path for certain as far as headers tell; false when that was too much to compute.</summary>
    public bool IsCertain { get; init; } = true;

    /// <summary>All writes on the way, composed: the last value of each field, increments added.</summary>
    public IReadOnlyList<HeaderWrite> Writes { get; init; } = [];

    /// <summary>What state must say of the packets, beyond what headers tell, in the order of the functions on the way.</summary>
    public IReadOnlyList<StateCondition> Conditions { get; init; } = [];

    /// <summary>Other decisions on the way that come to the same: branches that join again with the same writes, conditions and exit.</summary>
    public IReadOnlyList<IReadOnlyList<ClassStep>> OtherSteps { get; init; } = [];

    /// <summary><see cref="Steps"/> and <see cref="OtherSteps"/>.</summary>
    public IEnumerable<IReadOnlyList<ClassStep>> AllSteps => OtherSteps.Prepend(Steps);
}

/// <summary>What a function's state must say of packets.</summary>
/// <param name="Function">The function.</param>
/// <param name="Text">In words: "has a binding".</param>
/// <param name="OfAll">Whether of all packets of the class; otherwise the headers of others suffice.</param>
public readonly record struct StateCondition(int Function, string Text, bool OfAll);

/// <summary>A decision on the way.</summary>
/// <param name="Function">Function.</param>
/// <param name="Port">Port that the packets enter by.</param>
/// <param name="Outcome">The function's outcome; -1 when it drops the packet before it has one.</param>
public readonly record struct ClassStep(int Function, int Port, int Outcome);

/// <summary>The traffic classes of a chain.</summary>
/// <param name="Classes">The classes in the order of the walk.</param>
/// <param name="IsComplete">False when there are more than the limits allow.</param>
public sealed record SynthesisResult(IReadOnlyList<TrafficClass> Classes, bool IsComplete)
{
    /// <summary>At least the packets that come to each function port; nothing comes to those that are not listed. Null when not complete.</summary>
    public IReadOnlyDictionary<GraphNode, HeaderSpace>? Arrivals { get; init; }
}

/// <summary>How much synthesis may compute before it becomes conservative ("may exist").</summary>
/// <param name="MaximumClasses">Most classes.</param>
/// <param name="MaximumCubes">Most cubes to describe the packets at one point.</param>
/// <param name="MaximumOperations">Most operations on cubes altogether.</param>
/// <param name="MaximumEntries">
/// Most entries of an ordered table that are walked one by one; beyond, everything that the table says may be said to any packet. Long before,
/// what is left of the packets is no longer a few cubes, so that walking on would cost much and tell nothing.
/// </param>
public sealed record SynthesisLimits(
    int MaximumClasses = 4096, int MaximumCubes = 256, long MaximumOperations = 1_000_000, int MaximumEntries = 4096)
{
    public static SynthesisLimits Default { get; } = new();
}
