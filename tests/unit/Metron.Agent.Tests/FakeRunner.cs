using System.Collections.Concurrent;
using Metron.Agent.Programs;
using Metron.Dataplane;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Tests;

/// <summary>A dataplane that only notes what it is asked.</summary>
internal sealed class FakeRunner : IProgramRunner
{
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Makes the next deployments fail.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What deployments wait for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public async Task DeployAsync(ResidualProgram program)
    {
        Calls.Enqueue($"deploy {program.Chain} {program.Revision}");
        await Gate;
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    public Task UndeployAsync(string chain, long revision)
    {
        Calls.Enqueue($"undeploy {chain} {revision}");
        return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
    }

    public Task<DataplaneStatistics> ReadStatisticsAsync(CancellationToken cancellation) =>
        Task.FromResult(new DataplaneStatistics(0, [new WorkerStatistics { Worker = 0, Drops = new Dictionary<Packets.DropReason, ulong>() }], []));
}

/// <summary>Rules that only note what they are asked.</summary>
internal sealed class FakeRules(FakeRunner runner) : ITagRules
{
    public string? Failure { get; set; }

    public void Add(ResidualProgram program) => Note("add rules", program);

    public void Remove(ResidualProgram program) => Note("remove rules", program);

    private void Note(string what, ResidualProgram program)
    {
        runner.Calls.Enqueue($"{what} {program.Chain} {program.Revision}");
        if (Failure is not null)
        {
            throw new DpdkException(Failure);
        }
    }
}
