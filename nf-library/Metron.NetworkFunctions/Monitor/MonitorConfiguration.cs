using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Monitor;

/// <summary>Configuration of a monitor.</summary>
public sealed record MonitorConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>How many top talkers to keep for each direction: 1-1000.</summary>
    public int TopTalkers { get; init; } = 10;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}
