namespace Metron.Dataplane.Groups;

/// <summary>How far the move of a flow group has come.</summary>
internal enum MoveStage
{
    /// <summary>The target has been told to expect the group.</summary>
    Announcing,

    /// <summary>The NIC's indirection table is to be written.</summary>
    Steering,

    /// <summary>The NIC steers to the target; the source, or the control thread, gives the group away.</summary>
    Releasing,

    /// <summary>The source keeps the group; the NIC is to steer to it again.</summary>
    Restoring,

    /// <summary>Over.</summary>
    Over,
}

/// <summary>Who has a flow group.</summary>
internal enum Holder
{
    /// <summary>The worker that it moves from.</summary>
    Source,

    /// <summary>It was given to the target, which has not taken it yet.</summary>
    OnTheWay,

    /// <summary>The target.</summary>
    Target,

    /// <summary>The control thread.</summary>
    Control,
}

/// <summary>What the control thread does next.</summary>
internal enum MoveStep
{
    Wait,

    /// <summary>Write the indirection table: the target knows.</summary>
    Steer,

    /// <summary>Nothing was changed yet: tell the target that the group will not come, and give up.</summary>
    Retract,

    /// <summary>Take the group from its dead holder.</summary>
    TakeFromDead,

    /// <summary>Give the group, which the control thread holds, to the target.</summary>
    HandOver,

    /// <summary>Withdraw the order to release; if that comes in time, the source keeps the group.</summary>
    Withdraw,

    /// <summary>Take the group back from a target that does not take it; if that comes in time, the control thread holds it.</summary>
    TakeBack,

    /// <summary>Find another worker for the group, which the control thread holds.</summary>
    Rehome,

    /// <summary>Write the indirection table: the source keeps the group.</summary>
    Restore,

    /// <summary>The group is where it shall be.</summary>
    Finish,
}

/// <summary>What is to be seen of a move.</summary>
/// <param name="Stage">How far it has come.</param>
/// <param name="Holder">Who has the group.</param>
/// <param name="IsAnnounced">Whether the target knows that the group will come.</param>
/// <param name="SourceLives">Whether the source is alive.</param>
/// <param name="TargetLives">Whether the target is alive.</param>
/// <param name="IsOverdue">Whether the stage has taken longer than one waits.</param>
internal readonly record struct MoveSight(
    MoveStage Stage, Holder Holder, bool IsAnnounced, bool SourceLives, bool TargetLives, bool IsOverdue);

/// <summary>
/// What happens next in the move of a flow group from worker to worker. Pure: the same for threads, for the seeded scheduler of the tests, and for an
/// emulated or a real NIC.
/// </summary>
internal static class MoveRules
{
    public static MoveStep Next(in MoveSight sight) => sight.Stage switch
    {
        MoveStage.Announcing => Announcing(sight),
        MoveStage.Steering => MoveStep.Steer,
        MoveStage.Releasing => Releasing(sight),
        MoveStage.Restoring => MoveStep.Restore,
        _ => MoveStep.Wait,
    };

    private static MoveStep Announcing(in MoveSight sight)
    {
        if (sight.Holder == Holder.Control)
        {
            // Somebody must have it: a target that stalls takes it when it wakes up.
            return !sight.TargetLives ? MoveStep.Rehome : sight.IsAnnounced || sight.IsOverdue ? MoveStep.Steer : MoveStep.Wait;
        }

        if (!sight.TargetLives || sight.IsOverdue)
        {
            return MoveStep.Retract;
        }

        return sight.IsAnnounced ? MoveStep.Steer : MoveStep.Wait;
    }

    private static MoveStep Releasing(in MoveSight sight) => sight.Holder switch
    {
        Holder.Target => MoveStep.Finish,
        Holder.Control => sight.TargetLives ? MoveStep.HandOver : MoveStep.Rehome,
        Holder.OnTheWay => !sight.TargetLives || sight.IsOverdue ? MoveStep.TakeBack : MoveStep.Wait,
        _ when !sight.SourceLives => MoveStep.TakeFromDead,
        _ => !sight.TargetLives || sight.IsOverdue ? MoveStep.Withdraw : MoveStep.Wait,
    };
}
