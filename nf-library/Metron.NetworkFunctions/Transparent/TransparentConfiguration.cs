using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Transparent;

/// <summary>Configuration of a transparent function: there is nothing to say.</summary>
public sealed record TransparentConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}
