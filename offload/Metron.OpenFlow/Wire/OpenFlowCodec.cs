using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Metron.OpenFlow;

/// <summary>Turns messages into bytes and back, for the versions in <see cref="VersionSet.Spoken"/>. Safe for concurrent use.</summary>
public static class OpenFlowCodec
{
    /// <summary>Bytes of the header: version, type, length, transaction number.</summary>
    public const int HeaderLength = 8;

    /// <summary>Longest message, in bytes.</summary>
    public const int MaximumLength = OpenFlowWriter.MaximumLength;

    /// <summary>The message as bytes, header included.</summary>
    /// <exception cref="OpenFlowEncodeException">The message is too long or does not exist in this version.</exception>
    public static byte[] Encode(OpenFlowMessage message, OpenFlowVersion version, uint transactionId)
    {
        var writer = new OpenFlowWriter();
        try
        {
            WriteFrame(ref writer, message, version, transactionId);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Writes the message's bytes to <paramref name="output"/> and returns their number.</summary>
    /// <exception cref="OpenFlowEncodeException">The message is too long or does not exist in this version; nothing was written.</exception>
    public static int Encode(OpenFlowMessage message, OpenFlowVersion version, uint transactionId, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = new OpenFlowWriter();
        try
        {
            WriteFrame(ref writer, message, version, transactionId);
            output.Write(writer.Written);
            return writer.Length;
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Reads one whole message.</summary>
    /// <param name="message">Exactly the bytes that the header's length field says.</param>
    /// <exception cref="OpenFlowDecodeException">The bytes are not a message of a version that is spoken.</exception>
    public static OpenFlowFrame Decode(ReadOnlySpan<byte> message)
    {
        var reader = new OpenFlowReader(message);
        return Read(ref reader);
    }

    /// <summary>Reads one whole message, or says what is wrong with it.</summary>
    /// <param name="message">Exactly the bytes that the header's length field says.</param>
    /// <param name="frame">The message when the result is true.</param>
    /// <param name="error">What is wrong when the result is false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> message,
        [NotNullWhen(true)] out OpenFlowFrame? frame,
        [NotNullWhen(false)] out OpenFlowDecodeException? error)
    {
        try
        {
            frame = Decode(message);
            error = null;
            return true;
        }
        catch (OpenFlowDecodeException exception)
        {
            frame = null;
            error = exception;
            return false;
        }
    }

    /// <summary>Reads a message that fills <paramref name="reader"/>.</summary>
    internal static OpenFlowFrame Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var total = reader.Remaining;
        var version = (OpenFlowVersion)reader.ReadByte();
        var type = reader.ReadByte();
        var length = reader.ReadUInt16();
        var transactionId = reader.ReadUInt32();
        if (length != total)
        {
            throw new OpenFlowDecodeException(start, $"header length {length}, but {total} bytes");
        }

        if (!version.IsSpoken() && (MessageType)type is not (MessageType.Hello or MessageType.Error))
        {
            throw new OpenFlowDecodeException(start, $"version {version.ToDotted()} is not spoken here");
        }

        if (reader.InsideBundle && version != reader.Version)
        {
            throw new OpenFlowDecodeException(start, $"message of version {version.ToDotted()} inside one of {reader.Version.ToDotted()}");
        }

        reader.Version = version;
        var message = version == OpenFlowVersion.OpenFlow10
            ? Codec10.Read(type, ref reader)
            : MessageReader.Read((MessageType)type, version, ref reader);
        reader.ExpectEnd();
        return new OpenFlowFrame(version, transactionId, message);
    }

    internal static void WriteFrame(ref OpenFlowWriter writer, OpenFlowMessage message, OpenFlowVersion version, uint transactionId)
    {
        ArgumentNullException.ThrowIfNull(message);
        var start = writer.Length;
        writer.Version = version;
        writer.TransactionId = transactionId;
        writer.Write((byte)version);
        var is10 = version == OpenFlowVersion.OpenFlow10;
        writer.Write(is10 ? Codec10.WireType(message) : (byte)message.WireType(version));
        writer.Write((ushort)0);
        writer.Write(transactionId);
        if (is10)
        {
            Codec10.WriteBody(ref writer, message);
        }
        else
        {
            message.WriteBody(ref writer, version);
        }

        writer.PatchLength(start + 2, start);
    }
}
