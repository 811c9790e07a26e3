using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>Looks at the first bytes of a peer, before they are believed to be OpenFlow.</summary>
internal static class PeerProtocol
{
    private const byte TlsHandshakeRecord = 0x16;
    private const byte TlsMajorVersion = 3;

    /// <summary>Why these bytes cannot begin a HELLO; null when they can.</summary>
    /// <param name="bytes">At least eight bytes.</param>
    public static HandshakeException? Refuse(ReadOnlySpan<byte> bytes)
    {
        if (RecogniseOther(bytes) is { } other)
        {
            return other;
        }

        var version = (OpenFlowVersion)bytes[0];
        if (version is < OpenFlowVersion.OpenFlow10 or > OpenFlowVersion.OpenFlow15)
        {
            return new HandshakeException(HandshakeFault.VersionOutside, "version outside 1.0–1.5");
        }

        var type = (MessageType)bytes[1];
        if (type != MessageType.Hello)
        {
            return new HandshakeException(HandshakeFault.ExpectedHello, $"expected HELLO, got {type.ToName()}");
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return length < OpenFlowCodec.HeaderLength
            ? new HandshakeException(HandshakeFault.ShortHeader, $"header length {length} < 8")
            : null;
    }

    /// <summary>Names TLS and text protocols such as HTTP by their first bytes, also when fewer than eight have come; else null.</summary>
    public static HandshakeException? RecogniseOther(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 3 && bytes[0] == TlsHandshakeRecord && bytes[1] == TlsMajorVersion)
        {
            return new HandshakeException(HandshakeFault.TlsOnPlaintext, "TLS on plaintext port");
        }

        if (bytes.Length >= 4 && !bytes[..4].ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return new HandshakeException(HandshakeFault.NotOpenFlow, "not OpenFlow");
        }

        return null;
    }
}
