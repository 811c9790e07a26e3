using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>What the control thread asks of a worker. The worker takes it between two bursts and says when it has been done.</summary>
internal sealed class WorkerCommand
{
    private volatile bool _isDone;

    /// <summary>What to run from now on; null: what runs already.</summary>
    public WorkerSnapshot? Snapshot { get; init; }

    /// <summary>Programs that are new in the snapshot, in flow groups of the worker.</summary>
    public IReadOnlyList<WorkerProgram> Added { get; init; } = [];

    /// <summary>Programs that are no longer in the snapshot, in flow groups of the worker: their flow entries go.</summary>
    public IReadOnlyList<WorkerProgram> Retired { get; init; } = [];

    /// <summary>How many of <see cref="Retired"/> are gone already; kept by the worker.</summary>
    public int Forgotten { get; set; }

    /// <summary>Functions to ask for their reports, each with its flow group, which is the worker's.</summary>
    public IReadOnlyList<(int Group, WorkerFunction Function)> ToReport { get; init; } = [];

    /// <summary>Gets the reports of <see cref="ToReport"/>, in order.</summary>
    public List<FunctionReport> Reports { get; } = [];

    /// <summary>Flow groups that will come to the worker.</summary>
    public IReadOnlyList<EarlyQueue> Expected { get; init; } = [];

    /// <summary>Flow groups to give away. The command is done when the worker knows of them.</summary>
    public IReadOnlyList<ReleaseOrder> Releases { get; init; } = [];

    /// <summary>Flow groups that were expected and will not come.</summary>
    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <summary>Whether the worker shall end.</summary>
    public bool Stop { get; init; }

    /// <summary>Whether the worker has done all of it, and sees nothing of what was before any more.</summary>
    public bool IsDone => _isDone;

    /// <summary>Called by the worker.</summary>
    public void SetDone() => _isDone = true;
}

/// <summary>A flow group that was expected will not come.</summary>
/// <param name="Queue">Its packets.</param>
/// <param name="Reason">Why they are dropped.</param>
/// <param name="Until">Position in the worker's queue up to which there may be some; <see cref="ReleaseOrder.WhenEmpty"/>.</param>
internal readonly record struct Refusal(EarlyQueue Queue, DropReason Reason, ulong Until);
