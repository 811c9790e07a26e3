using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Usual scripts for <see cref="Faults.Fate"/>.</summary>
public static class MessageFates
{
    /// <summary>Resets the connection at the message of this number.</summary>
    /// <param name="number">As <see cref="ReceivedMessage.Number"/> counts.</param>
    /// <param name="isProcessed">Whether it is still carried out.</param>
    public static Func<ReceivedMessage, MessageFate> AbortAt(long number, bool isProcessed) =>
        message => message.Number == number ? isProcessed ? MessageFate.AbortAfter : MessageFate.AbortBefore : MessageFate.Process;

    /// <summary>Resets the connection when so many messages have been put into a bundle, once.</summary>
    public static Func<ReceivedMessage, MessageFate> AbortInBundle(int after)
    {
        var count = 0;
        return message => message.Frame?.Message is BundleAddMessage && ++count == after ? MessageFate.AbortAfter : MessageFate.Process;
    }

    /// <summary>Ignores messages of this type.</summary>
    public static Func<ReceivedMessage, MessageFate> Ignore(MessageType type) =>
        message => message.Frame?.Message.Type == type ? MessageFate.Ignore : MessageFate.Process;
}
