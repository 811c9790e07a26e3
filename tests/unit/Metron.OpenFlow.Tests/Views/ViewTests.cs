using Metron.OpenFlow.Fuzz;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Views;

/// <summary>Views show what decoding shows, and allocate nothing.</summary>
public sealed class ViewTests
{
    private const int Repetitions = 1000;

    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    public static TheoryData<OpenFlowVersion, string> Samples => Sample.Names((version, _) => version >= OpenFlowVersion.OpenFlow13);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_view_shows_what_decoding_shows(OpenFlowVersion version, string name)
    {
        var sample = Sample.Find(version, name);
        Assert.True(ViewCheck.Check(sample.Encode(version)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_cut_anywhere_is_refused_or_seen_as_decoding_reads_it(OpenFlowVersion version, string name)
    {
        var whole = Sample.Find(version, name).Encode(version);
        Assert.False(FrameView.TryRead(whole.AsSpan(0, whole.Length - 1), out _));
        for (var length = OpenFlowCodec.HeaderLength; length < whole.Length; length++)
        {
            var cut = whole[..length];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(2), (ushort)length);
            ViewCheck.Check(cut);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Frequent_messages_are_seen_without_allocation(OpenFlowVersion version)
    {
        string[] names = ["packet-in", "flow-removed", "flow-stats-reply", "port-status", "echo-request", "echo-reply", "barrier-reply", "error-table-full", "error-experimenter"];
        var messages = names.Select(name => Sample.Find(version, name).Encode(version)).ToArray();
        Look(messages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0UL;
        for (var i = 0; i < Repetitions; i++)
        {
            sum += Look(messages);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0UL, sum);
    }

    [Fact]
    public void A_message_of_64_KiB_is_seen_without_allocation()
    {
        var flow = new FlowStats { Match = Match.Of(OxmField.InPort(7)), PacketCount = 1, Instructions = [new GotoTableInstruction(1)] };
        var reply = new FlowStatsReply(Enumerable.Repeat(flow, 900).ToEquatableArray());
        byte[][] messages =
        [
            OpenFlowCodec.Encode(reply, OpenFlowVersion.OpenFlow14, 1),
            OpenFlowCodec.Encode(new PacketIn { Packet = [.. new byte[65500]] }, OpenFlowVersion.OpenFlow13, 1),
        ];
        Assert.InRange(messages[0].Length, 60_000, 65_535);
        Look(messages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(Look(messages) >= 900);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Flow_statistics_of_1_0_are_seen_as_decoding_reads_them_without_allocation()
    {
        var first = new FlowStats
        {
            Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.IpProtocol(6), OxmField.TcpDestination(80)),
            Priority = 7,
            Cookie = 8,
            Age = new FlowAge(1, 2),
            IdleTimeoutSeconds = 3,
            HardTimeoutSeconds = 4,
            PacketCount = 5,
            ByteCount = 6,
            Instructions = [new ApplyActionsInstruction([new OutputAction(9)])],
        };
        var message = OpenFlowCodec.Encode(new FlowStatsReply([first, first with { Cookie = 10, Instructions = default }]) { Flags = MultipartFlags.More }, OpenFlowVersion.OpenFlow10, 1);
        var expected = Assert.IsType<FlowStatsReply>(OpenFlowCodec.Decode(message).Message).Flows;
        Assert.True(FlowStats10ReplyView.TryRead(message, out var reply));
        Assert.True(reply.HasMore);
        var index = 0;
        foreach (var flow in reply)
        {
            var same = expected[index++];
            Assert.Equal(
                (same.Table, same.Age, same.Priority, same.IdleTimeoutSeconds, same.HardTimeoutSeconds, same.Cookie, same.PacketCount, same.ByteCount),
                (flow.Table, flow.Age, flow.Priority, flow.IdleTimeoutSeconds, flow.HardTimeoutSeconds, flow.Cookie, flow.PacketCount, flow.ByteCount));
            Assert.Equal(same.Match, flow.ToMatch());
            Assert.Equal(same.Instructions.IsEmpty, flow.ActionBytes.IsEmpty);
        }

        Assert.Equal(2, index);
        Sum10(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = Sum10(message);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0UL, sum);
        for (var length = 0; length < message.Length; length++)
        {
            var cut = message[..length];
            if (length >= 4)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(2), (ushort)length);
            }

            // A view may show what decoding refuses only where it does not look: at actions.
            Assert.True(!FlowStats10ReplyView.TryRead(cut, out _) || OpenFlowCodec.TryDecode(cut, out _, out _), $"cut to {length}");
        }
    }

    [Fact]
    public void A_message_of_1_0_has_no_view() =>
        Assert.False(FrameView.TryRead(OpenFlowCodec.Encode(new BarrierReply(), OpenFlowVersion.OpenFlow10, 1), out _));

    // Uses every property, so that none of them can hide an allocation.
    private static ulong Look(byte[][] messages)
    {
        var sum = 0UL;
        foreach (var message in messages)
        {
            if (!FrameView.TryRead(message, out var frame))
            {
                continue;
            }

            sum += frame.TransactionId + (ulong)frame.Length + (ulong)frame.Body.Length + (ulong)frame.Version;
            if (PacketInView.TryRead(frame, out var packetIn))
            {
                sum += packetIn.Buffer + packetIn.TotalLength + (ulong)packetIn.Reason + packetIn.Table + packetIn.Cookie + (packetIn.Match.InPort ?? 0);
                sum += (ulong)packetIn.Packet.Length;
            }

            if (FlowRemovedView.TryRead(frame, out var removed))
            {
                sum += removed.Cookie + removed.Priority + (ulong)removed.Reason + removed.Table + removed.Age.Seconds + removed.PacketCount + removed.ByteCount;
                sum += Sum(removed.Match);
            }

            if (ErrorView.TryRead(frame, out var error))
            {
                sum += error.Code.Type + (ulong)error.Content.Length;
            }

            if (PortStatusView.TryRead(frame, out var port))
            {
                sum += (ulong)port.Reason + port.Number + port.HardwareAddress.Value + (ulong)port.Name.Length + (ulong)port.Configuration + (ulong)port.State;
                sum += (port.IsUp ? 1UL : 0) + (port.Ethernet?.CurrentKilobitsPerSecond ?? 0);
            }

            if (FlowStatsReplyView.TryRead(frame, out var reply))
            {
                sum += reply.HasMore ? 1UL : 0;
                foreach (var flow in reply)
                {
                    sum += flow.Table + flow.Age.Seconds + flow.Priority + (ulong)flow.IdleTimeoutSeconds + flow.HardTimeoutSeconds + (ulong)flow.Flags;
                    sum += flow.Importance + flow.Cookie + flow.PacketCount + flow.ByteCount + (ulong)flow.InstructionBytes.Length + Sum(flow.Match);
                }
            }
        }

        return sum;
    }

    private static ulong Sum10(byte[] message)
    {
        var sum = 0UL;
        if (FlowStats10ReplyView.TryRead(message, out var reply))
        {
            foreach (var flow in reply)
            {
                sum += flow.Table + flow.Age.Seconds + flow.Priority + (ulong)flow.IdleTimeoutSeconds + flow.HardTimeoutSeconds + flow.Cookie;
                sum += flow.PacketCount + flow.ByteCount + (ulong)flow.MatchBytes.Length + (ulong)flow.ActionBytes.Length;
            }
        }

        return sum;
    }

    private static ulong Sum(MatchView match)
    {
        var sum = 0UL;
        foreach (var field in match)
        {
            sum += (ulong)field.Number + field.Type.Number + (ulong)field.Mask.Length;
        }

        return sum;
    }
}
