namespace Metron.OpenFlow.Fuzz;

/// <summary>What views promise of any bytes: they show what decoding shows, and refuse what it refuses.</summary>
internal static class ViewCheck
{
    /// <summary>Compares them; false when decoding refuses the bytes.</summary>
    /// <exception cref="BrokenPromiseException">A view and decoding disagree.</exception>
    public static bool Check(ReadOnlySpan<byte> bytes)
    {
        var isFrame = FrameView.TryRead(bytes, out var view);
        if (!OpenFlowCodec.TryDecode(bytes, out var frame, out _))
        {
            // A view may show what decoding refuses only where it does not look: at actions.
            BrokenPromiseException.ThrowUnless(
                !isFrame || !(PacketInView.TryRead(view, out _) || FlowRemovedView.TryRead(view, out _) || PortStatusView.TryRead(view, out _) || ErrorView.TryRead(view, out _)),
                "a view of a message that decoding refuses");
            _ = isFrame && FlowStatsReplyView.TryRead(view, out _);
            return false;
        }

        if (!isFrame)
        {
            BrokenPromiseException.ThrowUnless(frame.Version == OpenFlowVersion.OpenFlow10 || !frame.Version.IsSpoken(), "no view of a message that decoding reads");
            return true;
        }

        var agrees = (frame.Version, frame.TransactionId, bytes.Length) == (view.Version, view.TransactionId, view.Length)
            && frame.Message is PacketIn == (PacketInView.TryRead(view, out var packetIn) && Same(packetIn, frame.Message as PacketIn))
            && frame.Message is FlowRemoved == (FlowRemovedView.TryRead(view, out var removed) && Same(removed, frame.Message as FlowRemoved))
            && frame.Message is PortStatus == (PortStatusView.TryRead(view, out var status) && Same(status, frame.Message as PortStatus))
            && frame.Message is ErrorMessage == (ErrorView.TryRead(view, out var error) && Same(error, frame.Message as ErrorMessage))
            && frame.Message is FlowStatsReply == (FlowStatsReplyView.TryRead(view, out var reply) && Same(reply, frame.Message as FlowStatsReply));
        BrokenPromiseException.ThrowUnless(agrees, $"a view shows something else than {frame}");
        return true;
    }

    private static bool Same(PacketInView view, PacketIn? message) =>
        message is not null
        && (view.Buffer, view.TotalLength, view.Reason, view.Table, view.Cookie)
            == (message.Buffer, message.TotalLength, message.Reason, message.Table, message.Cookie)
        && view.Match.ToMatch() == message.Match && view.Packet.SequenceEqual(message.Packet.AsSpan())
        && view.Match.InPort == (uint?)message.Match[Oxm.InPort]?.Value;

    private static bool Same(FlowRemovedView view, FlowRemoved? message) =>
        message is not null
        && (view.Cookie, view.Priority, view.Reason, view.Table, view.Age, view.PacketCount, view.ByteCount)
            == (message.Cookie, message.Priority, message.Reason, message.Table, message.Age, message.PacketCount, message.ByteCount)
        && view.Match.ToMatch() == message.Match;

    private static bool Same(PortStatusView view, PortStatus? message) =>
        message is not null
        && (view.Reason, view.Number, view.HardwareAddress, view.Configuration, view.State, view.Ethernet, view.IsUp)
            == (message.Reason, message.Port.Number, message.Port.HardwareAddress, message.Port.Configuration, message.Port.State, message.Port.Ethernet, message.Port.IsUp)
        && System.Text.Encoding.Latin1.GetString(view.Name) == message.Port.Name;

    private static bool Same(ErrorView view, ErrorMessage? message) =>
        message is not null && view.Code == message.Code && view.Content.SequenceEqual(message.Content.AsSpan());

    private static bool Same(FlowStatsReplyView view, FlowStatsReply? message)
    {
        if (message is null)
        {
            return false;
        }

        var flows = message.Flows.AsSpan();
        foreach (var flow in view)
        {
            if (flows.IsEmpty || !Same(flow, flows[0]))
            {
                return false;
            }

            flows = flows[1..];
        }

        return view.HasMore == message.HasMore && flows.IsEmpty;
    }

    private static bool Same(FlowStatsView view, FlowStats flow) =>
        (view.Table, view.Age, view.Priority, view.IdleTimeoutSeconds, view.HardTimeoutSeconds, view.Flags, view.Importance)
            == (flow.Table, flow.Age, flow.Priority, flow.IdleTimeoutSeconds, flow.HardTimeoutSeconds, flow.Flags, flow.Importance)
        && (view.Cookie, view.PacketCount, view.ByteCount) == (flow.Cookie, flow.PacketCount, flow.ByteCount)
        && view.Match.ToMatch() == flow.Match;
}
