using System.Globalization;
using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Dispatcher;

/// <summary>Configuration of a dispatcher. Ports: <c>in</c>, then the outputs.</summary>
public sealed record DispatcherConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>Name of the port that is split, index 0.</summary>
    public const string Input = "in";

    /// <summary>Names of the outputs; output i is port 1 + i.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>The rules in order; the first that matches decides.</summary>
    public IReadOnlyList<DispatcherRule> Rules { get; init; } = [];

    /// <summary>Index of the output for what no rule matches; -1: dropped.</summary>
    public int DefaultOutput { get; init; } = -1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Ports => [Input, .. Outputs];

    /// <inheritdoc/>
    public override bool HasNamedPorts => true;

    /// <summary>What comes from inside enters by <c>in</c>.</summary>
    public override int PortAt(int side) => side == 0 ? 0 : -1;

    /// <summary>How a rule is told from others in what is printed: "rule web", or "rules[3]" for one without a name.</summary>
    public string PurposeOf(int rule) =>
        Rules[rule].Name is { Length: > 0 } name ? $"rule {name}" : string.Create(CultureInfo.InvariantCulture, $"rules[{rule}]");

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>A rule of a dispatcher.</summary>
/// <param name="Name">Name; may be empty.</param>
/// <param name="Match">Which packets. Not by TCP flags: all packets of a flow go the same way.</param>
/// <param name="Output">Index of the output.</param>
public sealed record DispatcherRule(string Name, PacketMatch Match, int Output);
