using System.Net;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>Many peers that mean harm beside a good switch.</summary>
[Collection(AttackCollection.Name)]
public sealed class AttackTests
{
    [Fact]
    public async Task A_good_switch_is_served_among_200_attackers()
    {
        var failures = 0;
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions
        {
            Connection = new OpenFlowConnectionOptions { HandshakeTimeout = TimeSpan.FromSeconds(1), MultipartPartLimit = 100, MultipartByteLimit = 1 << 20 },
            HandshakeFailed = (_, _) => Interlocked.Increment(ref failures),
        });
        using var stop = new CancellationTokenSource();
        var good = new TaskCompletionSource<OpenFlowConnection>();
        var endless = new TaskCompletionSource();
        var serving = ServeAsync(listener, good, endless, stop.Token);
        await using (var attackers = Attackers.Start(listener.EndPoint, 200))
        {
            await using var honest = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 1, LocalAddress = IPAddress.Parse("127.0.0.9") });
            honest.ConnectTo(listener.EndPoint);
            await using var connection = await good.Task.WaitAsync(Deadline.Token);
            for (ushort i = 1; i <= 50; i++)
            {
                Assert.True((await connection.SendAllAsync([new FlowMod { Priority = i }], Deadline.Token)).Succeeded);
            }

            Assert.Equal(50, honest.RuleCount);
            await endless.Task.WaitAsync(Deadline.Token);
            Assert.True(attackers.Connections >= 150, $"{attackers.Connections} connections");
            Assert.False(connection.Closed.IsCompleted);
        }

        await stop.CancelAsync();
        await serving;
        Assert.True(failures > 0);
    }

    /// <summary>What a controller does with each switch: it reads its rules.</summary>
    private static async Task ServeAsync(
        OpenFlowListener listener, TaskCompletionSource<OpenFlowConnection> good, TaskCompletionSource endless, CancellationToken cancellation)
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(cancellation);
                if (connection.DatapathId == 1)
                {
                    good.TrySetResult(connection);
                }
                else
                {
                    sessions.Add(ReadAsync(connection, endless));
                }
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private static async Task ReadAsync(OpenFlowConnection connection, TaskCompletionSource endless)
    {
        await using var closing = connection;
        try
        {
            await connection.ReadFlowsAsync(FlowFilter.All);
        }
        catch (UnexpectedReplyException error) when (error.Message.EndsWith("(endless MORE flag?)", StringComparison.Ordinal))
        {
            endless.TrySetResult();
        }
        catch (Exception error) when (error is IOException or TimeoutException or ObjectDisposedException)
        {
            // It was disconnected meanwhile.
        }
    }
}
