namespace Metron.OpenFlow.Tests.Views;

/// <summary>Compares what views show with what decoding shows.</summary>
internal static class ViewComparison
{
    /// <summary>Compares them when the bytes are a message; false when decoding refuses them.</summary>
    public static bool Agrees(ReadOnlySpan<byte> bytes)
    {
        var isFrame = FrameView.TryRead(bytes, out var view);
        if (!OpenFlowCodec.TryDecode(bytes, out var frame, out _))
        {
            // A view may show what decoding refuses only where it does not look: at actions.
            Assert.False(isFrame && (PacketInView.TryRead(view, out _) || FlowRemovedView.TryRead(view, out _) || ErrorView.TryRead(view, out _)));
            return false;
        }

        if (!isFrame)
        {
            Assert.True(frame.Version is OpenFlowVersion.OpenFlow10 || !frame.Version.IsSpoken());
            return true;
        }

        Assert.Equal((frame.Version, frame.TransactionId, bytes.Length), (view.Version, view.TransactionId, view.Length));
        Assert.Equal(frame.Message is PacketIn, PacketInView.TryRead(view, out var packetIn) && Same(packetIn, (PacketIn)frame.Message));
        Assert.Equal(frame.Message is FlowRemoved, FlowRemovedView.TryRead(view, out var removed) && Same(removed, (FlowRemoved)frame.Message));
        Assert.Equal(frame.Message is ErrorMessage, ErrorView.TryRead(view, out var error) && Same(error, (ErrorMessage)frame.Message));
        Assert.Equal(frame.Message is FlowStatsReply, FlowStatsReplyView.TryRead(view, out var reply) && Same(reply, (FlowStatsReply)frame.Message));
        return true;
    }

    private static bool Same(PacketInView view, PacketIn message) =>
        (view.Buffer, view.TotalLength, view.Reason, view.Table, view.Cookie)
            == (message.Buffer, message.TotalLength, message.Reason, message.Table, message.Cookie)
        && view.Match.ToMatch() == message.Match && view.Packet.SequenceEqual(message.Packet.AsSpan())
        && view.Match.InPort == (uint?)message.Match[Oxm.InPort]?.Value;

    private static bool Same(FlowRemovedView view, FlowRemoved message) =>
        (view.Cookie, view.Priority, view.Reason, view.Table, view.Age, view.PacketCount, view.ByteCount)
            == (message.Cookie, message.Priority, message.Reason, message.Table, message.Age, message.PacketCount, message.ByteCount)
        && view.Match.ToMatch() == message.Match;

    private static bool Same(ErrorView view, ErrorMessage message) =>
        view.Code == message.Code && view.Content.SequenceEqual(message.Content.AsSpan());

    private static bool Same(FlowStatsReplyView view, FlowStatsReply message)
    {
        var flows = message.Flows.GetEnumerator();
        foreach (var flow in view)
        {
            if (!flows.MoveNext() || !Same(flow, flows.Current))
            {
                return false;
            }
        }

        return view.HasMore == message.HasMore && !flows.MoveNext();
    }

    private static bool Same(FlowStatsView view, FlowStats flow) =>
        (view.Table, view.Age, view.Priority, view.IdleTimeoutSeconds, view.HardTimeoutSeconds, view.Flags, view.Importance)
            == (flow.Table, flow.Age, flow.Priority, flow.IdleTimeoutSeconds, flow.HardTimeoutSeconds, flow.Flags, flow.Importance)
        && (view.Cookie, view.PacketCount, view.ByteCount) == (flow.Cookie, flow.PacketCount, flow.ByteCount)
        && view.Match.ToMatch() == flow.Match;
}
