namespace Metron.Cli.Output;

/// <summary>Peers that came to the controller's OpenFlow address and were given no session, one per line.</summary>
internal static class StrayPeerTable
{
    /// <summary>What stands above the table.</summary>
    public const string Title = "Peers without a session";

    /// <summary>Makes the table.</summary>
    public static Table Of(IEnumerable<V1.StrayPeer> peers, TimeProvider time)
    {
        var table = new Table("ADDRESS", "LAST", "TIMES", "QUARANTINED UNTIL", "PROBLEM");
        foreach (var peer in peers)
        {
            table.Add(
                peer.Address,
                Text.Age(peer.LastTime, time),
                Text.Number(peer.Count),
                peer.QuarantinedUntil is null ? string.Empty : Text.Moment(peer.QuarantinedUntil),
                peer.Problem);
        }

        return table;
    }
}
