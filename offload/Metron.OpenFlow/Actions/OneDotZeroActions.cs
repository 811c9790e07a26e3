using System.Text;

namespace Metron.OpenFlow;

/// <summary>
/// An action that only OpenFlow 1.0 has, because later versions say it in another way. It is what decoding gives where the rule's match
/// leaves open which action of later versions would mean the same.
/// </summary>
public abstract record OneDotZeroAction : OpenFlowAction
{
    private protected OneDotZeroAction()
    {
    }

    // Asked for only by the encoding of OpenFlow 1.3 and later; that of 1.0 is in Wire/Version10.
    private protected sealed override ushort WireType => throw new OpenFlowEncodeException($"action {this} exists only in OpenFlow 1.0");
}

/// <summary>Sends the packet out of a port through one of its queues (<c>OFPAT_ENQUEUE</c>); since 1.1 <see cref="SetQueueAction"/> and <see cref="OutputAction"/>.</summary>
/// <param name="Port">A physical port, <see cref="PortNumber.InPort"/> or <see cref="PortNumber.Local"/>.</param>
/// <param name="Queue">Queue of that port.</param>
public sealed record EnqueueAction(uint Port, uint Queue) : OneDotZeroAction
{
    internal override void Append(StringBuilder text)
    {
        OxmText.AppendPort(text.Append("enqueue:"), Port);
        text.Append(':').Append(Queue);
    }
}

/// <summary>Writes the number of the VLAN tag, and first adds a tag where there is none (<c>OFPAT_SET_VLAN_VID</c>).</summary>
/// <param name="Vlan">VLAN number, 0 to 4095.</param>
public sealed record SetVlanIdAction(ushort Vlan) : OneDotZeroAction
{
    internal override void Append(StringBuilder text) => text.Append("mod_vlan_vid:").Append(Vlan);
}

/// <summary>Writes the priority of the VLAN tag, and first adds a tag where there is none (<c>OFPAT_SET_VLAN_PCP</c>).</summary>
/// <param name="Priority">Priority, 0 to 7.</param>
public sealed record SetVlanPriorityAction(byte Priority) : OneDotZeroAction
{
    internal override void Append(StringBuilder text) => text.Append("mod_vlan_pcp:").Append(Priority);
}

/// <summary>Writes the source port of whichever transport protocol the packet has (<c>OFPAT_SET_TP_SRC</c>).</summary>
/// <param name="Port">Port number.</param>
public sealed record SetTransportSourceAction(ushort Port) : OneDotZeroAction
{
    internal override void Append(StringBuilder text) => text.Append("mod_tp_src:").Append(Port);
}

/// <summary>Writes the destination port of whichever transport protocol the packet has (<c>OFPAT_SET_TP_DST</c>).</summary>
/// <param name="Port">Port number.</param>
public sealed record SetTransportDestinationAction(ushort Port) : OneDotZeroAction
{
    internal override void Append(StringBuilder text) => text.Append("mod_tp_dst:").Append(Port);
}
