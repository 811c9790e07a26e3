using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>
/// An inventory made up for a chain that is to be compiled without a controller: the switches that its spec names, and one server with
/// workers on each of them, which has interfaces to the closed programs that it names.
/// </summary>
public static class VirtualInventory
{
    /// <summary>Name of the server when the spec pins the chain to none.</summary>
    public const string ServerName = "server";

    /// <summary>The inventory for one chain.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="tagKind">How its switches tag.</param>
    /// <param name="workers">Workers of the server: at least 1. They have the switch ports that follow the endpoints' highest.</param>
    /// <param name="profile">What its switches can do; null for all that Open vSwitch can.</param>
    public static Inventory For(ChainSpec spec, TagKind tagKind, int workers, SwitchProfile? profile = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        var names = spec.Endpoints.Select(endpoint => endpoint.Switch).Distinct().ToList();
        var firstPort = spec.Endpoints.SelectMany(endpoint => endpoint.Ports).DefaultIfEmpty(0u).Max() + 1;
        var appliances = spec.Functions.OfType<BlackboxConfiguration>().Select(blackbox => blackbox.Appliance).Distinct().ToList();
        return new Inventory
        {
            Switches = [.. names.Select(name => new SwitchDescription(name, tagKind) { Profile = profile ?? SwitchProfiles.OpenVSwitch })],
            Servers =
            [
                new ServerDescription(spec.Resources.Server ?? ServerName)
                {
                    IsConnected = true,
                    Workers =
                    [
                        .. names.SelectMany(name => Enumerable.Range(0, workers).Select(
                            index => new WorkerDescription(index, name, firstPort + (uint)index) { Appliances = appliances })),
                    ],
                },
            ],
        };
    }
}
