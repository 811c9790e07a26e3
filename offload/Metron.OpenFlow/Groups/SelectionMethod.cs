using System.Buffers.Binary;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>
/// How a select group chooses a bucket: the experimenter's property of a group that Open vSwitch takes with OpenFlow 1.5 (Documentation/topics/design.rst and
/// include/openflow/netronome-ext.h of version 3.1). What OpenFlow itself says leaves the choice to the switch.
/// </summary>
public static class SelectionMethod
{
    /// <summary>
    /// The hash that the datapath computes over addresses, protocol and ports of TCP, UDP and SCTP. Without the property Open vSwitch takes no ports of UDP.
    /// </summary>
    public static OpenFlowProperty DatapathHash { get; } = Of("dp_hash");

    private const ushort ExperimenterType = 0xffff;
    private const uint Netronome = 0x0000_154d;
    private const uint SelectionMethodSubtype = 1;
    private const int NameOffset = 12;
    private const int NameLength = 16;
    private const int BodyLength = NameOffset + NameLength + sizeof(ulong);

    private static OpenFlowProperty Of(string name)
    {
        // Experimenter, its type, padding, name, and 64 bits whose meaning depends on the method: 0 for the five-tuple.
        var body = new byte[BodyLength];
        BinaryPrimitives.WriteUInt32BigEndian(body, Netronome);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), SelectionMethodSubtype);
        Encoding.ASCII.GetBytes(name, body.AsSpan(NameOffset, NameLength));
        return new OpenFlowProperty(ExperimenterType, body.ToEquatableArray());
    }
}
