namespace Metron.Dataplane.Groups;

/// <summary>A flow group that a worker was to get and did not: it drops the group's packets that it finds in its queue. Belongs to the control thread.</summary>
/// <param name="worker">Index of the worker.</param>
/// <param name="early">Its packets of the group.</param>
internal sealed class RefusedGroup(int worker, EarlyQueue early)
{
    /// <summary>Until which the worker drops packets of a group that the NIC may go on to steer to it.</summary>
    public const ulong Forever = ulong.MaxValue - 1;

    public int Worker { get; } = worker;

    public EarlyQueue Early { get; } = early;

    /// <summary>Whether the NIC may still steer the group to the worker, since its table could not be written.</summary>
    public bool IsSteered { get; set; }
}
