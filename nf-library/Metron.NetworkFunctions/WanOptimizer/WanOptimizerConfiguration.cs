using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.WanOptimizer;

/// <summary>Configuration of a WAN optimizer.</summary>
public sealed record WanOptimizerConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    private const int Ipv4Headers = 40; // IP and TCP headers of their plain size (RFC 6691)
    private const int Ipv6Headers = 60;
    private const int LeastIpv6Mtu = 1280;

    /// <summary>Bytes of the largest IP packet that the path takes, 576-65535.</summary>
    public int PathMtu { get; init; } = 1500;

    /// <summary>
    /// Of how many pure TCP acknowledgements in a row at least one passes, 2-16; 1 when none is left out. See the README of this folder.
    /// </summary>
    public int KeepOneAcknowledgementIn { get; init; } = 1;

    /// <summary>The largest segment that may be announced.</summary>
    public ushort LargestSegment(bool isV6) =>
        (ushort)(isV6 ? Math.Max(PathMtu, LeastIpv6Mtu) - Ipv6Headers : PathMtu - Ipv4Headers);

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Together;
}
