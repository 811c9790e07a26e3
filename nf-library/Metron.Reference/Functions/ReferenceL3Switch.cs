using Metron.NetworkFunctions.L3Switch;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>A layer 3 switch: subnets first, then neighbours and routes as a router has them; answers for its own addresses.</summary>
internal sealed class ReferenceL3Switch(L3SwitchConfiguration configuration) : ReferenceFunction
{
    private readonly ReferenceRouter _router = new(new RouterConfiguration(configuration.Name)
    {
        RouterPorts = [.. configuration.SwitchPorts.Select(port => new RouterPort(port.Name, port.Mac))],
        Routes =
        [
            .. configuration.Routes,
            .. configuration.Neighbors.Select(neighbor => new Route(new IpPrefix(neighbor.Address, neighbor.Address.IsV6 ? 128 : 32), neighbor.Hop)),
        ],
    });

    private readonly ReferenceNeighborResponder _answers = new(new NeighborResponderConfiguration(configuration.Name)
    {
        Answers =
        [
            .. configuration.SwitchPorts.SelectMany((port, index) => port.Addresses.Select(own =>
                new NeighborAnswer(new IpPrefix(own.Address, own.Address.IsV6 ? 128 : 32), port.Mac) { FromPort = index, IsRouter = true })),
        ],
    });

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var destination = packet.Fields.Destination;
        var isInSubnet = configuration.SwitchPorts.Any(known => known.Addresses.Any(own => own.Subnet.Contains(destination)));
        return isInSubnet && configuration.Neighbors.All(neighbor => neighbor.Address != destination)
            ? ReferenceVerdict.Drop(DropReason.NoRoute)
            : _router.Process(packet, port, now, choices);
    }

    public override ReferenceVerdict Answer(byte[] frame, int port) => _answers.Answer(frame, port);
}
