using Metron.Dataplane.Programs;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Workers;

/// <summary>What the control thread asks of a worker. The worker takes it between two bursts and says when it has been done.</summary>
internal sealed class WorkerCommand
{
    private volatile bool _isDone;

    /// <summary>What to run from now on; null: what runs already.</summary>
    public WorkerSnapshot? Snapshot { get; init; }

    /// <summary>Program that is new in the snapshot.</summary>
    public WorkerProgram? Added { get; init; }

    /// <summary>Program that is no longer in the snapshot: its flow entries go.</summary>
    public WorkerProgram? Retired { get; init; }

    /// <summary>Functions to ask for their reports.</summary>
    public IReadOnlyList<WorkerFunction> ToReport { get; init; } = [];

    /// <summary>Gets the reports of <see cref="ToReport"/>, in order.</summary>
    public List<FunctionReport> Reports { get; } = [];

    /// <summary>Whether the worker shall end.</summary>
    public bool Stop { get; init; }

    /// <summary>Whether the worker has done all of it, and sees nothing of what was before any more.</summary>
    public bool IsDone => _isDone;

    /// <summary>Called by the worker.</summary>
    public void SetDone() => _isDone = true;
}
