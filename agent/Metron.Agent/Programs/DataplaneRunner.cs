using Metron.Dataplane;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>The dataplane, as the rest of the agent sees it.</summary>
/// <param name="dataplane">The dataplane.</param>
/// <param name="adapt">Makes of a program what the dataplane shall run.</param>
internal sealed class DataplaneRunner(Dataplane.Dataplane dataplane, Func<ResidualProgram, ResidualProgram> adapt) : IProgramRunner
{
    /// <inheritdoc/>
    public Task DeployAsync(ResidualProgram program) => dataplane.DeployAsync(adapt(program));

    /// <inheritdoc/>
    public Task UndeployAsync(string chain, long revision) => dataplane.UndeployAsync(chain, revision);

    /// <inheritdoc/>
    public Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation) => dataplane.ReadStatisticsAsync(cancellation);
}
