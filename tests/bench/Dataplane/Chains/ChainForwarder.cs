using Metron.Dataplane;
using Metron.NetworkFunctions;

namespace Metron.Bench.Dataplane;

/// <summary>Runs a chain on the dataplane, as the agent does: one worker, one queue.</summary>
internal sealed class ChainForwarder : IDisposable
{
    private readonly Metron.Dataplane.Dataplane _dataplane;

    /// <param name="port">Where packets come from and go to.</param>
    /// <param name="tscHertz">TSC frequency.</param>
    /// <param name="functions">The functions, from the clients on.</param>
    public ChainForwarder(DpdkPort port, ulong tscHertz, IReadOnlyList<NetworkFunctionConfiguration> functions)
    {
        var options = new DataplaneOptions { Workers = [new WorkerOptions { Core = Setup.WorkerCore }], TscHertz = tscHertz };
        _dataplane = Metron.Dataplane.Dataplane.Start(options, [port]);
        _dataplane.DeployAsync(ChainProgram.Of(functions)).GetAwaiter().GetResult();
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
