using Metron.Dataplane;
using Metron.Dataplane.Tags;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>The dataplane, as the rest of the agent sees it.</summary>
/// <param name="dataplane">The dataplane.</param>
/// <param name="tags">Tags that workers do not read themselves.</param>
/// <param name="adapt">Makes of a program what the dataplane shall run, apart from its tags.</param>
internal sealed class DataplaneRunner(Dataplane.Dataplane dataplane, WireTags tags, Func<ResidualProgram, ResidualProgram> adapt) : IProgramRunner
{
    /// <inheritdoc/>
    public async Task DeployAsync(ResidualProgram program)
    {
        try
        {
            await dataplane.DeployAsync(tags.Localize(adapt(program)));
        }
        catch (ProgramRejectedException)
        {
            tags.Release(program.Chain, program.Revision);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task UndeployAsync(string chain, long revision)
    {
        await dataplane.UndeployAsync(chain, revision);
        tags.Release(chain, revision);
    }

    /// <inheritdoc/>
    public Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation) => dataplane.ReadStatisticsAsync(cancellation);
}
