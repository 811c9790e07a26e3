using System.Text;

namespace Metron.OpenFlow;

/// <summary>A port of a switch (OpenFlow 1.3.5 section 7.2.1, 1.4.1 section 7.2.1).</summary>
public sealed record PortDescription
{
    private const int NameLength = 16;
    private const ushort EthernetType = 0;
    private const int EthernetLength = 28;

    public uint Number { get; init; }

    public HardwareAddress HardwareAddress { get; init; }

    /// <summary>At most 16 Latin-1 characters.</summary>
    public string Name { get; init; } = "";

    public PortConfiguration Configuration { get; init; }

    public PortState State { get; init; }

    /// <summary>Speeds and media; always there in OpenFlow 1.3, a property that may be absent in 1.4.</summary>
    public EthernetPort? Ethernet { get; init; }

    /// <summary>Properties unknown here (optical among them); OpenFlow 1.4, not sent in 1.3.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    /// <summary>Whether packets can pass: neither the administrator nor the link says otherwise.</summary>
    public bool IsUp => (Configuration & PortConfiguration.Down) == 0 && (State & PortState.LinkDown) == 0;

    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return OneLine.Of(text);
    }

    internal void Append(StringBuilder text)
    {
        OxmText.AppendPort(text, Number);
        text.Append($"({Name}): addr:{HardwareAddress} config: {Configuration} state: {State}");
        if (Ethernet is { } ethernet)
        {
            text.Append($" current: {ethernet.Current} advertised: {ethernet.Advertised} supported: {ethernet.Supported} peer: {ethernet.Peer}");
            text.Append($" speed: {ethernet.CurrentKilobitsPerSecond} kbps now, {ethernet.MaximumKilobitsPerSecond} kbps max");
        }

        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        var start = writer.Length;
        writer.Write(Number);
        writer.WriteZeros(4);
        writer.Write(HardwareAddress);
        writer.WriteZeros(2);
        writer.WriteText(Name, NameLength);
        writer.Write((uint)Configuration);
        writer.Write((uint)State);
        if (version < OpenFlowVersion.OpenFlow14)
        {
            (Ethernet ?? default).Write(ref writer);
            return;
        }

        if (Ethernet is { } ethernet)
        {
            var property = OpenFlowProperty.Begin(ref writer, EthernetType);
            writer.WriteZeros(4);
            ethernet.Write(ref writer);
            OpenFlowProperty.End(ref writer, property);
        }

        OpenFlowProperty.WriteAll(ref writer, Properties);
        writer.PatchLength(start + 4, start);
    }

    internal static PortDescription Read(ref OpenFlowReader reader, OpenFlowVersion version) =>
        version < OpenFlowVersion.OpenFlow14 ? Read13(ref reader) : Read14(ref reader);

    private static PortDescription Read13(ref OpenFlowReader reader)
    {
        var number = reader.ReadUInt32();
        reader.Skip(4);
        return ReadMiddle(ref reader, number) with { Ethernet = EthernetPort.Read(ref reader) };
    }

    private static PortDescription Read14(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var number = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        if (length < 40)
        {
            throw new OpenFlowDecodeException(start, $"port of length {length}, less than its fields");
        }

        var body = reader.Take(length - 6);
        body.Skip(2);
        var port = ReadMiddle(ref body, number);
        var others = new List<OpenFlowProperty>();
        while (!body.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref body, out var property);
            if (type == EthernetType && property.Remaining == EthernetLength && port.Ethernet is null)
            {
                property.Skip(4);
                port = port with { Ethernet = EthernetPort.Read(ref property) };
            }
            else
            {
                others.Add(new OpenFlowProperty(type, property.ReadRest()));
            }
        }

        return others.Count == 0 ? port : port with { Properties = others.ToEquatableArray() };
    }

    private static PortDescription ReadMiddle(ref OpenFlowReader reader, uint number)
    {
        var address = reader.ReadHardwareAddress();
        reader.Skip(2);
        return new PortDescription
        {
            Number = number,
            HardwareAddress = address,
            Name = reader.ReadText(NameLength),
            Configuration = (PortConfiguration)reader.ReadUInt32(),
            State = (PortState)reader.ReadUInt32(),
        };
    }
}

/// <summary>Speeds and media of an Ethernet port.</summary>
/// <param name="Current">What is in use.</param>
/// <param name="Advertised">What the port offers its peer.</param>
/// <param name="Supported">What the port can do.</param>
/// <param name="Peer">What the peer offers.</param>
/// <param name="CurrentKilobitsPerSecond">Speed in use, kbit/s.</param>
/// <param name="MaximumKilobitsPerSecond">Largest speed, kbit/s.</param>
public readonly record struct EthernetPort(
    PortFeatures Current,
    PortFeatures Advertised,
    PortFeatures Supported,
    PortFeatures Peer,
    uint CurrentKilobitsPerSecond,
    uint MaximumKilobitsPerSecond)
{
    internal void Write(ref OpenFlowWriter writer)
    {
        writer.Write((uint)Current);
        writer.Write((uint)Advertised);
        writer.Write((uint)Supported);
        writer.Write((uint)Peer);
        writer.Write(CurrentKilobitsPerSecond);
        writer.Write(MaximumKilobitsPerSecond);
    }

    internal static EthernetPort Read(ref OpenFlowReader reader) => new(
        (PortFeatures)reader.ReadUInt32(),
        (PortFeatures)reader.ReadUInt32(),
        (PortFeatures)reader.ReadUInt32(),
        (PortFeatures)reader.ReadUInt32(),
        reader.ReadUInt32(),
        reader.ReadUInt32());
}

/// <summary>What the administrator says of a port (<c>OFPPC_*</c>).</summary>
[Flags]
public enum PortConfiguration : uint
{
    None = 0,
    Down = 1,

    /// <summary>OpenFlow 1.0: no spanning tree on this port.</summary>
    NoSpanningTree = 2,
    NoReceive = 4,

    /// <summary>OpenFlow 1.0: drop packets of spanning tree.</summary>
    NoReceiveSpanningTree = 8,

    /// <summary>OpenFlow 1.0: not part of flooding.</summary>
    NoFlood = 16,
    NoForward = 32,
    NoPacketIn = 64,
}

/// <summary>What the link says of a port (<c>OFPPS_*</c>).</summary>
[Flags]
public enum PortState : uint
{
    None = 0,
    LinkDown = 1,
    Blocked = 2,

    /// <summary>Live for fast failover groups.</summary>
    Live = 4,

    /// <summary>OpenFlow 1.0: spanning tree learns, and does not forward yet.</summary>
    SpanningTreeLearning = 0x100,

    /// <summary>OpenFlow 1.0: spanning tree forwards.</summary>
    SpanningTreeForwarding = 0x200,

    /// <summary>OpenFlow 1.0: not part of the spanning tree; comes with <see cref="Blocked"/>.</summary>
    SpanningTreeBlocked = 0x300,
}

/// <summary>Speeds and media (<c>OFPPF_*</c>).</summary>
[Flags]
public enum PortFeatures : uint
{
    None = 0,
    HalfDuplex10Mb = 1 << 0,
    FullDuplex10Mb = 1 << 1,
    HalfDuplex100Mb = 1 << 2,
    FullDuplex100Mb = 1 << 3,
    HalfDuplex1Gb = 1 << 4,
    FullDuplex1Gb = 1 << 5,
    FullDuplex10Gb = 1 << 6,
    FullDuplex40Gb = 1 << 7,
    FullDuplex100Gb = 1 << 8,
    FullDuplex1Tb = 1 << 9,
    Other = 1 << 10,
    Copper = 1 << 11,
    Fiber = 1 << 12,
    AutoNegotiation = 1 << 13,
    Pause = 1 << 14,
    AsymmetricPause = 1 << 15,
}
