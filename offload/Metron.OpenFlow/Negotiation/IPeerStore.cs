using System.Net;

namespace Metron.OpenFlow;

/// <summary>Keeps over a restart which HELLO a switch takes. Only switches that do not take the usual one are kept. Must be safe for concurrent use.</summary>
/// <remarks>An exception is logged, and costs the memory only: the ladder is climbed again.</remarks>
public interface IPeerStore
{
    /// <summary>All that was kept; read once.</summary>
    IReadOnlyList<RememberedPeer> Load();

    /// <summary>Keeps a switch, or replaces what was kept under its datapath id and address.</summary>
    void Put(RememberedPeer peer);

    /// <summary>Forgets a switch that takes the usual HELLO by now.</summary>
    void Remove(ulong datapathId, IPAddress address);
}

/// <summary>A switch that needs another HELLO than the usual one.</summary>
/// <param name="DatapathId">The switch.</param>
/// <param name="Address">Where it connected from, or was connected to.</param>
/// <param name="Rung">What it took.</param>
/// <param name="Version">The version that was agreed on.</param>
/// <param name="BetterTried">When a better one was tried last.</param>
public sealed record RememberedPeer(ulong DatapathId, IPAddress Address, HelloRung Rung, OpenFlowVersion Version, DateTimeOffset BetterTried);
