namespace Metron.Dataplane;

/// <summary>A worker died of an exception.</summary>
public sealed class WorkerFailedException : Exception
{
    public WorkerFailedException()
    {
    }

    public WorkerFailedException(string message)
        : base(message)
    {
    }

    public WorkerFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="worker">Index of the worker.</param>
    /// <param name="cause">What it died of.</param>
    public WorkerFailedException(int worker, Exception cause)
        : this($"worker {worker} died: {cause.Message}", cause) => Worker = worker;

    /// <summary>Index of the worker.</summary>
    public int Worker { get; }
}
