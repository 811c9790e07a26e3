using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>A connection to the switch under test, and what has been put into the switch over it.</summary>
/// <remarks>
/// Nothing that the switch says is taken for granted: errors are found by transaction number, whenever they come, and what took effect is read.
/// Not for concurrent use.
/// </remarks>
internal sealed class ProbeSession(OpenFlowConnection connection, ProbeOptions options, ProbeState state) : IAsyncDisposable
{
    private const int MessagesPerBarrier = 500;
    private const ushort PacketLength = 128;
    private static readonly TimeSpan ReadInterval = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<uint, ErrorMessage> _errors = [];

    /// <summary>The connection.</summary>
    public OpenFlowConnection Connection { get; } = connection;

    /// <summary>What is known of the switch, and what is in it, also after this connection.</summary>
    public ProbeState State { get; } = state;

    /// <summary>Options of the check.</summary>
    public ProbeOptions Options { get; } = options;

    /// <summary>Version of the session.</summary>
    public OpenFlowVersion Version => Connection.Version;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>
    /// Makes the switch send packets up: Open vSwitch sends none over a connection that it has accepted until it is told how much of a packet.
    /// </summary>
    public async Task AskForPacketsAsync(CancellationToken cancellation)
    {
        try
        {
            var found = await Connection.RequestAsync(new GetConfigRequest(), cancellation);
            if (found.MissSendLength < PacketLength)
            {
                State.Configuration ??= found;
                await Connection.SendAsync(new SetConfig(found.Fragments, PacketLength), cancellation);
            }
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // Then it may send packets as it is; the barrier's probe finds out.
        }
    }

    /// <summary>Sets the configuration that was there before.</summary>
    public async Task RestoreConfigurationAsync(CancellationToken cancellation)
    {
        if (State.Configuration is { } before)
        {
            await Connection.SendAsync(new SetConfig(before.Fragments, before.MissSendLength), cancellation);
            await SynchroniseAsync(cancellation);
        }
    }

    /// <summary>Sends messages in order; the answers in the same order.</summary>
    public async Task<Answer[]> SendAsync(IReadOnlyList<OpenFlowMessage> messages, CancellationToken cancellation)
    {
        CollectErrors();
        var answers = new Answer[messages.Count];
        var transactions = new uint?[messages.Count];
        for (var i = 0; i < messages.Count; i++)
        {
            State.Remember(messages[i]);
            try
            {
                transactions[i] = await Connection.SendAsync(messages[i], cancellation);
            }
            catch (OpenFlowEncodeException problem)
            {
                answers[i] = new Answer(null, 0, $"not in OpenFlow {Version.ToDotted()}: {problem.Message}");
            }

            if ((i + 1) % MessagesPerBarrier == 0)
            {
                await SynchroniseAsync(cancellation);
            }
        }

        await SynchroniseAsync(cancellation);
        for (var i = 0; i < messages.Count; i++)
        {
            answers[i] = transactions[i] is { } transaction ? new Answer(ErrorOf(transaction), transaction) : answers[i];
        }

        return answers;
    }

    /// <summary>Sends one message; its transaction number and the answer.</summary>
    public async Task<(uint Transaction, ErrorMessage? Error)> SendOneAsync(OpenFlowMessage message, CancellationToken cancellation)
    {
        CollectErrors();
        var transaction = await Connection.SendAsync(message, cancellation);
        await SynchroniseAsync(cancellation);
        return (transaction, ErrorOf(transaction));
    }

    /// <summary>Waits until the switch has worked off what was sent before, as far as it says so.</summary>
    public async Task SynchroniseAsync(CancellationToken cancellation)
    {
        if (State.AnswersBarriers)
        {
            try
            {
                await Connection.RequestAsync(new BarrierRequest(), cancellation);
                CollectErrors();
                return;
            }
            catch (Exception error) when (!State.KnowsBarriers && error is (OpenFlowErrorException or TimeoutException))
            {
                State.BarrierProblem = error is TimeoutException ? "not answered" : error.Message;
            }
        }

        // The next best: switches work off messages in order, so what comes behind the answer to an echo is late.
        await Connection.RequestAsync(new EchoRequest(), cancellation);
        await DelayAsync(ReadInterval, cancellation);
        CollectErrors();
    }

    /// <summary>The error that came for a transaction number so far; null for none.</summary>
    public ErrorMessage? ErrorOf(uint transaction)
    {
        CollectErrors();
        return _errors.GetValueOrDefault(transaction);
    }

    /// <summary>The rules of this check, in a table or in all.</summary>
    public async Task<IReadOnlyList<FlowStats>> ReadOursAsync(byte table, CancellationToken cancellation)
    {
        var filter = Version == OpenFlowVersion.OpenFlow10 ? new FlowFilter { Table = table } : ProbeCookie.Filter(table);
        var rules = await Connection.ReadFlowsAsync(filter, cancellation);
        State.IgnoresCookieFilter |= Version != OpenFlowVersion.OpenFlow10 && rules.Any(rule => !ProbeCookie.IsOurs(rule.Cookie));
        return [.. rules.Where(rule => ProbeCookie.IsOurs(rule.Cookie))];
    }

    /// <summary>Reads until what is read is as it should be, at most for the time that rules may take.</summary>
    /// <returns>What was read last, and how long it took.</returns>
    public async Task<(IReadOnlyList<FlowStats> Rules, TimeSpan Took)> ReadUntilAsync(
        byte table, Func<IReadOnlyList<FlowStats>, bool> condition, CancellationToken cancellation)
    {
        var start = Options.TimeProvider.GetTimestamp();
        while (true)
        {
            var rules = await ReadOursAsync(table, cancellation);
            var took = Options.TimeProvider.GetElapsedTime(start);
            if (condition(rules) || took > Options.Settle)
            {
                return (rules, took);
            }

            await DelayAsync(ReadInterval, cancellation);
        }
    }

    /// <summary>Removes every rule of this check from a table, or from all; each by its whole match, so that no other can be meant.</summary>
    /// <returns>The rules that would not go.</returns>
    public async Task<IReadOnlyList<FlowStats>> RemoveOursAsync(byte table, CancellationToken cancellation)
    {
        var rules = await ReadOursAsync(table, cancellation);
        if (rules.Count == 0 && State.BarriersAreTruthful)
        {
            return rules;
        }

        var start = Options.TimeProvider.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            // By what came back, and when that does not help, by what was sent.
            var asSent = attempt % 2 == 1;
            await SendAsync([.. rules.Select(rule => Deletion(rule, asSent))], cancellation);
            rules = await ReadOursAsync(table, cancellation);
            if (rules.Count == 0 || Options.TimeProvider.GetElapsedTime(start) > Options.Settle)
            {
                return rules;
            }

            await DelayAsync(ReadInterval, cancellation);
        }
    }

    /// <summary>The next packet that a rule or a group of this check sent up.</summary>
    /// <returns>The packet; null when none came in time.</returns>
    public async Task<PacketIn?> ReceiveAsync(Func<PacketIn, bool> wanted, TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(patience, Options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await foreach (var frame in Connection.PacketIns.ReadAllAsync(both.Token))
            {
                if (frame.Message is PacketIn packet && wanted(packet))
                {
                    return packet;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }

        throw await Connection.Closed;
    }

    /// <summary>Forgets packets that came up before.</summary>
    public void ForgetPackets()
    {
        while (Connection.PacketIns.TryRead(out _))
        {
        }
    }

    /// <summary>Waits.</summary>
    public Task DelayAsync(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, Options.TimeProvider, cancellation);

    private FlowMod Deletion(FlowStats rule, bool asSent) => new()
    {
        Command = FlowModCommand.DeleteStrict,
        Table = rule.Table,
        Priority = rule.Priority,
        Match = asSent && State.Sent.TryGetValue(rule.Cookie, out var sent) ? sent : rule.Match,
        Cookie = Version == OpenFlowVersion.OpenFlow10 ? 0 : rule.Cookie,
        CookieMask = Version == OpenFlowVersion.OpenFlow10 ? 0 : ulong.MaxValue,
    };

    private void CollectErrors()
    {
        while (Connection.Events.TryRead(out var frame))
        {
            if (frame.Message is ErrorMessage error)
            {
                _errors[frame.TransactionId] = error;
            }
        }
    }
}
