using System.Net;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Connections;

/// <summary>A connection against a scripted switch, which misbehaves as real ones do.</summary>
public sealed class ConnectionTests
{
    private static readonly OpenFlowVersion Version = OpenFlowVersion.OpenFlow13;

    [Fact]
    public async Task A_reply_goes_to_the_request_with_its_transaction_number()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var first = pair.Connection.RequestAsync(new GetConfigRequest());
        var second = pair.Connection.RequestAsync(new RoleRequest(ControllerRole.Master, 5));
        var (_, firstTransaction) = await pair.Peer.ReceiveAsync<GetConfigRequest>();
        var (_, secondTransaction) = await pair.Peer.ReceiveAsync<RoleRequest>();
        await pair.Peer.SendAsync(new RoleReply(ControllerRole.Master, 5), secondTransaction);
        await pair.Peer.SendAsync(new GetConfigReply(FragmentTreatment.Drop, 9), firstTransaction);
        Assert.Equal(new GetConfigReply(FragmentTreatment.Drop, 9), await first);
        Assert.Equal(new RoleReply(ControllerRole.Master, 5), await second);
    }

    [Fact]
    public async Task An_error_fails_the_request_with_its_transaction_number()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.RequestRoleAsync(ControllerRole.Master, 1);
        var (_, transaction) = await pair.Peer.ReceiveAsync<RoleRequest>();
        await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.RoleStale), transaction);
        var failure = await Assert.ThrowsAsync<OpenFlowErrorException>(() => request);
        Assert.Equal(OpenFlowErrorCode.RoleStale, failure.Error.Code);
        Assert.Equal("OFPT_ROLE_REQUEST refused: OFPRRFC_STALE", failure.Message);
    }

    [Fact]
    public async Task A_malformed_reply_fails_only_its_request()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.ReadFlowsAsync();
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        var reply = OpenFlowCodec.Encode(new FlowStatsReply([new FlowStats()]), Version, transaction);
        reply[17] = 3;
        await pair.Peer.SendAsync(reply);
        await Assert.ThrowsAsync<OpenFlowDecodeException>(() => request);
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task A_reply_of_another_type_fails_the_request()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.RequestAsync(new GetConfigRequest());
        var (_, transaction) = await pair.Peer.ReceiveAsync<GetConfigRequest>();
        await pair.Peer.SendAsync(new BarrierReply(), transaction);
        await Assert.ThrowsAsync<UnexpectedReplyException>(() => request);
    }

    [Fact]
    public async Task A_request_that_is_not_answered_times_out()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { RequestTimeout = TimeSpan.FromMilliseconds(50) });
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => pair.Connection.RequestAsync(new GetConfigRequest()));
        Assert.Contains("GET_CONFIG_REQUEST not answered", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_a_multipart_reply_are_collected_in_order()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.ReadFlowsAsync();
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        for (ushort part = 0; part < 3; part++)
        {
            var flows = new FlowStatsReply([new FlowStats { Priority = part }]) { Flags = part < 2 ? MultipartFlags.More : MultipartFlags.None };
            await pair.Peer.SendAsync(flows, transaction);
        }

        Assert.Equal([0, 1, 2], (await request).Select(flow => (int)flow.Priority));
    }

    [Fact]
    public async Task A_multipart_reply_without_end_fails_at_the_limit()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { MultipartByteLimit = 1000 });
        var request = pair.Connection.ReadFlowsAsync();
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowStatsRequest>();
        var part = new FlowStatsReply([new FlowStats()]) { Flags = MultipartFlags.More };
        for (var i = 0; i < 20; i++)
        {
            await pair.Peer.SendAsync(part, transaction);
        }

        var failure = await Assert.ThrowsAsync<UnexpectedReplyException>(() => request);
        Assert.Contains("endless MORE flag?", failure.Message, StringComparison.Ordinal);
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task A_barrier_reply_without_errors_is_success()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var sending = pair.Connection.SendAllAsync([new FlowMod(), new FlowMod()]);
        await pair.Peer.ReceiveAsync<FlowMod>();
        await pair.Peer.ReceiveAsync<FlowMod>();
        var (_, barrier) = await pair.Peer.ReceiveAsync<BarrierRequest>();
        await pair.Peer.SendAsync(new BarrierReply(), barrier);
        var result = await sending;
        Assert.True(result.Succeeded);
        Assert.Equal("succeeded", result.ToString());
    }

    [Fact]
    public async Task Errors_before_the_barrier_are_attributed_to_their_messages()
    {
        await using var pair = await SwitchPair.OpenAsync();
        FlowMod[] messages = [new() { Priority = 10 }, new() { Priority = 11 }, new() { Priority = 12 }];
        var sending = pair.Connection.SendAllAsync(messages);
        var transactions = new List<uint>();
        foreach (var _ in messages)
        {
            transactions.Add((await pair.Peer.ReceiveAsync<FlowMod>()).Transaction);
        }

        var (_, barrier) = await pair.Peer.ReceiveAsync<BarrierRequest>();
        await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.FlowTableFull), transactions[2]);
        await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.FlowOverlap), transactions[0]);
        await pair.Peer.SendAsync(new BarrierReply(), barrier);
        var result = await sending;
        Assert.False(result.Succeeded);
        Assert.Equal([(2, OpenFlowErrorCode.FlowTableFull), (0, OpenFlowErrorCode.FlowOverlap)], result.Failures.Select(failure => (failure.Index, failure.Error.Code)));
        Assert.Equal(messages[2], result.Failures[0].Message);
    }

    [Fact]
    public async Task An_error_after_the_barrier_is_an_event()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var sending = pair.Connection.SendAllAsync([new FlowMod()]);
        var (_, transaction) = await pair.Peer.ReceiveAsync<FlowMod>();
        var (_, barrier) = await pair.Peer.ReceiveAsync<BarrierRequest>();
        await pair.Peer.SendAsync(new BarrierReply(), barrier);
        Assert.True((await sending).Succeeded);
        await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.FlowTableFull), transaction);
        var late = await pair.Connection.Events.ReadAsync(ScriptedPeer.Deadline());
        Assert.Equal((transaction, OpenFlowErrorCode.FlowTableFull), (late.TransactionId, ((ErrorMessage)late.Message).Code));
    }

    [Fact]
    public async Task A_switch_without_barriers_is_an_error_not_a_success()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var sending = pair.Connection.SendAllAsync([new FlowMod()]);
        await pair.Peer.ReceiveAsync<FlowMod>();
        var (_, barrier) = await pair.Peer.ReceiveAsync<BarrierRequest>();
        await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.BadType), barrier);
        await Assert.ThrowsAsync<OpenFlowErrorException>(() => sending);
    }

    [Fact]
    public async Task Nothing_is_sent_when_a_message_cannot_be_encoded()
    {
        await using var pair = await SwitchPair.OpenAsync();
        await Assert.ThrowsAsync<OpenFlowEncodeException>(() => pair.Connection.SendAllAsync([new FlowMod(), new RoleStatus()]));
        await pair.AssertAliveAsync();
    }

    [Fact]
    public async Task A_switch_without_bundles_gets_messages_and_a_barrier()
    {
        await using var pair = await SwitchPair.OpenAsync();
        for (var round = 0; round < 2; round++)
        {
            var applying = pair.Connection.ApplyAsync([new FlowMod()]);
            if (round == 0)
            {
                Assert.Null(pair.Connection.SupportsBundles);
                var (_, open) = await pair.Peer.ReceiveAsync<BundleControl>();
                await pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.BadExperimenter), open);
            }

            await pair.Peer.ReceiveAsync<FlowMod>();
            var (_, barrier) = await pair.Peer.ReceiveAsync<BarrierRequest>();
            await pair.Peer.SendAsync(new BarrierReply(), barrier);
            var result = await applying;
            Assert.Equal((true, false), (result.Succeeded, result.AsBundle));
        }

        Assert.False(pair.Connection.SupportsBundles);
    }

    [Fact]
    public async Task A_message_that_a_bundle_does_not_take_discards_the_bundle()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var applying = pair.Connection.ApplyBundleAsync([new FlowMod(), new FlowMod()]);
        var (open, openTransaction) = await pair.Peer.ReceiveAsync<BundleControl>();
        await pair.Peer.SendAsync(open with { Kind = BundleControlKind.OpenReply }, openTransaction);
        await pair.Peer.ReceiveAsync<BundleAddMessage>();
        var (_, second) = await pair.Peer.ReceiveAsync<BundleAddMessage>();
        var (close, closeTransaction) = await pair.Peer.ReceiveAsync<BundleControl>();
        await pair.Peer.SendAsync(new ErrorMessage(new OpenFlowErrorCode(0xffff, 2310, ExperimenterNumber.Onf)), second);
        await pair.Peer.SendAsync(close with { Kind = BundleControlKind.CloseReply }, closeTransaction);
        var (discard, discardTransaction) = await pair.Peer.ReceiveAsync<BundleControl>();
        Assert.Equal(BundleControlKind.DiscardRequest, discard.Kind);
        await pair.Peer.SendAsync(discard with { Kind = BundleControlKind.DiscardReply }, discardTransaction);
        var result = await applying;
        Assert.Equal((false, true), (result.Succeeded, result.AsBundle));
        Assert.Equal((1, "OFPBFC_MSG_UNSUP"), (result.Failures[0].Index, result.Failures[0].Error.Code.Name));
    }

    [Fact]
    public async Task A_switch_that_dies_inside_a_bundle_fails_the_call()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var applying = pair.Connection.ApplyBundleAsync([new FlowMod()]);
        var (open, transaction) = await pair.Peer.ReceiveAsync<BundleControl>();
        await pair.Peer.SendAsync(open with { Kind = BundleControlKind.OpenReply }, transaction);
        await pair.Peer.ReceiveAsync<BundleAddMessage>();
        pair.Peer.Dispose();
        await Assert.ThrowsAsync<ConnectionClosedException>(() => applying);
    }

    [Fact]
    public async Task An_unsolicited_message_with_a_request_s_transaction_number_is_an_event()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.RequestAsync(new GetConfigRequest());
        var (_, transaction) = await pair.Peer.ReceiveAsync<GetConfigRequest>();
        await pair.Peer.SendAsync(new PortStatus(PortStatusReason.Add, new PortDescription { Number = 4 }), transaction);
        await pair.Peer.SendAsync(new PacketIn { Table = 6 }, transaction);
        await pair.Peer.SendAsync(new GetConfigReply(FragmentTreatment.Normal, 1), transaction);
        await request;
        Assert.IsType<PortStatus>((await pair.Connection.Events.ReadAsync(ScriptedPeer.Deadline())).Message);
        Assert.Equal(6, ((PacketIn)(await pair.Connection.PacketIns.ReadAsync(ScriptedPeer.Deadline())).Message).Table);
    }

    [Fact]
    public async Task Events_that_nobody_reads_are_dropped_and_counted_while_requests_go_on()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { PacketInQueueLimit = 3, EventQueueLimit = 2 });
        for (byte i = 0; i < 10; i++)
        {
            await pair.Peer.SendAsync(new PacketIn { Table = i }, 0);
            await pair.Peer.SendAsync(new FlowRemoved { Table = i }, 0);
        }

        await pair.AssertAliveAsync();
        Assert.Equal((7, 8), (pair.Connection.DroppedPacketIns, pair.Connection.DroppedEvents));
        Assert.Equal(0, ((PacketIn)(await pair.Connection.PacketIns.ReadAsync(ScriptedPeer.Deadline())).Message).Table);
    }

    [Fact]
    public async Task The_switch_s_echo_is_answered_with_its_payload()
    {
        await using var pair = await SwitchPair.OpenAsync();
        await pair.Peer.SendAsync(new EchoRequest([7, 7, 7]), 55);
        Assert.Equal(new OpenFlowFrame(Version, 55, new EchoReply([7, 7, 7])), await pair.Peer.ReceiveAsync());
    }

    [Fact]
    public async Task A_silent_switch_is_asked_for_an_echo_and_kept_when_it_answers()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with { EchoInterval = TimeSpan.FromMilliseconds(50) });
        for (var echoes = 0; echoes < 3; echoes++)
        {
            var (_, transaction) = await pair.Peer.ReceiveAsync<EchoRequest>();
            await pair.Peer.SendAsync(new EchoReply(), transaction);
        }

        Assert.False(pair.Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_switch_that_ignores_echoes_is_closed()
    {
        await using var pair = await SwitchPair.OpenAsync(options => options with
        {
            EchoInterval = TimeSpan.FromMilliseconds(50),
            EchoTimeout = TimeSpan.FromMilliseconds(50),
        });
        var closed = await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline());
        Assert.StartsWith("no answer to echo, silent for", closed.Message, StringComparison.Ordinal);
        await pair.Peer.WaitForCloseAsync();
    }

    [Fact]
    public async Task A_header_below_eight_bytes_closes()
    {
        await using var pair = await SwitchPair.OpenAsync();
        await pair.Peer.SendAsync([4, 2, 0, 5, 0, 0, 0, 0]);
        Assert.Equal("header length 5 < 8", (await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline())).Message);
    }

    [Fact]
    public async Task A_version_byte_that_does_not_exist_closes()
    {
        await using var pair = await SwitchPair.OpenAsync();
        await pair.Peer.SendAsync([0, 1, 0, 8, 0, 0, 0, 16]);
        Assert.Equal("stream desync: version byte 0", (await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline())).Message);
    }

    [Fact]
    public async Task A_message_of_another_version_closes()
    {
        await using var pair = await SwitchPair.OpenAsync();
        await pair.Peer.SendAsync(new BarrierReply(), 1, OpenFlowVersion.OpenFlow14);
        Assert.Equal("announced 1.3, speaks 1.4", (await pair.Connection.Closed.WaitAsync(ScriptedPeer.Deadline())).Message);
    }

    [Fact]
    public async Task Closing_fails_requests_and_completes_the_queues()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.RequestAsync(new GetConfigRequest());
        await pair.Peer.ReceiveAsync<GetConfigRequest>();
        pair.Peer.Dispose();
        await Assert.ThrowsAsync<ConnectionClosedException>(() => request);
        await pair.Connection.Closed;
        await pair.Connection.Events.Completion.WaitAsync(ScriptedPeer.Deadline());
        await pair.Connection.PacketIns.Completion.WaitAsync(ScriptedPeer.Deadline());
        await Assert.ThrowsAsync<ConnectionClosedException>(() => pair.Connection.SendAsync(new FlowMod()));
    }

    [Fact]
    public async Task Disposing_closes_the_socket_and_fails_requests()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var request = pair.Connection.RequestAsync(new GetConfigRequest());
        await pair.Peer.ReceiveAsync<GetConfigRequest>();
        await pair.Connection.DisposeAsync();
        var failure = await Assert.ThrowsAsync<ConnectionClosedException>(() => request);
        Assert.Equal("closed by this side", failure.Message);
        await pair.Peer.WaitForCloseAsync();
        await pair.Connection.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_request_leaves_the_connection_usable()
    {
        await using var pair = await SwitchPair.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var request = pair.Connection.RequestAsync(new GetConfigRequest(), cancellation.Token);
        var (_, transaction) = await pair.Peer.ReceiveAsync<GetConfigRequest>();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        // Its late answer is nobody's, and no harm.
        await pair.Peer.SendAsync(new GetConfigReply(FragmentTreatment.Normal, 1), transaction);
        await pair.AssertAliveAsync();
        Assert.False(pair.Connection.Events.TryRead(out _));
    }

    [Fact]
    public async Task Sending_waits_while_the_switch_does_not_read()
    {
        await using var pair = await SwitchPair.OpenAsync();
        var rules = Enumerable.Repeat<OpenFlowMessage>(new FlowMod(), 300_000).ToList();
        var sending = pair.Connection.SendAllAsync(rules);
        await pair.Peer.SendAsync(new EchoRequest(), 1);
        var other = pair.Connection.SendAsync(new FlowMod { Priority = 77 });
        Assert.False(sending.IsCompleted || other.IsCompleted);

        var received = 0;
        while (await pair.Peer.ReceiveBytesAsync() is { } message)
        {
            received += message[1] == (byte)MessageType.FlowMod ? 1 : 0;
            if (message[1] == (byte)MessageType.BarrierRequest)
            {
                message[1] = (byte)MessageType.BarrierReply;
                await pair.Peer.SendAsync(message);
                break;
            }
        }

        Assert.Equal(rules.Count, received);
        Assert.True((await sending).Succeeded);
        await other;
    }

    [Fact]
    public async Task A_stream_may_be_injected_instead_of_a_socket()
    {
        var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var peer = await ScriptedPeer.AcceptAsync(listener);
        listener.Stop();
        var opening = OpenFlowConnection.OpenAsync(new BufferedStream(client.GetStream(), 1));
        await peer.GreetAsync(OpenFlowVersion.OpenFlow14, 99);
        await using var connection = await opening;
        Assert.Equal((99UL, OpenFlowVersion.OpenFlow14), (connection.DatapathId, connection.Version));
    }
}
