namespace Metron.Balancing;

/// <summary>How a worker is, as seen by who measures.</summary>
public enum WorkerHealth : byte
{
    /// <summary>It polls, or is parked.</summary>
    Well,

    /// <summary>It has not polled for a while: it keeps what it has, because it could not release it, and gets nothing.</summary>
    Stalled,

    /// <summary>Its thread has ended: its flow groups go to others.</summary>
    Dead,
}
