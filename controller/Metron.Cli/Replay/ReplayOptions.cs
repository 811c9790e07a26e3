using System.CommandLine;
using System.Globalization;
using Metron.Balancing;

namespace Metron.Cli.Replay;

/// <summary>The options that change what a recorded balancer was told.</summary>
internal sealed class ReplayOptions
{
    private readonly List<(Option Option, Func<BalancerSettings, ParseResult, BalancerSettings> Apply)> options = [];

    public ReplayOptions()
    {
        Number("--target", "SHARE", "Load that workers in use shall have: above 0, at most 1.", value => value is > 0 and <= 1, (s, value) =>
            s with { Scaling = s.Scaling with { Target = value } });
        Number("--latency", "MICROSECONDS", "Latency that is held by more workers; 0: none.", value => value >= 0, (s, value) =>
            s with { Scaling = s.Scaling with { LatencyMicroseconds = value } });
        Number("--minimum-workers", "NUMBER", "Fewest workers, if chains asked for none.", value => value >= 1, (s, value) =>
            s with { Scaling = s.Scaling with { Minimum = (int)value } });
        Number("--maximum-workers", "NUMBER", "Most workers, if chains set no limit.", value => value >= 1, (s, value) =>
            s with { Scaling = s.Scaling with { Maximum = (int)value } });
        Number("--threshold", "SHARE", "Nothing moves while all workers are this close to what they should carry: 0 to 1.", value => value is >= 0 and <= 1, (s, value) =>
            s with { Solver = s.Solver with { Threshold = value, Precision = Math.Min(s.Solver.Precision, value) } });
        Number("--move-cost", "IMBALANCE", "Squared imbalance that a move must win.", value => value >= 0, (s, value) =>
            s with { Solver = s.Solver with { MoveCost = value } });
        Number("--maximum-moves", "NUMBER", "Most moves at a tick.", value => value >= 0, (s, value) =>
            s with { Solver = s.Solver with { MaximumMoves = (int)Math.Min(value, int.MaxValue) } });
        Number("--rest-ticks", "NUMBER", "Ticks for which a flow group that moved stays: 0 to 255.", value => value is >= 0 and <= 255, (s, value) =>
            s with { RestTicks = (byte)value });
        var noScaling = new Option<bool>("--no-scaling") { Description = "All workers that were in use at first stay in use." };
        options.Add((noScaling, (s, parsed) => parsed.GetValue(noScaling) ? s with { Scaling = s.Scaling with { Enabled = false } } : s));
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var (option, _) in options)
        {
            command.Add(option);
        }
    }

    /// <summary>The settings with what the command line says.</summary>
    public BalancerSettings Apply(BalancerSettings settings, ParseResult parsed) =>
        options.Where(known => parsed.GetResult(known.Option) is { Implicit: false }).Aggregate(settings, (changed, known) => known.Apply(changed, parsed));

    private void Number(string name, string helpName, string description, Func<double, bool> isRight, Func<BalancerSettings, double, BalancerSettings> set)
    {
        var isWhole = helpName == "NUMBER";
        var option = new Option<double>(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || !isRight(value) || (isWhole && !double.IsInteger(value)))
                {
                    result.AddError($"{name} '{text}' is not {(isWhole ? "a whole number" : "a number")} that fits: {description}");
                }

                return value;
            },
        };
        options.Add((option, (settings, parsed) => set(settings, parsed.GetValue(option))));
    }
}
