using System.Text;

namespace Metron.OpenFlow;

/// <summary>Types of multipart messages (<c>OFPMP_*</c>).</summary>
public enum MultipartType : ushort
{
    Description = 0,
    Flow = 1,
    Aggregate = 2,
    Table = 3,
    Port = 4,
    Queue = 5,
    Group = 6,
    GroupDescription = 7,
    GroupFeatures = 8,
    Meter = 9,

    /// <summary>Named METER_CONFIG up to OpenFlow 1.4, METER_DESC since 1.5.</summary>
    MeterDescription = 10,
    MeterFeatures = 11,
    TableFeatures = 12,
    PortDescription = 13,
    TableDescription = 14,
    QueueDescription = 15,
    FlowMonitor = 16,

    /// <summary>Named FLOW_STATS in OpenFlow 1.5, where <see cref="Flow"/> is named FLOW_DESC.</summary>
    FlowCounters = 17,
    ControllerStatus = 18,
    BundleFeatures = 19,
    Experimenter = 0xffff,
}

/// <summary>Flags of multipart messages (<c>OFPMPF_*</c>).</summary>
[Flags]
public enum MultipartFlags : ushort
{
    None = 0,

    /// <summary>More parts with the same transaction number follow.</summary>
    More = 1,
}

/// <summary>A multipart message: type, flags and a body that depends on the type (OpenFlow 1.3.5 section 7.3.5).</summary>
public abstract record MultipartMessage : OpenFlowMessage
{
    private protected MultipartMessage()
    {
    }

    /// <summary>What the message is about.</summary>
    public abstract MultipartType Kind { get; }

    public MultipartFlags Flags { get; init; }

    internal override string Name => $"OFPST_{MultipartNames.Of(Kind)} {(Type == MessageType.MultipartRequest ? "request" : "reply")}";

    internal override void Append(StringBuilder text)
    {
        AppendItems(text);
        if (Flags != 0)
        {
            text.Append(Flags == MultipartFlags.More ? " flags=[more]" : $" flags=0x{(ushort)Flags:x}");
        }
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Kind);
        writer.Write((ushort)Flags);
        writer.WriteZeros(4);
        WriteItems(ref writer, version);
    }

    private protected abstract void AppendItems(StringBuilder text);

    private protected abstract void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version);

    /// <summary>Writes a body that OpenFlow 1.0 has as later versions have it.</summary>
    internal void WriteItemsOf10(ref OpenFlowWriter writer) => WriteItems(ref writer, OpenFlowVersion.OpenFlow10);

    private protected static void AppendEach<T>(StringBuilder text, EquatableArray<T> items)
    {
        var separator = "";
        foreach (var item in items.AsSpan())
        {
            text.Append(separator).Append(item);
            separator = "; ";
        }
    }
}

/// <summary>Asks for statistics or descriptions.</summary>
public abstract record MultipartRequest : MultipartMessage
{
    private protected MultipartRequest()
    {
    }

    public override MessageType Type => MessageType.MultipartRequest;
}

/// <summary>A part of the answer to a <see cref="MultipartRequest"/>.</summary>
public abstract record MultipartReply : MultipartMessage
{
    private protected MultipartReply()
    {
    }

    public override MessageType Type => MessageType.MultipartReply;

    /// <summary>Whether another part follows.</summary>
    public bool HasMore => (Flags & MultipartFlags.More) != 0;
}

/// <summary>A request without a body.</summary>
public abstract record EmptyMultipartRequest : MultipartRequest
{
    private protected EmptyMultipartRequest()
    {
    }

    private protected sealed override void AppendItems(StringBuilder text)
    {
    }

    private protected sealed override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
    }
}

/// <summary>A request of a type that has no record here, kept as it came.</summary>
public sealed record UnknownMultipartRequest(MultipartType RawKind, EquatableArray<byte> Body) : MultipartRequest, IMultipartRequest<UnknownMultipartReply>
{
    public override MultipartType Kind => RawKind;

    private protected override void AppendItems(StringBuilder text) => text.Append(Body);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version) => writer.Write(Body);
}

/// <summary>A reply of a type that has no record here, kept as it came.</summary>
public sealed record UnknownMultipartReply(MultipartType RawKind, EquatableArray<byte> Body) : MultipartReply
{
    public override MultipartType Kind => RawKind;

    private protected override void AppendItems(StringBuilder text) => text.Append(Body);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version) => writer.Write(Body);
}

/// <summary>Names of multipart types as <c>ovs-ofctl</c> writes them.</summary>
internal static class MultipartNames
{
    private static readonly string[] Names =
    [
        "DESC", "FLOW", "AGGREGATE", "TABLE", "PORT", "QUEUE", "GROUP", "GROUP_DESC", "GROUP_FEATURES",
        "METER", "METER_CONFIG", "METER_FEATURES", "TABLE_FEATURES", "PORT_DESC", "TABLE_DESC", "QUEUE_DESC", "FLOW_MONITOR",
        "FLOW_STATS", "CONTROLLER_STATUS", "BUNDLE_FEATURES",
    ];

    public static string Of(MultipartType type) => (int)type < Names.Length ? Names[(int)type] : $"{(int)type}";
}
