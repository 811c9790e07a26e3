using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>What controllers have put into the switch; copied for a bundle, which takes the place of the original when all of it works.</summary>
internal sealed class SwitchState
{
    public FlowTables Flows { get; private init; } = new();

    public Dictionary<uint, GroupDescription> Groups { get; private init; } = [];

    public Dictionary<uint, Meter> Meters { get; private init; } = [];

    public SwitchState Clone() => new()
    {
        Flows = Flows.Clone(),
        Groups = new Dictionary<uint, GroupDescription>(Groups),
        Meters = new Dictionary<uint, Meter>(Meters),
    };
}
