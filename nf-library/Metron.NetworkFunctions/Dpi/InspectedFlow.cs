using Metron.NetworkFunctions.Firewall;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>What is known of a flow that is, or was, inspected: both directions.</summary>
internal struct InspectedFlow
{
    public ConnectionKey Key;

    /// <summary>What comes from inside.</summary>
    public InspectedDirection FromInside;

    /// <summary>What comes from outside.</summary>
    public InspectedDirection FromOutside;

    /// <summary>Whether the outside opened it.</summary>
    public bool OpenedFromOutside;

    /// <summary>Whether a rule denied it.</summary>
    public bool IsDenied;

    /// <summary>Whether a rule that alerts has matched.</summary>
    public bool HasAlerted;

    /// <summary>Whether it was reset.</summary>
    public bool IsReset;

    /// <summary>Whether the TCP connection is over: reset, or both ends have finished.</summary>
    public readonly bool IsClosed => IsReset || (FromInside.IsFinished && FromOutside.IsFinished);
}

/// <summary>One direction of a flow.</summary>
internal struct InspectedDirection
{
    /// <summary>TCP: the sequence number up to which all was seen in order.</summary>
    public uint NextSequence;

    /// <summary>TCP: the sequence number of a FIN that came too early.</summary>
    public uint FinishSequence;

    /// <summary>The stream of the pattern database, plus 1; 0 for none.</summary>
    public int Stream;

    /// <summary>First segment that came too early, plus 1; 0 for none.</summary>
    public int FirstEarly;

    /// <summary>Bytes of segments that came too early.</summary>
    public int EarlyBytes;

    /// <summary>Rules of which some patterns were found, plus 1; 0 for none.</summary>
    public int FirstPartial;

    /// <summary>Bytes that were inspected.</summary>
    public int InspectedBytes;

    /// <summary>Whether <see cref="NextSequence"/> is known.</summary>
    public bool IsStarted;

    /// <summary>Whether it is inspected no more: enough was seen, or no rule speaks of it.</summary>
    public bool IsCleared;

    /// <summary>Whether a FIN came too early.</summary>
    public bool HasEarlyFinish;

    /// <summary>Whether its end was seen, with all before it.</summary>
    public bool IsFinished;
}
