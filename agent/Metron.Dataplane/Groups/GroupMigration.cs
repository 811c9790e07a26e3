using Metron.Dataplane.Flows;
using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Groups;

/// <summary>The move of one flow group, as the control thread keeps it. <see cref="MoveRules"/> says what it does next, <see cref="Migrator"/> does it.</summary>
/// <param name="group">The group.</param>
/// <param name="source">Index of the worker that owns it.</param>
/// <param name="target">Index of the worker that shall own it.</param>
internal sealed class GroupMigration(FlowGroup group, int source, int target)
{
    private ReleaseOrder? _order;

    public FlowGroup Group { get; } = group;

    /// <summary>Index of the worker that owned it at first.</summary>
    public int Source { get; } = source;

    /// <summary>Index of the worker that it moves to; another one when that does not take it.</summary>
    public int Target { get; set; } = target;

    public MoveStage Stage { get; private set; } = MoveStage.Announcing;

    /// <summary>When the stage began, in nanoseconds.</summary>
    public long Since { get; private set; }

    /// <summary>Tells the target to expect the group; null before it was told.</summary>
    public WorkerCommand? Announcement { get; set; }

    /// <summary>The packets that come to the target before the group does.</summary>
    public EarlyQueue? Early { get; set; }

    /// <summary>Workers that were to take the group and did not, and do not know yet that it will not come.</summary>
    public List<(int Worker, EarlyQueue Early)> Former { get; } = [];

    /// <summary>What became of it so far.</summary>
    public MigrationResult Result { get; private set; } = MigrationResult.Moved;

    /// <summary>What went wrong first; null when nothing did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Who has the group.</summary>
    public Holder Holder
    {
        get
        {
            var owner = Group.Owner;
            return owner == GroupView.HeldByControl ? Holder.Control
                : owner == (Target | GroupView.HandedOver) ? Holder.OnTheWay
                : owner == Target ? Holder.Target
                : Holder.Source;
        }
    }

    /// <summary>Goes on to another stage.</summary>
    public void Enter(MoveStage stage, long now) => (Stage, Since) = (stage, now);

    /// <summary>Notes what went wrong; the first thing counts.</summary>
    public void Fail(MigrationResult result, string problem)
    {
        if (Result == MigrationResult.Moved)
        {
            (Result, Problem) = (result, problem);
        }
    }

    /// <summary>The order for the source to release the group.</summary>
    /// <param name="position">Position in its queue.</param>
    public ReleaseOrder Order(ulong position) => _order = new ReleaseOrder(Group.Number, Target, position);

    /// <summary>Takes the order back, if there is one.</summary>
    /// <returns>False when it has been carried out.</returns>
    public bool TryWithdraw()
    {
        var isWithdrawn = _order is null || _order.TryWithdraw();
        _order = isWithdrawn ? null : _order;
        return isWithdrawn;
    }
}
