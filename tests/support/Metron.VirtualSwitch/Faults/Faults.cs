using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Ways in which an emulated switch does not do what the standard says. The default is none: an honest switch.</summary>
/// <remarks>May be exchanged while the switch runs (<see cref="EmulatedSwitch.Faults"/>); what is about the greeting holds from the next connection on.</remarks>
public sealed record Faults
{
    /// <summary>An honest switch.</summary>
    public static Faults None { get; } = new();

    /// <summary>Bytes that it sends in place of its HELLO; the empty list sends nothing. Null for a right HELLO.</summary>
    public EquatableArray<byte>? HelloBytes { get; init; }

    /// <summary>Closes when a HELLO carries elements, as firmware of OpenFlow 1.3.0 does; its own carries none.</summary>
    public bool RejectsHelloElements { get; init; }

    /// <summary>Closes when a HELLO carries no elements.</summary>
    public bool RequiresHelloElements { get; init; }

    /// <summary>Sends a second HELLO of this version after the first.</summary>
    public OpenFlowVersion? SecondHello { get; init; }

    /// <summary>Version of its FEATURES_REPLY, and of everything from then on, whatever was agreed on.</summary>
    public OpenFlowVersion? FeaturesVersion { get; init; }

    /// <summary>Sends every byte in a segment of its own.</summary>
    public bool OneByteAtATime { get; init; }

    /// <summary>Stops reading after this number of messages of a connection, HELLO included; null for never.</summary>
    public int? ReadsNothingAfter { get; init; }

    /// <summary>Waits so long before each message that it sends after the greeting.</summary>
    public TimeSpan AnswerDelay { get; init; }

    /// <summary>Does not answer ECHO_REQUEST.</summary>
    public bool IgnoresEcho { get; init; }

    /// <summary>What it makes of barriers.</summary>
    public BarrierFault Barriers { get; init; }

    /// <summary>
    /// How late a barrier is answered (<see cref="BarrierFault.Late"/>) or rules come into force (<see cref="BarrierFault.Early"/>,
    /// <see cref="BarrierFault.Reordered"/>). <see cref="Timeout.InfiniteTimeSpan"/>: not before <see cref="EmulatedSwitch.Settle"/>.
    /// </summary>
    public TimeSpan Lag { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Refuses further rules with TABLE_FULL when it has so many, over all tables.</summary>
    public int? TableFullAt { get; init; }

    /// <summary>Flow-mods for which it holds are silently not carried out.</summary>
    public Func<FlowMod, bool>? Forgets { get; init; }

    /// <summary>Sends the parts of flow statistics for ever, all with the flag MORE.</summary>
    public bool EndlessMultipart { get; init; }

    /// <summary>Adds a match field of an unknown class to the rules in statistics.</summary>
    public bool UnknownFieldInStatistics { get; init; }

    /// <summary>Bytes of the refused message in an ERROR at most; null for all of it.</summary>
    public int? ErrorDataLength { get; init; }

    /// <summary>What becomes of each message after the greeting; null for carrying it out. Runs before anything else.</summary>
    public Func<ReceivedMessage, MessageFate>? Fate { get; init; }
}

/// <summary>What a switch makes of barriers.</summary>
public enum BarrierFault
{
    /// <summary>Answered when everything before it is in force.</summary>
    None,

    /// <summary>Refused with BAD_TYPE.</summary>
    Refused,

    /// <summary>Never answered.</summary>
    Ignored,

    /// <summary>Answered at once, while the rules before it come into force later.</summary>
    Early,

    /// <summary>As <see cref="Early"/>, and the rules come into force in the reverse order.</summary>
    Reordered,

    /// <summary>Answered later than it could be.</summary>
    Late,
}

/// <summary>What becomes of a message.</summary>
public enum MessageFate
{
    /// <summary>It is carried out.</summary>
    Process,

    /// <summary>It is ignored: not carried out and not answered.</summary>
    Ignore,

    /// <summary>The connection is reset before it is carried out. What comes after it on that connection is not read.</summary>
    AbortBefore,

    /// <summary>The connection is reset when it is carried out; its answer is not sent.</summary>
    AbortAfter,
}

/// <summary>A message that a switch got after the greeting.</summary>
/// <param name="Number">1 for the first one that the switch ever got, whatever connection it came by.</param>
/// <param name="Controller">Address of the controller.</param>
/// <param name="Frame">The message; null when it cannot be decoded.</param>
/// <param name="Bytes">The message as it came.</param>
public sealed record ReceivedMessage(long Number, string Controller, OpenFlowFrame? Frame, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The message's type; of one that cannot be decoded, its type byte.</summary>
    public MessageType Type => Frame?.Message.Type ?? (MessageType)Bytes.Span[1];

    /// <summary>The flow-mod, also that inside a bundle; null when it is something else.</summary>
    public FlowMod? FlowMod => Frame?.Message switch
    {
        FlowMod flow => flow,
        BundleAddMessage { Message: FlowMod flow } => flow,
        _ => null,
    };

    /// <summary>Number, and the message as text.</summary>
    public override string ToString() => $"{Number}: {Frame?.ToString() ?? Convert.ToHexStringLower(Bytes.Span)}";
}
