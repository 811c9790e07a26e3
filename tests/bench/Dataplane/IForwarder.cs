namespace Metron.Bench.Dataplane;

/// <summary>What a worker process does with the packets of its device; runs from its making until it is disposed.</summary>
internal interface IForwarder : IDisposable
{
    /// <summary>Bytes that the worker has allocated since it began; 0 is what it should be.</summary>
    long AllocatedBytes { get; }
}
