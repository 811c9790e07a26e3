using System.Buffers;

namespace Metron.OpenFlow;

/// <summary>Turns messages into bytes and back, for OpenFlow 1.3 and 1.4. Safe for concurrent use.</summary>
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

    internal static void WriteFrame(ref OpenFlowWriter writer, OpenFlowMessage message, OpenFlowVersion version, uint transactionId)
    {
        ArgumentNullException.ThrowIfNull(message);
        var start = writer.Length;
        writer.Write((byte)version);
        writer.Write((byte)message.WireType(version));
        writer.Write((ushort)0);
        writer.Write(transactionId);
        message.WriteBody(ref writer, version);
        writer.PatchLength(start + 2, start);
    }
}
