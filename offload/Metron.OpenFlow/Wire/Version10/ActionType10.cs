namespace Metron.OpenFlow;

/// <summary>Action types of OpenFlow 1.0 (<c>OFPAT_*</c>, section 5.2.4).</summary>
internal enum ActionType10 : ushort
{
    Output = 0,
    SetVlanId = 1,
    SetVlanPriority = 2,
    StripVlan = 3,
    SetEthernetSource = 4,
    SetEthernetDestination = 5,
    SetIpv4Source = 6,
    SetIpv4Destination = 7,
    SetTypeOfService = 8,
    SetTransportSource = 9,
    SetTransportDestination = 10,
    Enqueue = 11,
    Vendor = 0xffff,
}
