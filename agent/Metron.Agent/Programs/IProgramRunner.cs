using Metron.Dataplane;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Programs;

/// <summary>What the agent asks of the dataplane.</summary>
internal interface IProgramRunner
{
    /// <summary>Runs a program next to what runs.</summary>
    /// <exception cref="ProgramRejectedException">It cannot be run; nothing was changed.</exception>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    Task DeployAsync(ResidualProgram program);

    /// <summary>Stops running a revision.</summary>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    Task UndeployAsync(string chain, long revision);

    /// <summary>Reads all counters, those of functions too.</summary>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation);
}
