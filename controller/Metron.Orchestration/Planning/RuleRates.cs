using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>How many packets rules take, as it was measured: what a switch saves its servers.</summary>
public interface IRuleRates
{
    /// <summary>Packets per second that a rule decides about, smoothed, on switch and servers together; null when nobody knows.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="rule">The rule.</param>
    double? PacketsPerSecond(string chain, FunctionRule rule);
}

/// <summary>Rates at one moment.</summary>
/// <param name="rates">Packets per second by chain and rule.</param>
public sealed class RuleRates(IReadOnlyDictionary<(string Chain, FunctionRule Rule), double> rates) : IRuleRates
{
    /// <summary>Nothing was measured.</summary>
    public static RuleRates Unknown { get; } = new(new Dictionary<(string Chain, FunctionRule Rule), double>());

    /// <inheritdoc/>
    public double? PacketsPerSecond(string chain, FunctionRule rule) => rates.TryGetValue((chain, rule), out var rate) ? rate : null;
}
