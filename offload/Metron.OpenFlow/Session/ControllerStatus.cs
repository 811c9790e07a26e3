using System.Text;

namespace Metron.OpenFlow;

/// <summary>The switch tells of another controller (OpenFlow 1.5.1 section 7.4.7).</summary>
public sealed record ControllerStatusMessage(ControllerStatus Status) : OpenFlowMessage
{
    public override MessageType Type => MessageType.ControllerStatus;

    internal override void Append(StringBuilder text) => text.Append(Status);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        Status.Write(ref writer);
    }

    internal static ControllerStatusMessage Read(ref OpenFlowReader reader) => new(ControllerStatus.Read(ref reader));
}

/// <summary>Asks for the controllers of the switch; OpenFlow 1.5.</summary>
public sealed record ControllerStatusRequest : EmptyMultipartRequest, IMultipartRequest<ControllerStatusReply>
{
    public override MultipartType Kind => MultipartType.ControllerStatus;
}

/// <summary>The controllers of the switch; OpenFlow 1.5.</summary>
public sealed record ControllerStatusReply(EquatableArray<ControllerStatus> Controllers) : MultipartReply
{
    public override MultipartType Kind => MultipartType.ControllerStatus;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Controllers);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow15);
        foreach (var controller in Controllers.AsSpan())
        {
            controller.Write(ref writer);
        }
    }
}

/// <summary>A controller of the switch (OpenFlow 1.5.1 section 7.3.5.20).</summary>
public sealed record ControllerStatus
{
    private const ushort UriType = 0;
    private const int FixedLength = 16;

    /// <summary>Number that the controller gave itself with its role; 0 for none.</summary>
    public ushort ShortId { get; init; }

    public ControllerRole Role { get; init; }

    public ControllerStatusReason Reason { get; init; }

    public ControlChannelState Channel { get; init; }

    /// <summary>All properties, the address among them.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    /// <summary>Address of the controller as the switch knows it ("tcp:198.51.100.1:6653"), Latin-1; null when not said.</summary>
    public string? Uri
    {
        get
        {
            var property = Properties.FirstOrDefault(static candidate => candidate.Type == UriType);
            return property is null ? null : Encoding.Latin1.GetString(property.Body.AsSpan()).TrimEnd('\0');
        }
    }

    /// <summary>The property that holds an address.</summary>
    public static OpenFlowProperty UriProperty(string uri) => new(UriType, EquatableArray.Create<byte>(Encoding.Latin1.GetBytes(uri)));

    public override string ToString()
    {
        var text = new StringBuilder($"id={ShortId} role={Role} reason={Reason} channel={Channel}");
        text.Append(Uri is { } uri ? $" uri={uri}" : "");
        OpenFlowProperty.AppendAll(text, [.. Properties.Where(static property => property.Type != UriType)]);
        return OneLine.Of(text);
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write(ShortId);
        writer.Write((uint)Role);
        writer.Write((byte)Reason);
        writer.Write((byte)Channel);
        writer.WriteZeros(6);
        OpenFlowProperty.WriteAll(ref writer, Properties);
        writer.PatchLength(start, start);
    }

    internal static ControllerStatus Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"controller status of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        var status = new ControllerStatus
        {
            ShortId = body.ReadUInt16(),
            Role = (ControllerRole)body.ReadUInt32(),
            Reason = (ControllerStatusReason)body.ReadByte(),
            Channel = (ControlChannelState)body.ReadByte(),
        };
        body.Skip(6);
        return status with { Properties = OpenFlowProperty.ReadAll(ref body) };
    }
}

/// <summary>Why the switch tells of a controller (<c>OFPCSR_*</c>).</summary>
public enum ControllerStatusReason : byte
{
    Request = 0,
    ChannelStatus = 1,
    Role = 2,
    ControllerAdded = 3,
    ControllerRemoved = 4,
    ShortId = 5,
    Experimenter = 6,
}

/// <summary>Whether a controller is connected (<c>OFPCT_STATUS_*</c>).</summary>
public enum ControlChannelState : byte
{
    Up = 0,
    Down = 1,
}
