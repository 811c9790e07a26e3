using Metron.Dataplane.Nics;
using Metron.Dpdk;
using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Programs;

/// <summary>
/// The programs that this server runs, as the controller named them: it carries out deploy and undeploy, in this order: workers first, then
/// the device's rules that lead to them; on the way back the other way round. Changes come one after the other, from the controller's stream.
/// </summary>
internal sealed class ProgramRegistry(IProgramRunner runner, ITagRules rules, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly List<RunningProgram> _programs = [];

    /// <summary>What runs, in the order of its deployment.</summary>
    public IReadOnlyList<V1.DeployedChain> Deployed
    {
        get
        {
            lock (_lock)
            {
                return [.. _programs.Select(Describe)];
            }
        }
    }

    /// <summary>The programs that run, in the order of their deployment.</summary>
    public IReadOnlyList<ResidualProgram> Programs
    {
        get
        {
            lock (_lock)
            {
                return [.. _programs.Select(running => running.Program)];
            }
        }
    }

    /// <summary>Runs a program.</summary>
    /// <returns>Empty when it runs; otherwise why not, and nothing was changed.</returns>
    public async Task<string> DeployAsync(V1.ResidualProgram message)
    {
        var error = await TryDeployAsync(message);
        if (error.Length == 0)
        {
            AgentLog.Deployed(log, message.Chain, message.Revision);
        }
        else
        {
            AgentLog.Refused(log, message.Chain, message.Revision, error);
        }

        return error;
    }

    /// <summary>Stops running a revision; one that does not run is no error.</summary>
    /// <returns>Empty when it runs no more; otherwise what went wrong.</returns>
    public async Task<string> UndeployAsync(string chain, long revision)
    {
        if (Find(chain, revision) is not { } running)
        {
            return string.Empty;
        }

        try
        {
            rules.Remove(running.Program);
            await runner.UndeployAsync(chain, revision);
        }
        catch (Exception failure)
        {
            // Whatever it is, the controller is told, and asks again.
            AgentLog.NotUndeployed(log, chain, revision, failure.Message);
            return failure.Message;
        }

        lock (_lock)
        {
            _programs.Remove(running);
        }

        AgentLog.Undeployed(log, chain, revision);
        return string.Empty;
    }

    private static V1.DeployedChain Describe(RunningProgram running)
    {
        var chain = new V1.DeployedChain { Chain = running.Program.Chain, Revision = running.Program.Revision, Digest = running.Digest };
        chain.Workers.AddRange(running.Program.IngressTags.Select(tag => (uint)tag.Worker).Distinct().Order());
        return chain;
    }

    private async Task<string> TryDeployAsync(V1.ResidualProgram message)
    {
        if (Find(message.Chain, message.Revision) is { } running)
        {
            return running.Digest == message.Digest
                ? string.Empty
                : $"revision {message.Revision} of chain {message.Chain} runs already with another digest; a change needs a revision of its own";
        }

        if (!ResidualProgramReader.TryRead(message, out var program, out var violations))
        {
            return string.Join("; ", violations);
        }

        try
        {
            await runner.DeployAsync(program);
        }
        catch (Exception failure)
        {
            // Most often a ProgramRejectedException; whatever it is, the controller is told.
            return failure.Message;
        }

        try
        {
            rules.Add(program);
        }
        catch (Exception failure) when (failure is DpdkException or NicException)
        {
            await runner.UndeployAsync(program.Chain, program.Revision);
            return failure.Message;
        }

        lock (_lock)
        {
            _programs.Add(new RunningProgram(program, message.Digest));
        }

        return string.Empty;
    }

    private RunningProgram? Find(string chain, long revision)
    {
        lock (_lock)
        {
            return _programs.Find(running => running.Program.Chain == chain && running.Program.Revision == revision);
        }
    }

    private sealed record RunningProgram(ResidualProgram Program, string Digest);
}
