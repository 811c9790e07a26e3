using Metron.Kernel.Interfaces;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>Balances the kernel's packet processing on an interface: measures, decides, steers, shows, until it is stopped.</summary>
internal static class BalanceRun
{
    /// <summary>Runs until <paramref name="stop"/>, or for one interval.</summary>
    /// <param name="options">Options.</param>
    /// <param name="output">Where the view goes.</param>
    /// <param name="notes">Where remarks go: which way was chosen and why, what was put right.</param>
    /// <param name="isTerminal">Whether <paramref name="output"/> is a terminal.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it; everything is removed before it returns.</param>
    /// <exception cref="BalanceException">It cannot begin.</exception>
    /// <exception cref="Kernel.KernelException">The kernel refuses something.</exception>
    public static async Task RunAsync(BalanceOptions options, TextWriter output, TextWriter notes, bool isTerminal, TimeProvider time, CancellationToken stop)
    {
        var link = NetworkLink.Find(options.Interface);
        using var state = options.IsDryRun ? null : BalanceState.Lock(link, options.StateDirectory);
        if (state?.Restore(link) == true)
        {
            notes.WriteLine($"{link.Name}: the balancer before was killed; its indirection table is as it was before that one");
        }

        using var steering = Choose(link, options, state, notes);
        var decider = new Decider(steering.Counters.Groups, options);
        var view = new BalanceView(output, link.Name, steering.Description, options, isTerminal);
        var meter = new LoadMeter(steering, time);
        using var timer = new PeriodicTimer(options.Interval, time);
        try
        {
            do
            {
                await timer.WaitForNextTickAsync(stop);
                var measurement = meter.Measure();
                var decision = decider.Decide(measurement, steering.Cpus, steering.ReadOwners(measurement));
                steering.Move(decision.Moves);
                view.Show(time.GetUtcNow(), measurement, decision);
            }
            while (!options.IsOnce);
        }
        catch (OperationCanceledException)
        {
            // Stopped: the steering is removed on the way out.
        }
    }

    /// <summary>Writes back the indirection table that a killed balancer left.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Restore(BalanceOptions options)
    {
        var link = NetworkLink.Find(options.Interface);
        using var state = BalanceState.Lock(link, options.StateDirectory);
        return state.Restore(link);
    }

    private static ISteering Choose(NetworkLink link, BalanceOptions options, BalanceState? state, TextWriter notes)
    {
        var table = options.Steering == SteeringChoice.Xdp ? null : HardwareIndirection.Read(link);
        var why = options.Steering == SteeringChoice.Xdp ? null : $"the driver of {link.Name} ({link.Driver}) has no indirection table";
        FlowHash.Toeplitz? hash = null;
        if (table is { Rings: 1 })
        {
            why = $"{link.Name} has one queue";
        }
        else if (table?.TryGetFlowHash(link, out why) is { } known)
        {
            hash = known;
        }

        if (hash is null && options.Steering == SteeringChoice.Hardware)
        {
            throw new BalanceException($"cannot steer by the indirection table of {link.Name}: {why}; steer by XDP instead (--steer xdp)");
        }

        if (hash is null && options.Steering == SteeringChoice.Auto)
        {
            notes.WriteLine($"{why}: steering by XDP");
        }

        return (options.IsDryRun, hash) switch
        {
            (true, _) => WatchOnly.Start(link, hash, hash is null ? options.Groups : table!.Queues.Count, options),
            (false, not null) => HardwareSteering.Attach(link, table!, hash, state!, options),
            _ => XdpSteering.Attach(link, options),
        };
    }
}
