using System.Net;
using System.Net.Sockets;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Connections;

/// <summary>Active connections: this side connects to a scripted switch.</summary>
public sealed class ConnectorTests : IDisposable
{
    private readonly TcpListener _switch = new(IPAddress.Loopback, 0);

    public ConnectorTests() => _switch.Start();

    private EndPoint Address => _switch.LocalEndpoint;

    public void Dispose() => _switch.Dispose();

    [Fact]
    public async Task Connecting_greets_the_switch()
    {
        var connecting = new OpenFlowConnector(Address).ConnectAsync();
        using var peer = await ScriptedPeer.AcceptAsync(_switch);
        await peer.GreetAsync(OpenFlowVersion.OpenFlow14, 3);
        await using var connection = await connecting;
        Assert.Equal((3UL, OpenFlowVersion.OpenFlow14), (connection.DatapathId, connection.Version));
    }

    [Theory]
    [InlineData("0400000800000001", 4)]
    [InlineData("0500000800000001", 5)]
    [InlineData("", 4)]
    public async Task A_peer_that_closes_on_the_bitmap_is_tried_again_with_a_bare_HELLO(string said, int bareVersion)
    {
        var log = new CollectedLog();
        var connecting = new OpenFlowConnector(Address, logger: log).ConnectAsync();
        using (var first = await ScriptedPeer.AcceptAsync(_switch))
        {
            Assert.Equal(16, (await first.ReceiveBytesAsync())!.Length);
            await first.SendAsync(Convert.FromHexString(said));
        }

        using var second = await ScriptedPeer.AcceptAsync(_switch);
        var bare = await second.ReceiveBytesAsync();
        Assert.Equal((8, bareVersion), (bare!.Length, bare[0]));
        await second.SendAsync(Convert.FromHexString("0400000800000001"));
        await second.AnswerFeaturesAsync(OpenFlowVersion.OpenFlow13);
        await using var connection = await connecting;
        Assert.Equal(OpenFlowVersion.OpenFlow13, connection.Version);
        Assert.Contains(log.Lines, line => line.Contains("rejected HELLO elements (1.3.0-only firmware?); retrying bare", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lost_connection_is_made_again()
    {
        using var stop = new CancellationTokenSource();
        var datapaths = new List<ulong>();
        var connector = new OpenFlowConnector(Address, Fast());
        var running = Task.Run(async () =>
        {
            await foreach (var connection in connector.ConnectionsAsync(stop.Token))
            {
                datapaths.Add(connection.DatapathId);
            }
        });
        for (ulong datapath = 1; datapath <= 3; datapath++)
        {
            using var peer = await ScriptedPeer.AcceptAsync(_switch);
            await peer.GreetAsync(datapathId: datapath);
        }

        using var last = await ScriptedPeer.AcceptAsync(_switch);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal([1UL, 2UL, 3UL], datapaths);
    }

    [Fact]
    public async Task Failed_attempts_are_repeated_until_the_switch_is_there()
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        var failedTwice = new TaskCompletionSource();
        var options = Fast() with
        {
            ConnectFailed = failure =>
            {
                failures.Enqueue(failure);
                if (failures.Count == 2)
                {
                    failedTwice.TrySetResult();
                }
            },
        };
        var address = (IPEndPoint)Address;
        _switch.Stop();
        var connections = new OpenFlowConnector(address, options).ConnectionsAsync(ScriptedPeer.Deadline()).GetAsyncEnumerator();
        var connecting = connections.MoveNextAsync();
        await failedTwice.Task.WaitAsync(ScriptedPeer.Deadline());
        using var laterSwitch = new TcpListener(address);
        laterSwitch.Start();
        using var peer = await ScriptedPeer.AcceptAsync(laterSwitch);
        await peer.GreetAsync(datapathId: 8);
        Assert.True(await connecting);
        Assert.Equal(8UL, connections.Current.DatapathId);
        Assert.All(failures, failure => Assert.IsType<SocketException>(failure));
        await connections.DisposeAsync();
        await peer.WaitForCloseAsync();
    }

    private static OpenFlowConnectorOptions Fast() => new()
    {
        FirstDelay = TimeSpan.FromMilliseconds(10),
        LongestDelay = TimeSpan.FromMilliseconds(50),
    };
}
