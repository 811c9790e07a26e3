using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.Runtime;

namespace Metron.NetworkFunctions.Napt;

/// <content>
/// Where the NIC's hash names the flow group: a binding gets an outside port with which replies hash to the group that has the binding. Two groups may
/// give out the same port, but never towards the same peer, as the hash of the peer's packets names one group.
/// </content>
public sealed partial class NaptFunction
{
    /// <summary>Whether what answers to a packet from inside, sent with this binding, comes to the flow group at work.</summary>
    private bool ComesBack(HashDispatch dispatch, int record, in FlowPacket packet)
    {
        ref var binding = ref _state.Table[record];
        var sent = packet.Headers;
        sent.Source = _state.Addresses[binding.Address];
        sent.SourcePort = binding.OutsidePort;
        return dispatch.GroupOf(in sent) == packet.FlowGroup;
    }

    /// <summary>Restricts a request to the ports that bring replies back.</summary>
    /// <returns>False when the NIC does not hash the port, and replies go elsewhere.</returns>
    private bool TryFit(HashDispatch dispatch, in FlowPacket packet, ref PortRequest request)
    {
        var sent = packet.Headers;
        sent.Source = _state.Addresses[request.Space.Address];
        sent.SourcePort = 0;
        // What is missing when port 0, which adds nothing, is sent from.
        var part = dispatch.GroupOf(in sent) ^ packet.FlowGroup;
        if (!dispatch.HashesPorts(in packet.Headers))
        {
            return part == 0;
        }

        request = request with { Cosets = dispatch.Ports(packet.Headers.IsV6), Part = part };
        return true;
    }
}
