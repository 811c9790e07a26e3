namespace Metron.OpenFlow;

/// <summary>
/// OpenFlow 1.0.1 on the wire, for the messages of later versions. What changes the switch is written only if 1.0 means the same by it;
/// of what a switch reports, fields that 1.0 has no room for are left out.
/// </summary>
internal static class Codec10
{
    /// <summary>Reads the body of a message.</summary>
    public static OpenFlowMessage Read(byte wireType, ref OpenFlowReader reader) =>
        MessageType10.FromWire(wireType) switch
        {
            MessageType.Hello => Hello.Read(ref reader),
            MessageType.Error => ReadError(ref reader),
            MessageType.EchoRequest => new EchoRequest(reader.ReadRest()),
            MessageType.EchoReply => new EchoReply(reader.ReadRest()),
            MessageType.Experimenter => ReadVendor(ref reader),
            MessageType.FeaturesRequest => new FeaturesRequest(),
            MessageType.FeaturesReply => Switch10.ReadFeatures(ref reader),
            MessageType.GetConfigRequest => new GetConfigRequest(),
            MessageType.GetConfigReply => new GetConfigReply((FragmentTreatment)reader.ReadUInt16(), reader.ReadUInt16()),
            MessageType.SetConfig => new SetConfig((FragmentTreatment)reader.ReadUInt16(), reader.ReadUInt16()),
            MessageType.PacketIn => Switch10.ReadPacketIn(ref reader),
            MessageType.FlowRemoved => Flow10.ReadRemoved(ref reader),
            MessageType.PortStatus => Switch10.ReadPortStatus(ref reader),
            MessageType.PacketOut => Switch10.ReadPacketOut(ref reader),
            MessageType.FlowMod => Flow10.ReadFlowMod(ref reader),
            MessageType.PortMod => Switch10.ReadPortMod(ref reader),
            MessageType.MultipartRequest => Multipart10.ReadRequest(ref reader),
            MessageType.MultipartReply => Multipart10.ReadReply(ref reader),
            MessageType.BarrierRequest => new BarrierRequest(),
            MessageType.BarrierReply => new BarrierReply(),
            MessageType.QueueGetConfigRequest => Queue10.ReadConfigurationRequest(ref reader),
            MessageType.QueueGetConfigReply => Queue10.ReadConfiguration(ref reader),
            { } other => new UnknownMessage(other, reader.ReadRest()),
            null => throw reader.Error($"message type {wireType} does not exist in OpenFlow 1.0"),
        };

    /// <summary>The type byte of the header.</summary>
    /// <exception cref="OpenFlowEncodeException">1.0 has no such message.</exception>
    public static byte WireType(OpenFlowMessage message) =>
        MessageType10.ToWire(message.Type) ?? throw NotIn10(message);

    /// <summary>Writes what follows the header.</summary>
    /// <exception cref="OpenFlowEncodeException">1.0 cannot express the message; the text names the part of it.</exception>
    public static void WriteBody(ref OpenFlowWriter writer, OpenFlowMessage message)
    {
        switch (message)
        {
            case ErrorMessage error:
                WriteError(ref writer, error);
                break;
            case FeaturesReply features:
                Switch10.Write(ref writer, features);
                break;
            case PacketIn packetIn:
                Switch10.Write(ref writer, packetIn);
                break;
            case PacketOut packetOut:
                Switch10.Write(ref writer, packetOut);
                break;
            case FlowMod flow:
                Flow10.Write(ref writer, flow);
                break;
            case FlowRemoved removed:
                Flow10.Write(ref writer, removed);
                break;
            case PortStatus status:
                Switch10.Write(ref writer, status);
                break;
            case PortMod mod:
                Switch10.Write(ref writer, mod);
                break;
            case QueueGetConfigRequest request:
                Queue10.Write(ref writer, request);
                break;
            case QueueGetConfigReply reply:
                Queue10.Write(ref writer, reply);
                break;
            case MultipartMessage multipart:
                Multipart10.Write(ref writer, multipart);
                break;
            case Hello or EchoRequest or EchoReply or ExperimenterMessage or GetConfigReply or SetConfig or EmptyMessage or UnknownMessage:
                message.WriteBody(ref writer, OpenFlowVersion.OpenFlow10);
                break;
            default:
                throw NotIn10(message);
        }
    }

    private static OpenFlowEncodeException NotIn10(OpenFlowMessage message) => new($"{message.Name} does not exist in OpenFlow 1.0");

    // Vendors' messages begin with the vendor's number; what follows is theirs, and only most put a type there.
    private static OpenFlowMessage ReadVendor(ref OpenFlowReader reader) => reader.Remaining >= 8
        ? new ExperimenterMessage(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadRest())
        : new UnknownMessage(MessageType.Experimenter, reader.ReadRest());

    private static ErrorMessage ReadError(ref OpenFlowReader reader)
    {
        var code = Error10.FromWire(reader.ReadUInt16(), reader.ReadUInt16());
        return new ErrorMessage(code, reader.ReadRest());
    }

    private static void WriteError(ref OpenFlowWriter writer, ErrorMessage error)
    {
        var (type, code) = Error10.ToWire(error.Code);
        writer.Write(type);
        writer.Write(code);
        writer.Write(error.Content);
    }
}
