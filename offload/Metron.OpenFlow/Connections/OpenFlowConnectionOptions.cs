namespace Metron.OpenFlow;

/// <summary>Limits and intervals of a connection. The defaults suit software switches; slow hardware may want longer times.</summary>
public sealed record OpenFlowConnectionOptions
{
    /// <summary>Versions to offer; a subset of <see cref="VersionSet.Spoken"/>.</summary>
    public VersionSet Versions { get; init; } = VersionSet.Default;

    /// <summary>How long the peer may take for TLS, again for its HELLO, for its FEATURES_REPLY, and for each ROLE_REPLY.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most bytes that are taken before FEATURES_REPLY.</summary>
    public long HandshakeByteLimit { get; init; } = 1 << 20;

    /// <summary>Silence of the peer after which it is asked for an echo.</summary>
    public TimeSpan EchoInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Further silence after which the connection is closed. While a request is unanswered, <see cref="RequestTimeout"/> counts
    /// if it is longer: a switch that installs thousands of rules answers its echo after them.
    /// </summary>
    public TimeSpan EchoTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request waits for its reply, or for the next part of it.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take no byte of what is sent to it before the connection is closed.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take from the first byte of a message, of at most 65,535, to its last before the connection is closed.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Most bytes that one multipart reply may have, over all its parts.</summary>
    public long MultipartByteLimit { get; init; } = 256L << 20;

    /// <summary>Most parts that one multipart reply may have.</summary>
    public int MultipartPartLimit { get; init; } = 100_000;

    /// <summary>Packet-ins that wait to be read; further ones are dropped and counted.</summary>
    public int PacketInQueueLimit { get; init; } = 4096;

    /// <summary>Other unsolicited messages that wait to be read; further ones are dropped and counted.</summary>
    public int EventQueueLimit { get; init; } = 16384;

    /// <summary>Bytes of packet-ins, and again of other unsolicited messages, that wait to be read; further ones are dropped and counted.</summary>
    public long QueueByteLimit { get; init; } = 16L << 20;

    /// <summary>The role to take before anything else is sent; null to ask for none, which makes every controller an equal.</summary>
    public RolePolicy? Role { get; init; }

    /// <summary>Clock of all timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (Versions.IsEmpty || Versions.Intersect(VersionSet.Spoken) != Versions)
        {
            throw new ArgumentException($"versions {Versions} are not a subset of {VersionSet.Spoken}");
        }
    }
}
