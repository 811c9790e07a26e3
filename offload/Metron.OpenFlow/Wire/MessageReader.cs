namespace Metron.OpenFlow;

/// <summary>Reads the bodies of messages by their type.</summary>
internal static class MessageReader
{
    public static OpenFlowMessage Read(MessageType type, OpenFlowVersion version, ref OpenFlowReader reader) => type switch
    {
        MessageType.Hello => Hello.Read(ref reader),
        MessageType.Error => ErrorMessage.Read(ref reader),
        MessageType.EchoRequest => new EchoRequest(reader.ReadRest()),
        MessageType.EchoReply => new EchoReply(reader.ReadRest()),
        MessageType.Experimenter => ExperimenterMessage.Read(ref reader, version),
        MessageType.FeaturesRequest => new FeaturesRequest(),
        MessageType.FeaturesReply => FeaturesReply.Read(ref reader),
        MessageType.GetConfigRequest => new GetConfigRequest(),
        MessageType.GetConfigReply => new GetConfigReply((FragmentTreatment)reader.ReadUInt16(), reader.ReadUInt16()),
        MessageType.SetConfig => new SetConfig((FragmentTreatment)reader.ReadUInt16(), reader.ReadUInt16()),
        MessageType.PacketIn => PacketIn.Read(ref reader),
        MessageType.FlowRemoved => FlowRemoved.Read(ref reader),
        MessageType.PortStatus => PortStatus.Read(ref reader, version),
        MessageType.PacketOut => PacketOut.Read(ref reader),
        MessageType.FlowMod => FlowMod.Read(ref reader, version),
        MessageType.GroupMod => GroupMod.Read(ref reader, version),
        MessageType.PortMod => PortMod.Read(ref reader, version),
        MessageType.TableMod => TableMod.Read(ref reader, version),
        MessageType.MultipartRequest => MultipartReader.ReadRequest(ref reader, version),
        MessageType.MultipartReply => MultipartReader.ReadReply(ref reader, version),
        MessageType.BarrierRequest => new BarrierRequest(),
        MessageType.BarrierReply => new BarrierReply(),
        MessageType.RoleRequest => RoleText.ReadRequest(ref reader),
        MessageType.RoleReply => RoleText.ReadReply(ref reader),
        MessageType.GetAsyncRequest when version < OpenFlowVersion.OpenFlow14 || reader.IsAtEnd => new GetAsyncRequest(),
        MessageType.GetAsyncReply => new GetAsyncReply(AsyncConfiguration.Read(ref reader, version)),
        MessageType.SetAsync => new SetAsync(AsyncConfiguration.Read(ref reader, version)),
        MessageType.MeterMod => MeterMod.Read(ref reader),
        MessageType.QueueGetConfigRequest when version < OpenFlowVersion.OpenFlow14 => QueueGetConfigRequest.Read(ref reader),
        MessageType.QueueGetConfigReply when version < OpenFlowVersion.OpenFlow14 => QueueGetConfigReply.Read(ref reader, version),
        _ when version >= OpenFlowVersion.OpenFlow14 => ReadSince14(type, ref reader),
        _ => new UnknownMessage(type, reader.ReadRest()),
    };

    private static OpenFlowMessage ReadSince14(MessageType type, ref OpenFlowReader reader) => type switch
    {
        MessageType.RoleStatus => RoleStatus.Read(ref reader),
        MessageType.TableStatus => TableStatus.Read(ref reader),
        MessageType.RequestForward => RequestForward.Read(ref reader),
        MessageType.BundleControl => BundleControl.Read(ref reader),
        MessageType.BundleAddMessage => BundleAddMessage.Read(ref reader),
        MessageType.ControllerStatus when reader.Version >= OpenFlowVersion.OpenFlow15 => ControllerStatusMessage.Read(ref reader),
        _ => new UnknownMessage(type, reader.ReadRest()),
    };
}
