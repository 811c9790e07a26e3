namespace Metron.SwitchProbe;

/// <summary>Checks a switch by doing: what it says of itself is a hint at most.</summary>
public static class SwitchCheck
{
    /// <summary>What a check will do to the switch, in sentences for the operator.</summary>
    public static IReadOnlyList<string> Plan(ProbeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> plan =
        [
            $"connects {HandshakeProbe.Styles.Count + 1} times, with and without version bitmap, with each version alone",
            $"installs rules in up to {options.Tables} tables and reads them back: priority 1, cookies 0x50524f42…, conditions that no traffic fulfils "
                + "(the controller's port, the address 02:50:52:4f:42:00, networks for documentation)",
            "sends packets of Ethernet type 0x88b5 from and to that address through the tables; should the switch forward them all the same, hosts ignore them",
            $"adds a group of each type and a meter, commits bundles, sends wrong messages, and measures by {options.RateRules} rules",
            "removes everything that it installs, also when it is interrupted; rules, groups and meters of others are neither changed nor removed",
        ];
        if (options.Destructive)
        {
            plan.Insert(4, $"fills each table until it refuses, with up to {options.MaximumRules} rules: meanwhile nobody else can add rules");
        }

        return plan;
    }

    /// <summary>Checks the switch. Whatever is wrong with it ends in the report; whatever was installed is removed before the task ends.</summary>
    /// <param name="target">Where the switch is.</param>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Told what is being done, in words; null for nobody.</param>
    /// <param name="cancellation">Ends the check; what was installed is removed all the same.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and what was installed has been removed as far as the switch lets.</exception>
    public static async Task<ProbeReport> RunAsync(
        ProbeTarget target, ProbeOptions? options = null, Action<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ProbeOptions();
        await using var runner = new ProbeRunner(target, options, progress ?? (_ => { }));
        var started = options.TimeProvider.GetUtcNow();
        var facts = await runner.RunAsync(cancellation);
        return ProbeReport.Of(target.EndPoint.ToString() ?? "", started, options, facts);
    }
}
