using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks the peer whether it is alive.</summary>
/// <param name="Payload">Any bytes; the reply repeats them.</param>
public sealed record EchoRequest(EquatableArray<byte> Payload = default) : OpenFlowMessage, IOpenFlowRequest<EchoReply>
{
    public override MessageType Type => MessageType.EchoRequest;

    internal override void Append(StringBuilder text) => text.Append(Payload.Count).Append(" bytes of payload");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) => writer.Write(Payload);
}

/// <summary>Answers an <see cref="EchoRequest"/> with its payload.</summary>
public sealed record EchoReply(EquatableArray<byte> Payload = default) : OpenFlowMessage
{
    public override MessageType Type => MessageType.EchoReply;

    internal override void Append(StringBuilder text) => text.Append(Payload.Count).Append(" bytes of payload");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version) => writer.Write(Payload);
}

/// <summary>Asks the switch to finish everything sent before and to reply then.</summary>
public sealed record BarrierRequest : EmptyMessage, IOpenFlowRequest<BarrierReply>
{
    public override MessageType Type => MessageType.BarrierRequest;
}

/// <summary>Everything sent before the barrier has been processed.</summary>
public sealed record BarrierReply : EmptyMessage
{
    public override MessageType Type => MessageType.BarrierReply;
}

/// <summary>An experimenter's message, kept as it came.</summary>
/// <param name="Experimenter">Whose message it is.</param>
/// <param name="ExperimenterType">Type within that experimenter's messages.</param>
/// <param name="Body">What follows.</param>
public sealed record ExperimenterMessage(uint Experimenter, uint ExperimenterType, EquatableArray<byte> Body)
    : OpenFlowMessage, IOpenFlowRequest<ExperimenterMessage>
{
    public override MessageType Type => MessageType.Experimenter;

    internal override void Append(StringBuilder text) =>
        text.Append($"experimenter=0x{Experimenter:x8} type={ExperimenterType} {Body}");

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Experimenter);
        writer.Write(ExperimenterType);
        writer.Write(Body);
    }

    internal static OpenFlowMessage Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var experimenter = reader.ReadUInt32();
        var type = reader.ReadUInt32();
        return (experimenter, type, version) switch
        {
            (ExperimenterNumber.Onf, BundleControl.OnfType, OpenFlowVersion.OpenFlow13) => BundleControl.Read(ref reader),
            (ExperimenterNumber.Onf, BundleAddMessage.OnfType, OpenFlowVersion.OpenFlow13) => BundleAddMessage.Read(ref reader),
            _ => new ExperimenterMessage(experimenter, type, reader.ReadRest()),
        };
    }
}
