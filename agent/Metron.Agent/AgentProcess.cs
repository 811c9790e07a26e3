using System.Runtime;
using System.Security.Cryptography;
using Metron.Agent.Appliances;
using Metron.Agent.Balancing;
using Metron.Agent.Configuration;
using Metron.Agent.Control;
using Metron.Agent.Load;
using Metron.Agent.Programs;
using Metron.Agent.Server;
using Metron.Dataplane;
using Metron.Dataplane.Tags;
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
        await using var dataplane = await StartDataplaneAsync(configuration, hardware, stop);
        var runner = new DataplaneRunner(dataplane, hardware.Tags, program => hardware.Balanced?.Adapt(program) ?? program);
        var programs = new ProgramRegistry(runner, hardware.TagRules, log);
        var monitor = new ApplianceMonitor(hardware.Appliances, programs, time, log);
        using var balancer = StartBalancer(configuration, hardware, dataplane, programs, time, log);
        var reporter = new LoadReporter(configuration.Server, runner, time, monitor, balancer);
        V1.Registration Describe() => BuildRegistration(configuration, hardware, programs, startTime);

        using var channel = ControllerChannel.Open(configuration.Controller, configuration.Tls);
        var client = new V1.AgentControl.AgentControlClient(channel);
        var address = configuration.Controller.ToString();
        var connection = new ControllerConnection(
            address, () => new ControllerSession(client, address, Describe, programs, reporter, time, log), time, log);
        using var looking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] watching =
        [
            configuration.Appliances.Count == 0 ? Task.CompletedTask : monitor.RunAsync(looking.Token),
            balancer?.RunAsync(looking.Token) ?? Task.CompletedTask,
        ];
        var exitCode = await RunUntilEndAsync(connection, dataplane, hardware.Balanced, log, stop);

        // The dataplane outlives those who watch it, whose last look may still be under way.
        await looking.CancelAsync();
        await Task.WhenAll(watching).ContinueWith(_ => { }, TaskScheduler.Default);
        return exitCode;
    }

    private static async Task<int> RunUntilEndAsync(
        ControllerConnection connection, Dataplane.Dataplane dataplane, BalancedPort? balanced, ILogger log, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var talking = connection.RunAsync(ending.Token);
        var nic = balanced?.Completion ?? dataplane.Completion;
        await Task.WhenAny(talking, dataplane.Completion, nic);
        await ending.CancelAsync();
        await talking.ContinueWith(_ => { }, TaskScheduler.Default);
        if (balanced is not null && nic.Exception is { } end)
        {
            AgentLog.NicDied(log, end.GetBaseException());
            return 1;
        }

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

    private static BalancingLoop? StartBalancer(
        AgentConfiguration configuration, ServerHardware hardware, Dataplane.Dataplane dataplane, ProgramRegistry programs, TimeProvider time, ILogger log)
    {
        if (hardware.Balanced is not { } port)
        {
            return null;
        }

        var (balancing, workers) = (configuration.Balancing!, configuration.Workers.Count);
        AgentLog.Balancing(log, port.FlowGroups, workers, port.Nic.Kind, balancing.Mode.ToString());
        try
        {
            return new BalancingLoop(
                balancing,
                new DataplaneFlowGroups(dataplane, port.Nic, port.FlowGroups, workers),
                () => WorkerLimits.Of(balancing, workers, programs.Programs),
                time,
                log);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([$"balancing.recording: {balancing.Recording} cannot be written: {failure.Message}"]);
        }
    }

    private static async Task<Dataplane.Dataplane> StartDataplaneAsync(AgentConfiguration configuration, ServerHardware hardware, CancellationToken stop)
    {
        var groups = hardware.Balanced?.FlowGroups ?? 0;
        var resources = new WorkerResources
        {
            MaximumConnections = LimitOfGroup(configuration.Limits.ConnectionsPerFunction, configuration.Workers.Count, groups),
            MaximumTalkers = LimitOfGroup(configuration.Limits.TalkersPerMonitor, configuration.Workers.Count, groups),
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
            FlowGroups = groups,
        };
        if (hardware.Balanced is { } balanced)
        {
            var spread = balanced.StartDataplane(options);
            await spread.SteerAsync(balanced.Nic, stop);
            return spread;
        }

        var ports = configuration.Workers
            .Select(worker => new TagPort<DpdkPort>(DpdkPort.Open(hardware.Devices[worker.Port], worker.Queue), hardware.Tags)).ToList();
        var appliancePorts = configuration.Workers
            .Select((_, index) => hardware.Appliances.PortsOf(index).Select(port => new TagPort<DpdkPort>(port, null)).ToList()).ToList();
        var dataplane = Dataplane.Dataplane.Start(options, ports, appliancePorts);
        hardware.Appliances.Attach(dataplane);
        return dataplane;
    }

    /// <summary>What a function of one flow group may remember of what one of a worker may: four times its even share, as flow groups are not even.</summary>
    private static int LimitOfGroup(int limit, int workers, int groups)
    {
        const int Skew = 4;
        const int Least = 64;
        return groups == 0 ? limit : (int)Math.Min(limit, Math.Max(Least, (long)limit * workers * Skew / groups));
    }

    private static ulong RandomSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private static V1.Registration BuildRegistration(
        AgentConfiguration configuration, ServerHardware hardware, ProgramRegistry programs, DateTimeOffset startTime)
    {
        var registration = new V1.Registration
        {
            Server = configuration.Server,
            Resources = ServerDescription.Describe(configuration, hardware.Eal, hardware.Ports, hardware.Balanced?.TaggedGroups ?? 0, startTime),
        };
        registration.DeployedChains.AddRange(programs.Deployed);
        return registration;
    }
}
