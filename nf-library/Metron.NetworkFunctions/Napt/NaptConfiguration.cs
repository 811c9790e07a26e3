using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>Configuration of a NAPT.</summary>
public sealed record NaptConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>Outside IPv4 addresses, as ranges; empty: IPv4 is not translated but dropped.</summary>
    public IReadOnlyList<AddressRange> Pool { get; init; } = [];

    public PortRange OutsidePorts { get; init; } = new(1024, 65535);

    /// <summary>Ports per block, 0 for none.</summary>
    public int PortBlockSize { get; init; }

    /// <summary>Most blocks (ports, without blocks) per inside address, 0 for no limit.</summary>
    public int MaxBlocksPerHost { get; init; }

    public ConnectionTimeouts Timeouts { get; init; } = ConnectionTimeouts.Default;

    /// <summary>Outside IPv6 addresses for NAT66; empty: none.</summary>
    public IReadOnlyList<AddressRange> Pool6 { get; init; } = [];

    /// <summary>NPTv6; null: none. Never together with <see cref="Pool6"/>.</summary>
    public PrefixTranslation? PrefixTranslation { get; init; }

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => PortBlockSize > 0
        ? HashDispatchTraits.Impossible("gives out ports by blocks, but the ports that bring replies back to a flow group lie scattered: set portBlockSize to 0")
        : new(Pool.Count + Pool6.Count > 0, PrefixTranslation is not null);
}

/// <summary>An inclusive range of addresses of one version.</summary>
public readonly record struct AddressRange(IpAddress First, IpAddress Last);

/// <summary>NPTv6 prefixes (RFC 6296), of the same length.</summary>
public sealed record PrefixTranslation(IpPrefix Inside, IpPrefix Outside);
