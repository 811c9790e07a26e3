using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Metron.Kernel;
using Metron.Kernel.Bpf;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>The command <c>metron-agent balance</c>.</summary>
internal static class BalanceCommand
{
    private const int Failure = 1;
    private const int WrongArguments = 2;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var link = new Option<string>("--interface") { Description = "Balance the packets that this interface receives", HelpName = "NAME", Required = true };
        var cpus = new Option<string?>("--cpus") { Description = "CPUs that handle packets; all, or those of the NIC's queues, unless given", HelpName = "0-3,8" };
        var groups = new Option<int>("--groups") { Description = "Flow groups when steered by XDP: a power of two to 4096", DefaultValueFactory = _ => 128, HelpName = "N" };
        var interval = new Option<double>("--interval") { Description = "Seconds between two decisions, 0.1 to 60", DefaultValueFactory = _ => 1, HelpName = "SECONDS" };
        var threshold = new Option<double>("--threshold") { Description = "Percent of a CPU: nothing moves while all CPUs are this close to the mean", DefaultValueFactory = _ => 5, HelpName = "PERCENT" };
        var target = new Option<double?>("--target") { Description = "Use only as many CPUs as keep their mean load below this percentage; all unless given", HelpName = "PERCENT" };
        var steer = new Option<SteeringChoice>("--steer") { Description = "By the NIC's indirection table, or by XDP; auto takes the first that works", DefaultValueFactory = _ => SteeringChoice.Auto };
        var mode = new Option<string>("--xdp") { Description = "How XDP is attached: auto, native or generic", DefaultValueFactory = _ => "auto" };
        var dry = new Option<bool>("--dry-run") { Description = "Decide and show, change nothing" };
        var once = new Option<bool>("--once") { Description = "End after one interval" };
        var output = new Option<string>("--output") { Description = "table or json (one line per interval)", DefaultValueFactory = _ => "table" };
        var restore = new Option<bool>("--restore") { Description = "Only write back the indirection table that a killed balancer left" };
        var state = new Option<string>("--state") { Description = "Directory of locks and saved tables", DefaultValueFactory = _ => "/run/metron", HelpName = "DIRECTORY" };
        mode.AcceptOnlyFromAmong("auto", "native", "generic");
        output.AcceptOnlyFromAmong("table", "json");
        var command = new Command("balance", "Balances the Linux kernel's own packet processing among CPUs (RSS++). Needs neither DPDK nor a controller.")
        {
            link, cpus, groups, interval, threshold, target, steer, mode, dry, once, output, restore, state,
        };
        command.SetAction(async (parsed, _) =>
        {
            var options = new BalanceOptions
            {
                Interface = parsed.GetRequiredValue(link),
                Groups = parsed.GetValue(groups),
                Interval = TimeSpan.FromSeconds(parsed.GetValue(interval)),
                Threshold = parsed.GetValue(threshold) / 100,
                Target = parsed.GetValue(target) / 100,
                Steering = parsed.GetValue(steer),
                Mode = parsed.GetValue(mode) switch { "native" => XdpMode.Native, "generic" => XdpMode.Generic, _ => null },
                IsDryRun = parsed.GetValue(dry),
                IsOnce = parsed.GetValue(once),
                IsJson = parsed.GetValue(output) == "json",
                StateDirectory = parsed.GetValue(state)!,
            };
            return Problem(options, parsed.GetValue(cpus), out var chosen) is { } problem
                ? Refuse(problem)
                : await RunAsync(options with { Cpus = chosen }, parsed.GetValue(restore));
        });
        return command;
    }

    private static string? Problem(BalanceOptions options, string? cpus, out IReadOnlyList<int>? chosen)
    {
        chosen = null;
        try
        {
            chosen = cpus is null ? null : PossibleCpus.Parse(cpus);
        }
        catch (FormatException wrong)
        {
            return $"--cpus: {wrong.Message}";
        }

        var online = PossibleCpus.Online();
        return options switch
        {
            { Groups: < 1 or > SteeringProgram.MostGroups } => $"--groups: 1 to {SteeringProgram.MostGroups}",
            var each when !BitOperations.IsPow2(each.Groups) => "--groups: a power of two",
            { Interval.TotalSeconds: < 0.1 or > 60 } => "--interval: 0.1 to 60 seconds",
            { Threshold: < 0 or > 1 } => "--threshold: 0 to 100 percent",
            { Target: <= 0 or > 1 } => "--target: above 0 and at most 100 percent",
            _ when chosen?.FirstOrDefault(cpu => !online.Contains(cpu), -1) is >= 0 and var cpu =>
                string.Create(CultureInfo.InvariantCulture, $"--cpus: CPU {cpu} does not run; these do: {string.Join(",", online)}"),
            _ => null,
        };
    }

    private static async Task<int> RunAsync(BalanceOptions options, bool restoreOnly)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            if (restoreOnly)
            {
                Console.WriteLine(BalanceRun.Restore(options)
                    ? $"{options.Interface}: the indirection table is as it was before it was balanced"
                    : $"{options.Interface}: nothing to restore");
                return 0;
            }

            await BalanceRun.RunAsync(options, Console.Out, Console.Error, !Console.IsOutputRedirected, TimeProvider.System, stop.Token);
            return 0;
        }
        catch (Exception failure) when (failure is KernelException or BalanceException or IOException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return Failure;
        }
    }

    private static int Refuse(string problem)
    {
        Console.Error.WriteLine(problem);
        Console.Error.WriteLine("See metron-agent balance --help");
        return WrongArguments;
    }
}
