using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Mirror;

/// <summary>Configuration of a mirror. Ports: <c>inside</c>, <c>outside</c>, and <c>mirror</c>, by which copies leave.</summary>
public sealed record MirrorConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>Index of the port that copies leave by.</summary>
    public const int MirrorPort = 2;

    private static readonly string[] PortNames = ["inside", "outside", "mirror"];

    /// <summary>Which packets are copied: those of any of these; all when empty. Not by TCP flags.</summary>
    public IReadOnlyList<PacketMatch> Matches { get; init; } = [];

    /// <summary>Port that the packets enter by, 0 for inside; null: either.</summary>
    public int? FromPort { get; init; }

    /// <summary>One of how many is copied, 1 for all: the first of a worker, then every such.</summary>
    public int SampleOneIn { get; init; } = 1;

    /// <summary>Most bytes of a copy, of the Ethernet frame without tag; 0 for all.</summary>
    public int TruncateTo { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Ports => PortNames;

    /// <inheritdoc/>
    public override bool HasNamedPorts => true;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}
