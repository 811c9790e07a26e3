using System.Text;

namespace Metron.OpenFlow;

/// <summary>Counters of a port (OpenFlow 1.3.5 section 7.3.5.6); a counter that the switch lacks is all ones.</summary>
public sealed record PortStats
{
    private const ushort EthernetType = 0;
    private const int EthernetLength = 36;
    private const int FixedLength14 = 80;

    public uint Port { get; init; }

    public ulong ReceivedPackets { get; init; }

    public ulong TransmittedPackets { get; init; }

    public ulong ReceivedBytes { get; init; }

    public ulong TransmittedBytes { get; init; }

    public ulong ReceivedDropped { get; init; }

    public ulong TransmittedDropped { get; init; }

    public ulong ReceivedErrors { get; init; }

    public ulong TransmittedErrors { get; init; }

    /// <summary>How long the port has been there.</summary>
    public FlowAge Age { get; init; }

    /// <summary>Always there in OpenFlow 1.3, a property that may be absent in 1.4.</summary>
    public EthernetPortStats? Ethernet { get; init; }

    /// <summary>Properties unknown here (optical among them); OpenFlow 1.4, not sent in 1.3.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder("port ");
        OxmText.AppendPort(text, Port);
        text.Append($": rx pkts={ReceivedPackets}, bytes={ReceivedBytes}, drop={ReceivedDropped}, errs={ReceivedErrors}");
        if (Ethernet is { } ethernet)
        {
            text.Append($", frame={ethernet.FrameErrors}, over={ethernet.OverrunErrors}, crc={ethernet.CrcErrors}");
        }

        text.Append($" tx pkts={TransmittedPackets}, bytes={TransmittedBytes}, drop={TransmittedDropped}, errs={TransmittedErrors}");
        text.Append(Ethernet is { } coll ? $", coll={coll.Collisions}" : "");
        text.Append($" duration={Age}");
        OpenFlowProperty.AppendAll(text, Properties);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow14)
        {
            writer.Write(Port);
            writer.WriteZeros(4);
            WriteCounters(ref writer);
            (Ethernet ?? default).Write(ref writer);
            Age.Write(ref writer);
            return;
        }

        var start = writer.Length;
        writer.WriteZeros(4);
        writer.Write(Port);
        Age.Write(ref writer);
        WriteCounters(ref writer);
        if (Ethernet is { } ethernet)
        {
            var property = OpenFlowProperty.Begin(ref writer, EthernetType);
            writer.WriteZeros(4);
            ethernet.Write(ref writer);
            OpenFlowProperty.End(ref writer, property);
        }

        OpenFlowProperty.WriteAll(ref writer, Properties);
        writer.PatchLength(start, start);
    }

    internal static PortStats Read(ref OpenFlowReader reader, OpenFlowVersion version) =>
        version < OpenFlowVersion.OpenFlow14 ? Read13(ref reader) : Read14(ref reader);

    private static PortStats Read13(ref OpenFlowReader reader)
    {
        var port = reader.ReadUInt32();
        reader.Skip(4);
        return ReadCounters(ref reader) with
        {
            Port = port,
            Ethernet = EthernetPortStats.Read(ref reader),
            Age = FlowAge.Read(ref reader),
        };
    }

    private static PortStats Read14(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength14)
        {
            throw new OpenFlowDecodeException(start, $"port statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        body.Skip(2);
        var port = body.ReadUInt32();
        var age = FlowAge.Read(ref body);
        var stats = ReadCounters(ref body) with { Port = port, Age = age };
        var others = new List<OpenFlowProperty>();
        while (!body.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref body, out var property);
            if (type == EthernetType && property.Remaining == EthernetLength && stats.Ethernet is null)
            {
                property.Skip(4);
                stats = stats with { Ethernet = EthernetPortStats.Read(ref property) };
            }
            else
            {
                others.Add(new OpenFlowProperty(type, property.ReadRest()));
            }
        }

        return others.Count == 0 ? stats : stats with { Properties = others.ToEquatableArray() };
    }

    internal static PortStats ReadCounters(ref OpenFlowReader reader) => new()
    {
        ReceivedPackets = reader.ReadUInt64(),
        TransmittedPackets = reader.ReadUInt64(),
        ReceivedBytes = reader.ReadUInt64(),
        TransmittedBytes = reader.ReadUInt64(),
        ReceivedDropped = reader.ReadUInt64(),
        TransmittedDropped = reader.ReadUInt64(),
        ReceivedErrors = reader.ReadUInt64(),
        TransmittedErrors = reader.ReadUInt64(),
    };

    internal void WriteCounters(ref OpenFlowWriter writer)
    {
        writer.Write(ReceivedPackets);
        writer.Write(TransmittedPackets);
        writer.Write(ReceivedBytes);
        writer.Write(TransmittedBytes);
        writer.Write(ReceivedDropped);
        writer.Write(TransmittedDropped);
        writer.Write(ReceivedErrors);
        writer.Write(TransmittedErrors);
    }
}

/// <summary>Error counters of an Ethernet port.</summary>
/// <param name="FrameErrors">Frame alignment errors.</param>
/// <param name="OverrunErrors">Packets lost to a full receiver.</param>
/// <param name="CrcErrors">Wrong checksums.</param>
/// <param name="Collisions">Collisions.</param>
public readonly record struct EthernetPortStats(ulong FrameErrors, ulong OverrunErrors, ulong CrcErrors, ulong Collisions)
{
    internal void Write(ref OpenFlowWriter writer)
    {
        writer.Write(FrameErrors);
        writer.Write(OverrunErrors);
        writer.Write(CrcErrors);
        writer.Write(Collisions);
    }

    internal static EthernetPortStats Read(ref OpenFlowReader reader) =>
        new(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
}
