namespace Metron.NetworkFunctions.Hashing;

/// <summary>How a function gets on with a NIC whose hash names flow groups, where no two groups share anything.</summary>
/// <param name="NeedsBothDirections">Whether what it knows of one direction of a flow decides on the other.</param>
/// <param name="PartsDirections">
/// Whether it changes what is hashed, so that the packets that answer to those it passes may come to another flow group.
/// </param>
/// <param name="Obstacle">Why it cannot work so at all; null when it can.</param>
public sealed record HashDispatchTraits(bool NeedsBothDirections, bool PartsDirections, string? Obstacle = null)
{
    /// <summary>Any packet may come to any flow group.</summary>
    public static HashDispatchTraits Indifferent { get; } = new(false, false);

    /// <summary>Both directions of a flow are to come to one flow group, and do.</summary>
    public static HashDispatchTraits Together { get; } = new(true, false);

    /// <summary>It asks for nothing itself, but the directions of a flow come to different flow groups.</summary>
    public static HashDispatchTraits Parting { get; } = new(false, true);

    /// <summary>It cannot work so.</summary>
    /// <param name="reason">Why, continuing "function 'x' …".</param>
    public static HashDispatchTraits Impossible(string reason) => new(true, true, reason);
}
