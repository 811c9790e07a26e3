namespace Metron.OpenFlow;

/// <summary>Message types as OpenFlow 1.0 numbers them (<c>OFPT_*</c>, section 5.1): as later versions up to 14, then otherwise.</summary>
internal static class MessageType10
{
    private const byte FirstOther = 15;

    // From number 15 on, in order.
    private static readonly MessageType[] Others =
    [
        MessageType.PortMod, MessageType.MultipartRequest, MessageType.MultipartReply, MessageType.BarrierRequest,
        MessageType.BarrierReply, MessageType.QueueGetConfigRequest, MessageType.QueueGetConfigReply,
    ];

    /// <summary>The type that a header's byte means; null for numbers that 1.0 does not have but later versions do.</summary>
    public static MessageType? FromWire(byte type)
    {
        if (type < FirstOther)
        {
            return (MessageType)type;
        }

        if (type - FirstOther < Others.Length)
        {
            return Others[type - FirstOther];
        }

        return Enum.IsDefined((MessageType)type) ? null : (MessageType)type;
    }

    /// <summary>The header's byte; null for messages that 1.0 does not have.</summary>
    public static byte? ToWire(MessageType type)
    {
        if ((byte)type < FirstOther)
        {
            return (byte)type;
        }

        var other = Array.IndexOf(Others, type);
        if (other >= 0)
        {
            return (byte)(FirstOther + other);
        }

        return Enum.IsDefined(type) || (byte)type < FirstOther + Others.Length ? null : (byte)type;
    }
}
