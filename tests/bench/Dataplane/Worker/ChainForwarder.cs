using System.Diagnostics;
using Metron.Dataplane;
using Metron.Dataplane.Tags;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Bench.Dataplane;

/// <summary>Runs a chain on the dataplane, as the agent does: each worker has a core and a queue.</summary>
internal sealed class ChainForwarder : IForwarder
{
    /// <summary>Most connections or bindings of a function; above the agent's default, for the trace of a million flows.</summary>
    private const int MaximumConnections = 1 << 20;

    private readonly Metron.Dataplane.Dataplane _dataplane;
    private readonly Stopwatch _sinceOrder;
    private double _deployMilliseconds;

    /// <param name="known">The case.</param>
    /// <param name="ports">Where packets come from and go to, one for each worker.</param>
    /// <param name="tscHertz">TSC frequency.</param>
    public ChainForwarder(DataplaneCase known, IReadOnlyList<DpdkPort> ports, ulong tscHertz)
    {
        var resources = WorkerResources.Default with { MaximumConnections = MaximumConnections, HashSeed = (ulong)Random.Shared.NextInt64() };
        var options = new DataplaneOptions
        {
            Workers = [.. ports.Select((_, worker) => new WorkerOptions { Core = Setup.CoreOf(worker) })],
            CreateFunction = configuration => NetworkFunctionFactory.Create(configuration, resources),
            MaximumFlowsPerWorker = known.MaximumFlows,
            TscHertz = tscHertz,
            SampleInterval = known.SampleInterval,
            FlowGroups = known.FlowGroups,
        };
        var program = ChainProgram.Of(known.Functions, Math.Max(ports.Count, known.FlowGroups));
        var tags = new WireTags();
        _dataplane = known.HasBarePorts
            ? Metron.Dataplane.Dataplane.Start(options, ports)
            : Metron.Dataplane.Dataplane.Start(options, [.. ports.Select(port => new TagPort<DpdkPort>(port, tags))]);
        _sinceOrder = Stopwatch.StartNew();
        _dataplane.DeployAsync(program).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public double DeployMilliseconds => _deployMilliseconds;

    /// <inheritdoc/>
    public DataplaneStatistics ReadStatistics() => _dataplane.ReadStatistics();

    /// <summary>Waits until each worker has sent a packet, for <see cref="DeployMilliseconds"/>. The device must be one that replays.</summary>
    public void WaitForPackets()
    {
        while (_dataplane.ReadStatistics().Workers.Any(worker => worker.Sent.Packets == 0))
        {
            if (_sinceOrder.Elapsed > Setup.LongestDiscard || _dataplane.Completion.IsCompleted)
            {
                throw new TimeoutException("no packet was sent");
            }

            Thread.Yield();
        }

        _deployMilliseconds = _sinceOrder.Elapsed.TotalMilliseconds;
    }

    public void Dispose()
    {
        _dataplane.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_dataplane.Completion.Exception is { } death)
        {
            throw new InvalidOperationException($"the worker died: {death.GetBaseException().Message}", death);
        }
    }
}
