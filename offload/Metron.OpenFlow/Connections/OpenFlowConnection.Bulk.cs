using System.Buffers;
using System.Runtime.CompilerServices;

namespace Metron.OpenFlow;

/// <content>What is too much for one message, in either direction.</content>
public sealed partial class OpenFlowConnection
{
    private const int UnreadByteLimit = 4 << 20;

    private readonly ReadingBrake _brake = new();

    internal OpenFlowConnectionOptions Options => _options;

    /// <summary>Rules and their counters, one after the other as they arrive: memory is bounded whatever their number.</summary>
    /// <remarks>
    /// A caller that is slower than the switch slows it down: what is unread is limited, and this connection reads no more until some of it was
    /// taken. A caller that leaves too much unread for <see cref="OpenFlowConnectionOptions.EchoTimeout"/> loses the reading, not the connection.
    /// </remarks>
    /// <param name="filter">Which rules; null for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async IAsyncEnumerable<FlowStats> StreamFlowsAsync(
        FlowFilter? filter = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new FlowStatsRequest(filter ?? FlowFilter.All);
        var parts = new StreamedReplies<FlowStatsReply>(request, _options.MultipartPartLimit, UnreadByteLimit, _brake);
        var transaction = _pending.Reserve(1);
        _pending.Add(transaction, parts);
        try
        {
            await WriteAsync(request, transaction, cancellation).ConfigureAwait(false);
            while (await WaitAsync(parts.WaitAsync(), request, cancellation).ConfigureAwait(false))
            {
                while (parts.TryTake(out var part))
                {
                    foreach (var flow in part.Flows)
                    {
                        yield return flow;
                    }
                }
            }
        }
        finally
        {
            _pending.Remove(transaction);
            parts.Abandon();
        }
    }

    /// <summary>Sends consecutive rules, with a barrier behind them or without.</summary>
    /// <returns>What waits for the barrier, and gathers errors until it is disposed.</returns>
    internal async Task<SectionOnTheWay> SendSectionAsync(IReadOnlyList<FlowMod> rules, bool withBarrier, CancellationToken cancellation)
    {
        var barrierRequest = new BarrierRequest();
        var first = _pending.Reserve(rules.Count + 1);
        IEnumerable<OpenFlowMessage> messages = withBarrier ? [.. rules, barrierRequest] : rules;
        var barrier = withBarrier ? new SingleReply<BarrierReply>(barrierRequest) : null;
        var way = new SectionOnTheWay(_pending, new ErrorAttribution(rules, first), first + (uint)rules.Count, barrier);
        try
        {
            await WriteEachAsync(messages, first, cancellation).ConfigureAwait(false);
            return way;
        }
        catch
        {
            way.Dispose();
            throw;
        }
    }

    internal Task WaitForBarrierAsync(Task<BarrierReply> barrier, CancellationToken cancellation) =>
        WaitAsync(barrier, new BarrierRequest(), cancellation);

    /// <summary>Encodes and sends piece by piece, so that the switch works while the rest is being encoded.</summary>
    private async Task WriteEachAsync(IEnumerable<OpenFlowMessage> messages, uint firstTransaction, CancellationToken cancellation)
    {
        var bytes = new ArrayBufferWriter<byte>(FlushThreshold + OpenFlowCodec.MaximumLength);
        var transaction = firstTransaction;
        foreach (var message in messages)
        {
            RequireRoleFor(message);
            OpenFlowCodec.Encode(message, Version, transaction++, bytes);
            if (bytes.WrittenCount >= FlushThreshold)
            {
                await WriteAsync(bytes, cancellation).ConfigureAwait(false);
                bytes.ResetWrittenCount();
            }
        }

        if (bytes.WrittenCount > 0)
        {
            await WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
    }
}

/// <summary>Rules that were sent: gathers errors, and waits for the barrier behind them. Disposing forgets them.</summary>
internal sealed class SectionOnTheWay : IDisposable
{
    private readonly PendingReplies _pending;
    private readonly ErrorAttribution _attribution;
    private readonly uint _barrierTransaction;

    public SectionOnTheWay(PendingReplies pending, ErrorAttribution attribution, uint barrierTransaction, SingleReply<BarrierReply>? barrier)
    {
        (_pending, _attribution, _barrierTransaction, Barrier) = (pending, attribution, barrierTransaction, barrier?.Task);
        pending.Add(attribution);
        if (barrier is not null)
        {
            pending.Add(barrierTransaction, barrier);
        }
    }

    /// <summary>Ends with the barrier's reply; null when there is no barrier.</summary>
    public Task<BarrierReply>? Barrier { get; }

    /// <summary>What was refused so far.</summary>
    public EquatableArray<MessageFailure> Failures => _attribution.Failures;

    public void Dispose()
    {
        _pending.Remove(_attribution);
        if (Barrier is not null)
        {
            _pending.Remove(_barrierTransaction);
        }
    }
}
