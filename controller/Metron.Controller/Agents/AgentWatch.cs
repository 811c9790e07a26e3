using Metron.Controller.Configuration;

namespace Metron.Controller.Agents;

/// <summary>Notices agents that give no sign of life, as often as they should give one.</summary>
internal sealed class AgentWatch(AgentDirectory directory, ControllerConfiguration configuration, TimeProvider time) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (begin, interval) = (time.GetTimestamp(), configuration.Timings.Heartbeat);
        using var timer = new PeriodicTimer(interval, time);
        var looked = begin;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                // After a pause of the controller itself, what agents sent meanwhile has yet to be read: they get the time for it.
                var wasPunctual = time.GetElapsedTime(looked) < 2 * interval;
                looked = time.GetTimestamp();
                if (wasPunctual)
                {
                    directory.LookForSilence(configuration.Timings.ServerLoss, time.GetElapsedTime(begin) > configuration.Timings.ServerGrace);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The controller stops.
        }
    }
}
