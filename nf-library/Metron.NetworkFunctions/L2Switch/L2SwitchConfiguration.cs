using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.L2Switch;

/// <summary>Configuration of a layer 2 switch with a static table.</summary>
public sealed record L2SwitchConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    public IReadOnlyList<string> SwitchPorts { get; init; } = [];

    /// <summary>Who is where; each MAC address once.</summary>
    public IReadOnlyList<L2SwitchHost> Hosts { get; init; } = [];

    /// <summary>Index of the port for all other destinations; null: they are dropped.</summary>
    public int? DefaultPort { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Ports => SwitchPorts;

    /// <inheritdoc/>
    public override bool HasNamedPorts => true;

    /// <inheritdoc/>
    public override int PortAt(int side) => -1;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>A host behind a port.</summary>
/// <param name="Mac">Its MAC address.</param>
/// <param name="Port">Index of the port.</param>
public readonly record struct L2SwitchHost(MacAddress Mac, int Port);
