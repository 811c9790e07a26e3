namespace Metron.Import.Filters;

/// <summary>What the operator says about a rule set of netfilter (iptables, nftables).</summary>
public sealed record FilterImportOptions
{
    /// <summary>Name of the firewall.</summary>
    public string Name { get; init; } = "fw";

    /// <summary>Interface of the source that is the inside of the firewall; null when rules name none.</summary>
    public string? Inside { get; init; }

    /// <summary>Interface of the source that is the outside of the firewall; null when rules name none.</summary>
    public string? Outside { get; init; }

    /// <summary>Interfaces that no packet of the chain passes; rules for them are left out. "lo" always is one.</summary>
    public IReadOnlySet<string> Absent { get; init; } = new HashSet<string>();

    /// <summary>
    /// False: what a router forwards (FORWARD). True: what a host receives and sends (INPUT for packets from outside, OUTPUT for packets from
    /// inside): the firewall then stands before that host.
    /// </summary>
    public bool IsHost { get; init; }

    /// <summary>IP version (4 or 6) of an iptables file that does not say its own in a comment.</summary>
    public int DefaultVersion { get; init; } = 4;

    /// <summary>Tables and (nftables) chains besides those that filter whose rules are left out knowingly, by name.</summary>
    public IReadOnlySet<string> Ignored { get; init; } = new HashSet<string>();
}
