using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Bundles (OpenFlow 1.4.1 section 7.3.9; in 1.3 the ONF's extension), always atomic and in order.</summary>
internal sealed class BundleHandler(SwitchCore core)
{
    public void Control(ControllerSession session, BundleControl control, uint transaction, byte[] bytes, MessageHandler errors)
    {
        var bundles = session.Bundles;
        var isThere = bundles.TryGetValue(control.Bundle, out var bundle);
        switch (control.Kind)
        {
            case BundleControlKind.OpenRequest:
                if (isThere)
                {
                    // Opening it again discards it (as Open vSwitch does).
                    bundles.Remove(control.Bundle);
                    throw Refusal.Bundle(3);
                }

                bundles[control.Bundle] = new OpenBundle(control.Flags);
                break;
            case BundleControlKind.CloseRequest:
                Require(isThere, 2);
                Require(bundle!.Flags == control.Flags, 7);
                Require(!bundle.IsClosed, 4);
                bundle.IsClosed = true;
                break;
            case BundleControlKind.CommitRequest:
                Require(isThere, 2);
                bundles.Remove(control.Bundle);
                Require(bundle!.Flags == control.Flags, 7);
                Commit(session, bundle, errors);
                break;
            case BundleControlKind.DiscardRequest:
                Require(isThere, 2);
                bundles.Remove(control.Bundle);
                break;
            default:
                throw Refusal.Bundle(6);
        }

        session.Send(new BundleControl(control.Bundle, control.Kind + 1, control.Flags), transaction);
    }

    public static void Add(ControllerSession session, BundleAddMessage add, uint transaction, byte[] bytes)
    {
        if (!session.Bundles.TryGetValue(add.Bundle, out var bundle))
        {
            // The first message may open the bundle (OpenFlow 1.4.1 section 7.3.9.2).
            session.Bundles[add.Bundle] = bundle = new OpenBundle(add.Flags);
        }

        Require(!bundle.IsClosed, 4);
        Require(bundle.Flags == add.Flags, 7);
        Require(add.Message is FlowMod or GroupMod or PortMod or { Type: MessageType.MeterMod }, 10);
        bundle.Messages.Add((add.Message, transaction, InnerBytes(bytes, session.Version)));
    }

    // Errors of single messages go out first, with their transaction number and bytes; then the commit fails (section 7.3.9.5).
    private void Commit(ControllerSession session, OpenBundle bundle, MessageHandler errors)
    {
        var copy = core.State.Clone();
        var editor = new StateEditor(core, copy);
        foreach (var (message, transaction, bytes) in bundle.Messages)
        {
            try
            {
                editor.Apply(message, session.Version, bytes);
            }
            catch (Refusal refusal)
            {
                errors.Refuse(session, refusal.Code, transaction, bytes);
                throw Refusal.Bundle(13);
            }
        }

        core.State = copy;
        core.Commit(editor);
    }

    private static byte[] InnerBytes(byte[] message, OpenFlowVersion version)
    {
        var at = OpenFlowCodec.HeaderLength + (version < OpenFlowVersion.OpenFlow14 ? 16 : 8);
        return message[at..(at + BigEndian.UInt16(message.AsSpan(at + 2)))];
    }

    private static void Require(bool holds, ushort code)
    {
        if (!holds)
        {
            throw Refusal.Bundle(code);
        }
    }
}
