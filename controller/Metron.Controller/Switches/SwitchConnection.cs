using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>A switch over its OpenFlow connection.</summary>
/// <param name="connection">The connection; owned by the session.</param>
internal sealed class SwitchConnection(OpenFlowConnection connection) : ISwitchConnection
{
    /// <summary>Messages between two barriers: a slow switch says in time that it is still at work.</summary>
    private const int MessagesPerBarrier = 5000;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CountedRule>> ReadRulesAsync(FlowFilter filter, CancellationToken cancellation)
    {
        try
        {
            var flows = await connection.ReadFlowsAsync(filter, cancellation);
            return [.. flows.Select(flow => new CountedRule(
                new InstalledRule(flow.Table, flow.Priority, flow.Match, flow.Cookie, flow.Instructions), flow.PacketCount, flow.ByteCount))];
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"reading its rules failed: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedRule>> ApplyAsync(IReadOnlyList<FlowMod> messages, CancellationToken cancellation)
    {
        var refused = new List<RefusedRule>();
        try
        {
            foreach (var part in messages.Chunk(MessagesPerBarrier))
            {
                var result = await connection.SendAllAsync(part, cancellation);
                refused.AddRange(result.Failures.Select(failure => new RefusedRule((FlowMod)failure.Message, failure.Error.Code.Name)));
            }
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"changing its rules failed: {error.Message}", error);
        }

        return refused;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedRule>> ApplyAtOnceAsync(IReadOnlyList<FlowMod> messages, CancellationToken cancellation)
    {
        try
        {
            var result = await connection.ApplyBundleAsync(messages, cancellation: cancellation);
            var refused = result.Failures.Select(failure => new RefusedRule((FlowMod)failure.Message, failure.Error.Code.Name)).ToList();
            if (refused.Count == 0 && result.BundleError is { } error)
            {
                refused.Add(new RefusedRule(messages[0], $"{error.Code.Name} for a bundle of {messages.Count} messages, beginning with the one named here:"));
            }

            return refused;
        }
        catch (Exception error) when (IsOfTheSwitch(error) || error is BundlesUnsupportedException)
        {
            throw new SwitchException($"changing its rules in one bundle failed: {error.Message}", error);
        }
    }

    /// <summary>Whether the switch still answers.</summary>
    public async Task<bool> IsAliveAsync(TimeSpan patience, TimeProvider time)
    {
        try
        {
            await connection.RequestAsync(new EchoRequest(default)).WaitAsync(patience, time);
            return true;
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            return false;
        }
    }

    /// <summary>Address of the switch.</summary>
    public System.Net.EndPoint? Peer => connection.Peer;

    /// <summary>Ends the connection.</summary>
    public ValueTask CloseAsync() => connection.DisposeAsync();

    /// <summary>Whether an exception says something about the switch, not about this program.</summary>
    internal static bool IsOfTheSwitch(Exception error) => error
        is ConnectionClosedException or OpenFlowErrorException or UnexpectedReplyException or OpenFlowDecodeException or OpenFlowEncodeException
        or TimeoutException or IOException or ObjectDisposedException or NotMasterException;
}
