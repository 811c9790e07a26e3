namespace Metron.Orchestration;

/// <summary>How many packets rules take, as it was measured: what a switch saves its servers.</summary>
public interface IRuleRates
{
    /// <summary>Packets per second of a rule, smoothed; null when nobody knows.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="purpose">What the rule is for, as switch rules say it: "fw rule deny-ssh".</param>
    double? PacketsPerSecond(string chain, string purpose);
}

/// <summary>Rates at one moment.</summary>
/// <param name="rates">Packets per second by chain and purpose.</param>
public sealed class RuleRates(IReadOnlyDictionary<(string Chain, string Purpose), double> rates) : IRuleRates
{
    /// <summary>Nothing was measured.</summary>
    public static RuleRates Unknown { get; } = new(new Dictionary<(string Chain, string Purpose), double>());

    /// <inheritdoc/>
    public double? PacketsPerSecond(string chain, string purpose) => rates.TryGetValue((chain, purpose), out var rate) ? rate : null;
}
