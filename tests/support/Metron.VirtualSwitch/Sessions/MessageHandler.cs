using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Answers messages as the standard says, and worse where the script says so. Runs under the switch's lock.</summary>
internal sealed class MessageHandler(SwitchCore core)
{
    private readonly MultipartHandler _multipart = new(core);
    private readonly BundleHandler _bundles = new(core);

    public void Handle(ControllerSession session, ReceivedMessage received, byte[] bytes)
    {
        var transaction = BigEndian.UInt32(bytes.AsSpan(4));
        try
        {
            if (bytes[0] != (byte)session.Version)
            {
                throw Refusal.Request(0);
            }

            if (received.Frame is not { Message: var message })
            {
                throw Refusal.Request(6);
            }

            Handle(session, message, transaction, bytes);
        }
        catch (Refusal refusal)
        {
            Refuse(session, refusal.Code, transaction, bytes);
        }
    }

    /// <summary>Sends an error about a message.</summary>
    public void Refuse(ControllerSession session, OpenFlowErrorCode code, uint transaction, ReadOnlySpan<byte> refused)
    {
        var length = Math.Min(refused.Length, Math.Min(core.Faults.ErrorDataLength ?? int.MaxValue, OpenFlowCodec.MaximumLength - 32));
        session.Send(new ErrorMessage(code, EquatableArray.Create(refused[..length])), transaction);
    }

    private void Handle(ControllerSession session, OpenFlowMessage message, uint transaction, byte[] bytes)
    {
        switch (message)
        {
            case Hello or EchoReply or ErrorMessage:
                break;
            case EchoRequest echo:
                if (!core.Faults.IgnoresEcho)
                {
                    session.Send(new EchoReply(echo.Payload), transaction);
                }

                break;
            case FeaturesRequest:
                session.Version = core.Faults.FeaturesVersion ?? session.Version;
                session.Send(Features(session), transaction);
                break;
            case GetConfigRequest:
                session.Send(core.Configuration, transaction);
                break;
            case BarrierRequest:
                Barrier(session, transaction, bytes);
                break;
            case RoleRequest role:
                RoleHandler.Handle(core, session, role, transaction);
                break;
            case GetAsyncRequest:
                session.Send(
                    new GetAsyncReply(new AsyncConfiguration(session.Async.OrderBy(pair => pair.Key).Select(pair => new AsyncMask(pair.Key, pair.Value)).ToEquatableArray())),
                    transaction);
                break;
            case SetAsync { Configuration: var wanted }:
                foreach (var mask in wanted.Masks)
                {
                    session.Async[mask.Kind] = mask.Reasons;
                }

                break;
            case MultipartRequest request:
                _multipart.Handle(session, request, transaction, bytes);
                break;
            default:
                Change(session, message, transaction, bytes);
                break;
        }
    }

    private void Change(ControllerSession session, OpenFlowMessage message, uint transaction, byte[] bytes)
    {
        if (session.Role == ControllerRole.Slave)
        {
            throw new Refusal(OpenFlowErrorCode.IsSlave);
        }

        switch (message)
        {
            case SetConfig set:
                core.Configuration = new GetConfigReply(set.Fragments, set.MissSendLength);
                break;
            case PacketOut packet:
                SendPacket(packet);
                break;
            case FlowMod or GroupMod or PortMod:
            case { Type: MessageType.MeterMod }:
                Edit(session, message, transaction, bytes);
                break;
            case TableMod table when core.Abilities.HasTable(table.Settings.Table) || table.Settings.Table == TableNumber.All:
                break;
            case TableMod:
                throw new Refusal(new OpenFlowErrorCode(8, 0));
            case BundleControl control when core.Abilities.Profile.Bundles:
                _bundles.Control(session, control, transaction, bytes, this);
                break;
            case BundleAddMessage add when core.Abilities.Profile.Bundles:
                BundleHandler.Add(session, add, transaction, bytes);
                break;
            case BundleControl or BundleAddMessage when session.Version < OpenFlowVersion.OpenFlow14:
            case ExperimenterMessage:
                throw Refusal.Request(3);
            default:
                throw Refusal.Request(1);
        }
    }

    private void Edit(ControllerSession session, OpenFlowMessage message, uint transaction, byte[] bytes)
    {
        if (core.Faults.Barriers is BarrierFault.Early or BarrierFault.Reordered)
        {
            core.Postpone(session, () =>
            {
                try
                {
                    EditNow(session, message, bytes);
                }
                catch (Refusal refusal)
                {
                    Refuse(session, refusal.Code, transaction, bytes);
                }
            });
            return;
        }

        EditNow(session, message, bytes);
    }

    private void EditNow(ControllerSession session, OpenFlowMessage message, byte[] bytes)
    {
        var editor = new StateEditor(core, core.State);
        editor.Apply(message, session.Version, bytes);
        core.Commit(editor);
    }

    private void Barrier(ControllerSession session, uint transaction, byte[] bytes)
    {
        switch (core.Faults.Barriers)
        {
            case BarrierFault.Refused:
                Refuse(session, OpenFlowErrorCode.BadType, transaction, bytes);
                break;
            case BarrierFault.Ignored:
                break;
            case BarrierFault.Late:
                core.Postpone(session, () => session.Send(new BarrierReply(), transaction));
                break;
            default:
                session.Send(new BarrierReply(), transaction);
                break;
        }
    }

    private FeaturesReply Features(ControllerSession session) => new()
    {
        DatapathId = core.Options.DatapathId,
        TableCount = core.Abilities.TableCount,

        // OpenFlow 1.0 tells its ports here, later versions by a request of their own.
        Ports = session.Version == OpenFlowVersion.OpenFlow10 ? core.Ports.Values.Select(port => port.Description).ToEquatableArray() : default,
        Capabilities = SwitchCapabilities.FlowStatistics | SwitchCapabilities.TableStatistics | SwitchCapabilities.PortStatistics
            | (core.Abilities.Profile.Groups.IsEmpty ? SwitchCapabilities.None : SwitchCapabilities.GroupStatistics),
    };

    private void SendPacket(PacketOut packet)
    {
        if (packet.Buffer != BufferNumber.None)
        {
            throw Refusal.Request(8);
        }

        if (packet.InPort is not (PortNumber.Controller or PortNumber.Any or PortNumber.Local) && !core.HasPort(packet.InPort))
        {
            throw Refusal.Request(11);
        }

        FlowChecks.CheckActions(packet.Actions, Match.Any, core.State, core.HasPort, isPacketOut: true);
        core.Deliver(new PacketPipeline(core.State, core.Ports, core.Clock, packet.InPort, packet.Packet.AsSpan(), counts: true).RunActions(packet.Actions));
    }
}
