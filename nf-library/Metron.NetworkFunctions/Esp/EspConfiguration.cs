using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Esp;

/// <summary>Configuration of an end of an IPsec tunnel. Both addresses are of the same IP version. Keys are named here, never held.</summary>
public sealed record EspConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>Address of this end.</summary>
    public IpAddress Local { get; init; }

    /// <summary>Address of the other end.</summary>
    public IpAddress Remote { get; init; }

    /// <summary>Longest IP packet to send outside, in bytes: 1280-9216.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>TTL or hop limit of what is sent outside: 1-255.</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>For packets from inside: the first that is not used up encrypts.</summary>
    public IReadOnlyList<SecurityAssociation> Outbound { get; init; } = [];

    /// <summary>For packets from outside: told by their number.</summary>
    public IReadOnlyList<SecurityAssociation> Inbound { get; init; } = [];

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "numbers the packets of an association one after the other, which flow groups cannot do without sharing the number");
}

/// <summary>A security association of ESP in tunnel mode with AES-GCM and an ICV of 16 bytes (RFC 4303, RFC 4106).</summary>
/// <param name="Index">Security parameters index: from 256 on; numbers of a list differ.</param>
/// <param name="Key">Name of the key on the servers.</param>
public sealed record SecurityAssociation(uint Index, string Key)
{
    /// <summary>Whether sequence numbers have 64 bits, of which packets show 32.</summary>
    public bool HasExtendedNumbers { get; init; }

    /// <summary>Inbound: how far behind the newest a packet may come, a multiple of 64 up to 4096; 0: numbers are not looked at.</summary>
    public int ReplayWindow { get; init; } = 64;

    /// <summary>Bytes of IP packets after which it is used up; 0: never.</summary>
    public ulong LifetimeBytes { get; init; }

    /// <summary>Time after its first packet after which it is used up; zero: never.</summary>
    public TimeSpan Lifetime { get; init; }
}
