using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Roles;

/// <summary>Taking a role with a scripted switch, before anything else is sent to it.</summary>
public sealed class RoleTests : IAsyncDisposable
{
    private const ulong Datapath = 7;
    private const ulong Unset = ulong.MaxValue;

    private readonly KeptGenerations _store = new();
    private readonly Channel<HandshakeException> _failures = Channel.CreateUnbounded<HandshakeException>();
    private OpenFlowListener? _listener;

    public async ValueTask DisposeAsync() => await (_listener?.DisposeAsync() ?? default);

    [Fact]
    public async Task The_role_is_taken_before_the_connection_can_be_used_and_its_generation_is_stored_before_it_is_sent()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        Assert.Equal(new RoleRequest(ControllerRole.NoChange, 0), await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, Unset)));
        var (claim, transaction) = await peer.ReceiveAsync<RoleRequest>();
        Assert.Equal(new RoleRequest(ControllerRole.Master, 1), claim);
        Assert.Equal(1UL, _store.Last(Datapath));
        var accepting = _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.False(accepting.IsCompleted);

        await peer.SendAsync(new RoleReply(ControllerRole.Master, 1), transaction);

        await using var connection = await accepting;
        Assert.Equal(new RoleState(ControllerRole.Master, 1), connection.Role);
        Assert.Empty(connection.HandshakeNotes);
    }

    [Theory]
    [InlineData(4, 4, 5)]
    [InlineData(4, 2, 5)]
    [InlineData(4, Unset, 5)]
    public async Task The_last_master_claims_again_with_the_next_generation(ulong ours, ulong theirs, ulong claimed)
    {
        _store.Put(Datapath, ours);
        using var peer = await GreetAsync(Policy(ControllerRole.Master, takesOver: false));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, theirs));
        Assert.Equal(new RoleRequest(ControllerRole.Master, claimed), await AnswerAsync(peer, new RoleReply(ControllerRole.Master, claimed)));
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(ControllerRole.Master, connection.Role.Role);
        Assert.Equal(claimed, _store.Last(Datapath));
    }

    [Fact]
    public async Task A_stale_controller_stays_slave_says_both_generations_and_writes_nothing()
    {
        _store.Put(Datapath, 3);
        using var peer = await GreetAsync(Policy(ControllerRole.Master, takesOver: false));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, 5));
        Assert.Equal(new RoleRequest(ControllerRole.Slave, 5), await AnswerAsync(peer, new RoleReply(ControllerRole.Slave, 5)));
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(
            ["stale generation: ours is 3, the switch has 5 from another controller, which stays its master; nothing is written to it"],
            connection.HandshakeNotes);
        Assert.Equal(3UL, _store.Last(Datapath));

        OpenFlowMessage[] changes = [new FlowMod(), new GroupMod(GroupModCommand.Delete, GroupKind.All, 1, []), new PortMod(), new SetConfig(FragmentTreatment.Normal, 0), new PacketOut()];
        foreach (var change in changes)
        {
            await Assert.ThrowsAsync<NotMasterException>(() => connection.SendAsync(change));
            await Assert.ThrowsAsync<NotMasterException>(() => connection.SendAllAsync([change]));
        }

        await Assert.ThrowsAsync<NotMasterException>(() => connection.ApplyBundleAsync([new FlowMod()]));
        var reading = connection.RequestAsync(new GetConfigRequest());
        var (_, transaction) = await peer.ReceiveAsync<GetConfigRequest>();
        await peer.SendAsync(new GetConfigReply(FragmentTreatment.Normal, 0), transaction);
        await reading;
    }

    [Fact]
    public async Task A_controller_that_may_takes_the_switch_over_and_says_so()
    {
        _store.Put(Datapath, 3);
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, 5));
        Assert.Equal(new RoleRequest(ControllerRole.Master, 6), await AnswerAsync(peer, new RoleReply(ControllerRole.Master, 6)));
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(["taken over from another controller: its generation was 5, ours is 6"], connection.HandshakeNotes);
    }

    [Fact]
    public async Task A_claim_that_lost_a_race_is_read_again_and_repeated()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, Unset));
        var (_, refused) = await peer.ReceiveAsync<RoleRequest>();
        await peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.RoleStale), refused);
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, 9));
        Assert.Equal(new RoleRequest(ControllerRole.Master, 10), await AnswerAsync(peer, new RoleReply(ControllerRole.Master, 10)));
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(10UL, connection.Role.GenerationId);
    }

    [Fact]
    public async Task A_claim_that_is_refused_again_and_again_ends_as_slave()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        var claims = 0;
        while (true)
        {
            var (request, transaction) = await peer.ReceiveAsync<RoleRequest>();
            if (request.Role == ControllerRole.Slave)
            {
                await peer.SendAsync(new RoleReply(ControllerRole.Slave, request.GenerationId), transaction);
                break;
            }

            claims += request.Role == ControllerRole.Master ? 1 : 0;
            await peer.SendAsync(
                request.Role == ControllerRole.Master ? new ErrorMessage(OpenFlowErrorCode.RoleStale) : new RoleReply(ControllerRole.Equal, 1000),
                transaction);
        }

        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(5, claims);
        Assert.Equal(ControllerRole.Slave, connection.Role.Role);
        Assert.Contains("stale generation: ours is 1005, the switch has 1000", Assert.Single(connection.HandshakeNotes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_without_roles_is_used_and_named()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        var (_, transaction) = await peer.ReceiveAsync<RoleRequest>();
        await peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.BadType), transaction);
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(ControllerRole.Equal, connection.Role.Role);
        Assert.Equal(["it refuses role master (OFPBRC_BAD_TYPE); every controller may write to it"], connection.HandshakeNotes);
    }

    [Fact]
    public async Task A_switch_that_does_not_answer_the_role_request_is_no_connection()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master), TimeSpan.FromMilliseconds(400));
        await peer.WaitForCloseAsync();
        Assert.Equal(HandshakeFault.NoRole, (await _failures.Reader.ReadAsync(ScriptedPeer.Deadline())).Fault);
    }

    [Fact]
    public async Task A_generation_that_cannot_be_stored_is_not_sent()
    {
        _store.IsBroken = true;
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, 2));
        Assert.Null(await peer.ReceiveBytesAsync());
        var failure = await _failures.Reader.ReadAsync(ScriptedPeer.Deadline());
        Assert.Equal((HandshakeFault.NoRole, "no role: generation id 3 could not be stored: disk full"), (failure.Fault, failure.Message));
    }

    [Fact]
    public async Task A_master_that_another_one_replaced_stops_to_write_and_does_not_take_the_switch_back()
    {
        var policy = Policy(ControllerRole.Master);
        using (var peer = await GreetAsync(policy, version: OpenFlowVersion.OpenFlow14))
        {
            await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, Unset), OpenFlowVersion.OpenFlow14);
            await AnswerAsync(peer, new RoleReply(ControllerRole.Master, 1), OpenFlowVersion.OpenFlow14);
            await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
            var told = new TaskCompletionSource<RoleState>();
            connection.RoleChanged += told.SetResult;
            await peer.SendAsync(
                new RoleStatus { Role = ControllerRole.Slave, Reason = RoleStatusReason.MasterRequest, GenerationId = 2 }, 0, OpenFlowVersion.OpenFlow14);
            var role = await told.Task.WaitAsync(ScriptedPeer.Deadline());
            Assert.Equal("another controller became its master with generation 2, ours was 1; nothing is written to it any more", role.Remark);
            await Assert.ThrowsAsync<NotMasterException>(() => connection.SendAsync(new FlowMod()));
        }

        using var again = await GreetAsync(policy);
        await AnswerAsync(again, new RoleReply(ControllerRole.Equal, 2));
        Assert.Equal(new RoleRequest(ControllerRole.Slave, 2), await AnswerAsync(again, new RoleReply(ControllerRole.Slave, 2)));
    }

    [Fact]
    public async Task In_1_3_a_refused_write_tells_that_another_one_is_master()
    {
        using var peer = await GreetAsync(Policy(ControllerRole.Master));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Equal, Unset));
        await AnswerAsync(peer, new RoleReply(ControllerRole.Master, 1));
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        var sending = connection.SendAllAsync([new FlowMod()]);
        var (_, flow) = await peer.ReceiveAsync<FlowMod>();
        var (_, barrier) = await peer.ReceiveAsync<BarrierRequest>();
        await peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.IsSlave), flow);
        await peer.SendAsync(new BarrierReply(), barrier);
        Assert.Equal(OpenFlowErrorCode.IsSlave, Assert.Single((await sending).Failures).Error.Code);
        Assert.Equal(ControllerRole.Slave, connection.Role.Role);
        await Assert.ThrowsAsync<NotMasterException>(() => connection.SendAllAsync([new FlowMod()]));
    }

    [Theory]
    [InlineData(ControllerRole.Slave)]
    [InlineData(ControllerRole.Equal)]
    public async Task Slave_and_equal_are_taken_as_configured(ControllerRole role)
    {
        using var peer = await GreetAsync(Policy(role));
        var (request, transaction) = await peer.ReceiveAsync<RoleRequest>();
        if (request.Role == ControllerRole.NoChange)
        {
            await peer.SendAsync(new RoleReply(ControllerRole.Equal, 12), transaction);
            (request, transaction) = await peer.ReceiveAsync<RoleRequest>();
            Assert.Equal(12UL, request.GenerationId);
        }

        Assert.Equal(role, request.Role);
        await peer.SendAsync(new RoleReply(role, 12), transaction);
        await using var connection = await _listener!.AcceptAsync(ScriptedPeer.Deadline());
        Assert.Equal(role, connection.Role.Role);
        Assert.Null(_store.Last(Datapath));
    }

    [Theory]
    [InlineData(2, 1, true)]
    [InlineData(1, 1, false)]
    [InlineData(1, 2, false)]
    [InlineData(0, ulong.MaxValue - 1, true)]
    [InlineData(ulong.MaxValue - 1, 0, false)]
    public void Generations_wrap_around(ulong generation, ulong than, bool isLater) => Assert.Equal(isLater, RoleClaim.IsLater(generation, than));

    private RolePolicy Policy(ControllerRole role, bool takesOver = true) => new(role, _store) { TakesOver = takesOver };

    private async Task<ScriptedPeer> GreetAsync(RolePolicy policy, TimeSpan? timeout = null, OpenFlowVersion version = OpenFlowVersion.OpenFlow13)
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        _listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { Role = policy, HandshakeTimeout = timeout ?? TimeSpan.FromSeconds(30) },
            HandshakeFailed = (_, failure) => _failures.Writer.TryWrite(failure),
        });
        var peer = await ScriptedPeer.ConnectAsync(_listener.EndPoint);
        await peer.GreetAsync(version, Datapath);
        return peer;
    }

    private static async Task<RoleRequest> AnswerAsync(ScriptedPeer peer, RoleReply reply, OpenFlowVersion version = OpenFlowVersion.OpenFlow13)
    {
        var (request, transaction) = await peer.ReceiveAsync<RoleRequest>();
        await peer.SendAsync(reply, transaction, version);
        return request;
    }

    private sealed class KeptGenerations : IGenerationStore
    {
        private readonly ConcurrentDictionary<ulong, ulong> _last = new();

        public bool IsBroken { get; set; }

        public ulong? Last(ulong datapathId) => _last.TryGetValue(datapathId, out var last) ? last : null;

        public void Put(ulong datapathId, ulong generationId) => _last[datapathId] = IsBroken ? throw new IOException("disk full") : generationId;
    }
}
