namespace Metron.OpenFlow;

/// <summary>What kept a connection from being established.</summary>
public enum HandshakeFault
{
    /// <summary>The peer closed, or the stream broke.</summary>
    Closed,

    /// <summary>The peer closed on our version bitmap; the next attempt sends a HELLO without one.</summary>
    RejectedHelloElements,

    /// <summary>The peer was silent for too long.</summary>
    Timeout,

    /// <summary>The peer speaks TLS, and this side does not.</summary>
    TlsOnPlaintext,

    /// <summary>The peer speaks another protocol.</summary>
    NotOpenFlow,

    /// <summary>The header's version byte is none of 1.0 to 1.5.</summary>
    VersionOutside,

    /// <summary>The header's length is less than the header.</summary>
    ShortHeader,

    /// <summary>The first message is not HELLO.</summary>
    ExpectedHello,

    /// <summary>No version in common.</summary>
    NoCommonVersion,

    /// <summary>What follows HELLO is no header: the length of HELLO was wrong.</summary>
    StreamDesync,

    /// <summary>The peer uses a version that was not agreed on, and is not spoken here.</summary>
    OtherVersion,

    /// <summary>The peer answered with an error.</summary>
    Refused,

    /// <summary>The peer speaks OpenFlow without TLS, and this side wants TLS.</summary>
    PlaintextOnTls,

    /// <summary>TLS was not agreed on: a certificate is missing, of another authority, expired, or refused.</summary>
    TlsFailed,

    /// <summary>The peer sent more before FEATURES_REPLY than is taken.</summary>
    TooManyBytes,

    /// <summary>The switch did not answer the request for a role, or the generation id could not be stored.</summary>
    NoRole,
}

/// <summary>A connection could not be established; the message says why in one line.</summary>
public sealed class HandshakeException : Exception
{
    /// <summary>Creates the failure with its one-line reason.</summary>
    public HandshakeException(HandshakeFault fault, string reason, Exception? cause = null)
        : base(reason, cause) => Fault = fault;

    /// <summary>The kind of failure.</summary>
    public HandshakeFault Fault { get; }

    /// <summary>The version that the peer's HELLO led to before the failure; null when it did not come so far.</summary>
    internal OpenFlowVersion? Negotiated { get; init; }
}
