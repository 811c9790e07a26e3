using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>Configuration of a firewall: the first matching rule decides, then the default.</summary>
public sealed record FirewallConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    public IReadOnlyList<FirewallRule> Rules { get; init; } = [];

    /// <summary>Whether packets that no rule matches are allowed.</summary>
    public bool AllowByDefault { get; init; }

    /// <summary>Whether connections are remembered.</summary>
    public bool Stateful { get; init; }

    /// <summary>Whether fragments are matched (with ports 0) instead of dropped; never together with <see cref="Stateful"/>.</summary>
    public bool PassFragments { get; init; }

    public ConnectionTimeouts Timeouts { get; init; } = ConnectionTimeouts.Default;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => Stateful ? HashDispatchTraits.Together : HashDispatchTraits.Indifferent;
}

/// <summary>A rule of a firewall.</summary>
/// <param name="Name">Name, or empty.</param>
/// <param name="Match">Which packets.</param>
/// <param name="Allow">Allow or deny.</param>
/// <param name="FromPort">0: only from inside, 1: only from outside, null: from both.</param>
public sealed record FirewallRule(string Name, PacketMatch Match, bool Allow, int? FromPort)
{
    /// <summary>Index in the list as the operator wrote it, when rules before it were left out; null: as it stands.</summary>
    public int? Position { get; init; }

    /// <summary>What counters and explanations call it without its name.</summary>
    /// <param name="index">Index in the list that it stands in.</param>
    public int NumberAt(int index) => Position ?? index;
}
