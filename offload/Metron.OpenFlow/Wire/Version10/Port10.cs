using System.Numerics;

namespace Metron.OpenFlow;

/// <summary>Ports in OpenFlow 1.0: 16-bit numbers, <c>struct ofp_phy_port</c> (section 5.2.1), and bits that moved since.</summary>
internal static class Port10
{
    private const int NameLength = 16;
    private const uint FirstReserved = 0xff00;
    private const uint SpeedBits = 0x7f;
    private const uint MediumBits = 0xf80;
    private const int MediumShift = 4;
    private const PortState StateBits = PortState.LinkDown | PortState.SpanningTreeBlocked;

    /// <summary>The number on the wire; the reserved numbers of later versions are those of 1.0 with more ones in front.</summary>
    /// <exception cref="OpenFlowEncodeException">No port of 1.0 has this number.</exception>
    public static ushort ToWire(uint port) => port is < FirstReserved or >= PortNumber.Maximum
        ? (ushort)port
        : throw new OpenFlowEncodeException($"port {port} cannot be expressed in OpenFlow 1.0, whose ports end at {FirstReserved - 1}");

    public static uint FromWire(ushort port) => port < FirstReserved ? port : 0xffff0000 | port;

    public static void Write(ref OpenFlowWriter writer, PortDescription port)
    {
        writer.Write(ToWire(port.Number));
        writer.Write(port.HardwareAddress);
        writer.WriteText(port.Name, NameLength);
        writer.Write((uint)port.Configuration);
        writer.Write((uint)StateToWire(port.State));
        var ethernet = port.Ethernet ?? default;
        writer.Write(FeaturesToWire(ethernet.Current));
        writer.Write(FeaturesToWire(ethernet.Advertised));
        writer.Write(FeaturesToWire(ethernet.Supported));
        writer.Write(FeaturesToWire(ethernet.Peer));
    }

    public static PortDescription Read(ref OpenFlowReader reader)
    {
        var port = new PortDescription
        {
            Number = FromWire(reader.ReadUInt16()),
            HardwareAddress = reader.ReadHardwareAddress(),
            Name = reader.ReadText(NameLength),
            Configuration = (PortConfiguration)reader.ReadUInt32(),
            State = StateFromWire((PortState)reader.ReadUInt32()),
        };
        var current = FeaturesFromWire(reader.ReadUInt32());
        var advertised = FeaturesFromWire(reader.ReadUInt32());
        var supported = FeaturesFromWire(reader.ReadUInt32());
        var peer = FeaturesFromWire(reader.ReadUInt32());
        return port with { Ethernet = new EthernetPort(current, advertised, supported, peer, Fastest(current), Fastest(supported)) };
    }

    /// <summary>Speeds above 10 Gbit/s have no bit in 1.0 and are left out.</summary>
    public static uint FeaturesToWire(PortFeatures features) =>
        ((uint)features & SpeedBits) | (((uint)features >> MediumShift) & MediumBits);

    public static PortFeatures FeaturesFromWire(uint bits) =>
        (PortFeatures)((bits & SpeedBits) | ((bits & MediumBits) << MediumShift));

    // 1.0 has the state of spanning tree where later versions have only "blocked".
    private static PortState StateToWire(PortState state) =>
        (state & StateBits) | ((state & PortState.Blocked) != 0 ? PortState.SpanningTreeBlocked : 0);

    private static PortState StateFromWire(PortState bits)
    {
        var state = bits & StateBits;
        return (state & PortState.SpanningTreeBlocked) == PortState.SpanningTreeBlocked ? state | PortState.Blocked : state;
    }

    /// <summary>The speed of the fastest bit in kbit/s, which later versions say themselves; 0 when there is no bit.</summary>
    private static uint Fastest(PortFeatures features)
    {
        ReadOnlySpan<uint> speeds = [10_000, 10_000, 100_000, 100_000, 1_000_000, 1_000_000, 10_000_000];
        var bits = (uint)features & SpeedBits;
        return bits == 0 ? 0 : speeds[BitOperations.Log2(bits)];
    }
}
