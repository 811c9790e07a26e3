using Metron.Dataplane;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>The dataplane, as the rest of the agent sees it.</summary>
internal sealed class DataplaneRunner(Dataplane.Dataplane dataplane) : IProgramRunner
{
    /// <inheritdoc/>
    public Task DeployAsync(ResidualProgram program) => dataplane.DeployAsync(program);

    /// <inheritdoc/>
    public Task UndeployAsync(string chain, long revision) => dataplane.UndeployAsync(chain, revision);

    /// <inheritdoc/>
    public Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation) => dataplane.ReadStatisticsAsync(cancellation);
}
