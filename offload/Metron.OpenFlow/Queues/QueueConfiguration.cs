using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the queues of a port; up to OpenFlow 1.3, since then <see cref="QueueDescriptionRequest"/>.</summary>
/// <param name="Port">Port number; <see cref="PortNumber.Any"/> for all.</param>
public sealed record QueueGetConfigRequest(uint Port = PortNumber.Any) : OpenFlowMessage, IOpenFlowRequest<QueueGetConfigReply>
{
    public override MessageType Type => MessageType.QueueGetConfigRequest;

    internal override void Append(StringBuilder text) => OxmText.AppendPort(text.Append("port="), Port);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13);
        writer.Write(Port);
        writer.WriteZeros(4);
    }

    internal static QueueGetConfigRequest Read(ref OpenFlowReader reader)
    {
        var port = reader.ReadUInt32();
        reader.Skip(4);
        return new QueueGetConfigRequest(port);
    }
}

/// <summary>The queues of a port; up to OpenFlow 1.3.</summary>
/// <param name="Port">Port number that was asked for.</param>
/// <param name="Queues">The queues.</param>
public sealed record QueueGetConfigReply(uint Port, EquatableArray<QueueDescription> Queues) : OpenFlowMessage
{
    public override MessageType Type => MessageType.QueueGetConfigReply;

    internal override void Append(StringBuilder text)
    {
        OxmText.AppendPort(text.Append("port="), Port);
        foreach (var queue in Queues.AsSpan())
        {
            text.Append("; ").Append(queue);
        }
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow10, OpenFlowVersion.OpenFlow13);
        writer.Write(Port);
        writer.WriteZeros(4);
        foreach (var queue in Queues.AsSpan())
        {
            queue.Write(ref writer, version);
        }
    }

    internal static QueueGetConfigReply Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var port = reader.ReadUInt32();
        reader.Skip(4);
        var queues = new List<QueueDescription>();
        while (!reader.IsAtEnd)
        {
            queues.Add(QueueDescription.Read(ref reader, version));
        }

        return new QueueGetConfigReply(port, queues.ToEquatableArray());
    }
}
