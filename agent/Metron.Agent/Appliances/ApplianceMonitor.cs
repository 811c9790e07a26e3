using Metron.Agent.Programs;
using Metron.Dataplane;
using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Appliances;

/// <summary>How the closed program of a blackbox is on a worker.</summary>
/// <param name="Chain">The chain that uses it.</param>
/// <param name="Revision">Revision of the program that uses it.</param>
/// <param name="Function">Name of the blackbox.</param>
/// <param name="Health">How it is.</param>
/// <param name="Since">When <paramref name="Health"/> last changed between up and down.</param>
/// <param name="Counters">What went over its interfaces on the worker.</param>
internal sealed record BlackboxStatus(
    string Chain, long Revision, string Function, ApplianceHealth Health, DateTimeOffset Since, ApplianceStatistics Counters);

/// <summary>
/// Looks after the closed programs that chains use: observes their interfaces, judges, and opens or closes the gates in front of them by the policy
/// of their blackbox. One look every tenth of a second; workers are never waited for.
/// </summary>
internal sealed class ApplianceMonitor(IApplianceHardware hardware, ProgramRegistry programs, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<(int Worker, string Appliance), Watched> _watched = [];
    private readonly long _start = time.GetTimestamp();
    private volatile IReadOnlyList<BlackboxStatus> _current = [];

    /// <summary>How all closed programs are that chains use, as last seen. Callable from any thread.</summary>
    public IReadOnlyList<BlackboxStatus> Current => _current;

    /// <summary>Looks after them until it is told to end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                Look();
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                // Whatever it is, the gates must not stay as they are for ever.
                AgentLog.ApplianceLookFailed(log, failure.Message);
            }
        }
    }

    /// <summary>One look at everything.</summary>
    public void Look()
    {
        var uses = Uses();
        var current = new List<BlackboxStatus>();
        foreach (var counters in hardware.Read())
        {
            var key = (counters.Worker, counters.Appliance);
            if (uses.TryGetValue(key, out var use))
            {
                current.Add(Look(use, counters));
            }
            else if (_watched.Remove(key))
            {
                hardware.SetGate(counters.Worker, counters.Appliance, ApplianceGate.Open);
            }
        }

        _current = current;
    }

    /// <summary>Which blackbox uses an appliance on a worker: that of the program deployed last.</summary>
    private Dictionary<(int Worker, string Appliance), Use> Uses()
    {
        var uses = new Dictionary<(int, string), Use>();
        foreach (var program in programs.Programs)
        {
            foreach (var blackbox in program.Functions.OfType<BlackboxConfiguration>())
            {
                foreach (var worker in program.IngressTags.Select(tag => tag.Worker).Distinct())
                {
                    uses[(worker, blackbox.Appliance)] = new Use(program, blackbox);
                }
            }
        }

        return uses;
    }

    private BlackboxStatus Look(Use use, ApplianceStatistics counters)
    {
        var (worker, appliance, blackbox) = (counters.Worker, counters.Appliance, use.Blackbox);
        if (!_watched.TryGetValue((worker, appliance), out var watched))
        {
            _watched[(worker, appliance)] = watched = new Watched(time.GetUtcNow());
        }

        var observation = new ApplianceObservation(
            time.GetElapsedTime(_start), hardware.IsLinkUp(worker, appliance, 0), hardware.IsLinkUp(worker, appliance, 1), counters);
        if (watched.Watch.TryBeginProbe(observation, blackbox.HealthCheck, out var number))
        {
            hardware.SendProbe(worker, appliance, 0, number, blackbox);
            hardware.SendProbe(worker, appliance, 1, number, blackbox);
        }

        var health = watched.Watch.Observe(observation, blackbox.HealthCheck);
        var gate = health.IsUp ? ApplianceGate.Open : blackbox.FailOpen ? ApplianceGate.Bypassed : ApplianceGate.Closed;
        if (counters.Gate != gate)
        {
            hardware.SetGate(worker, appliance, gate);
        }

        watched.Take(health, time.GetUtcNow());
        if (watched.HasChanged)
        {
            Tell(use, worker, health);
        }

        return new BlackboxStatus(use.Program.Chain, use.Program.Revision, blackbox.Name, health, watched.Since, counters with { Gate = gate });
    }

    private void Tell(Use use, int worker, ApplianceHealth health)
    {
        var (appliance, chain) = (use.Blackbox.Appliance, use.Program.Chain);
        if (!health.IsUp)
        {
            AgentLog.ApplianceDown(log, appliance, worker, health.Problem, chain, use.Blackbox.FailOpen ? "pass it by" : "are dropped");
        }
        else if (health.Problem.Length > 0)
        {
            AgentLog.ApplianceSilent(log, appliance, worker, health.Problem, chain);
        }
        else
        {
            AgentLog.ApplianceUp(log, appliance, worker, chain);
        }
    }

    private readonly record struct Use(ResidualProgram Program, BlackboxConfiguration Blackbox);

    /// <summary>An appliance on a worker that is looked after.</summary>
    private sealed class Watched(DateTimeOffset begin)
    {
        private (bool IsUp, bool HasProblem) _told = (true, false);

        public ApplianceWatch Watch { get; } = new();

        /// <summary>When it last changed between well, silent and down.</summary>
        public DateTimeOffset Since { get; private set; } = begin;

        /// <summary>Whether it has changed with the last look.</summary>
        public bool HasChanged { get; private set; }

        public void Take(ApplianceHealth health, DateTimeOffset now)
        {
            var kind = (health.IsUp, health.Problem.Length > 0);
            HasChanged = kind != _told;
            Since = HasChanged ? now : Since;
            _told = kind;
        }
    }
}
