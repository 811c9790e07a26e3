using System.Runtime;
using System.Security.Cryptography;
using Metron.Agent.Appliances;
using Metron.Agent.Configuration;
using Metron.Agent.Control;
using Metron.Agent.Load;
using Metron.Agent.Programs;
using Metron.Agent.Server;
using Metron.Dataplane;
using Metron.NetworkFunctions.Runtime;
using Microsoft.Extensions.Logging;

namespace Metron.Agent;

/// <summary>The agent from start to stop: hardware, dataplane, connection to the controller; and back in the opposite order.</summary>
internal static class AgentProcess
{
    /// <summary>Runs until it is told to stop, or the dataplane dies.</summary>
    /// <returns>The exit code: 0 when it was told to stop, 1 when the dataplane died.</returns>
    /// <exception cref="Dpdk.DpdkException">DPDK or a device does not start.</exception>
    /// <exception cref="ConfigurationException">A device cannot do what the configuration asks of it.</exception>
    public static async Task<int> RunAsync(AgentConfiguration configuration, TimeProvider time, ILogger log, CancellationToken stop)
    {
        // Old objects are collected beside the workers, not while they stand still.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        var startTime = time.GetUtcNow();
        using var hardware = ServerHardware.Open(configuration, log);
        await using var dataplane = StartDataplane(configuration, hardware);
        var runner = new DataplaneRunner(dataplane);
        var programs = new ProgramRegistry(runner, hardware.TagRules, log);
        var monitor = new ApplianceMonitor(hardware.Appliances, programs, time, log);
        var reporter = new LoadReporter(configuration.Server, runner, time, monitor);
        V1.Registration Describe() => BuildRegistration(configuration, hardware, programs, startTime);

        using var channel = ControllerChannel.Open(configuration.Controller, configuration.Tls);
        var client = new V1.AgentControl.AgentControlClient(channel);
        var address = configuration.Controller.ToString();
        var connection = new ControllerConnection(
            address, () => new ControllerSession(client, address, Describe, programs, reporter, time, log), time, log);
        using var looking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watching = configuration.Appliances.Count == 0 ? Task.CompletedTask : monitor.RunAsync(looking.Token);
        var exitCode = await RunUntilEndAsync(connection, dataplane, log, stop);

        // The dataplane outlives the monitor, whose last look may still be under way.
        await looking.CancelAsync();
        await watching.ContinueWith(_ => { }, TaskScheduler.Default);
        return exitCode;
    }

    private static async Task<int> RunUntilEndAsync(ControllerConnection connection, Dataplane.Dataplane dataplane, ILogger log, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var talking = connection.RunAsync(ending.Token);
        await Task.WhenAny(talking, dataplane.Completion);
        await ending.CancelAsync();
        await talking.ContinueWith(_ => { }, TaskScheduler.Default);
        if (dataplane.Completion.Exception is { } death)
        {
            AgentLog.DataplaneDied(log, death.GetBaseException());
            return 1;
        }

        if (!stop.IsCancellationRequested)
        {
            // Not stopped, and yet nobody talks any more: a bug, told with its trace.
            await talking;
        }

        AgentLog.Stopping(log, "told to");
        return 0;
    }

    private static Dataplane.Dataplane StartDataplane(AgentConfiguration configuration, ServerHardware hardware)
    {
        var resources = new WorkerResources
        {
            MaximumConnections = configuration.Limits.ConnectionsPerFunction,
            MaximumTalkers = configuration.Limits.TalkersPerMonitor,
            ReadKey = new KeyDirectory(configuration.KeyDirectory).Read,
        };
        var options = new DataplaneOptions
        {
            Workers = [.. configuration.Workers.Select((worker, index) => new WorkerOptions { Core = worker.Core, Appliances = hardware.Appliances.NamesOf(index) })],
            ProbeToken = hardware.Appliances.ProbeToken,
            CreateFunction = function => NetworkFunctionFactory.Create(function, resources with { HashSeed = RandomSeed() }),
            MaximumFlowsPerWorker = configuration.Limits.FlowsPerWorker,
            FlowIdleTimeout = configuration.Limits.FlowIdle,
            TscHertz = hardware.Eal.TscHertz,
            SampleInterval = configuration.Sampling.OneIn,
            IdleSleep = configuration.Idle.Sleep,
            EmptyPollsBeforeSleep = configuration.Idle.PollsBeforeSleep,
        };
        var ports = configuration.Workers.Select(worker => DpdkPort.Open(hardware.Devices[worker.Port], worker.Queue)).ToList();
        var appliancePorts = configuration.Workers.Select((_, index) => hardware.Appliances.PortsOf(index)).ToList();
        var dataplane = Dataplane.Dataplane.Start(options, ports, appliancePorts);
        hardware.Appliances.Attach(dataplane);
        return dataplane;
    }

    private static ulong RandomSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static V1.Registration BuildRegistration(
        AgentConfiguration configuration, ServerHardware hardware, ProgramRegistry programs, DateTimeOffset startTime)
    {
        var registration = new V1.Registration
        {
            Server = configuration.Server,
            Resources = ServerDescription.Describe(configuration, hardware.Eal, hardware.Devices, startTime),
        };
        registration.DeployedChains.AddRange(programs.Deployed);
        return registration;
    }
}
