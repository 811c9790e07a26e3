using System.Net;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.Connections;

/// <summary>A greeted connection and the scripted switch at its other end.</summary>
internal sealed class SwitchPair : IAsyncDisposable
{
    private readonly OpenFlowListener _listener;

    private SwitchPair(OpenFlowListener listener, ScriptedPeer peer, OpenFlowConnection connection)
    {
        _listener = listener;
        Peer = peer;
        Connection = connection;
    }

    public ScriptedPeer Peer { get; }

    public OpenFlowConnection Connection { get; }

    public static async Task<SwitchPair> OpenAsync(Func<OpenFlowConnectionOptions, OpenFlowConnectionOptions>? adapt = null)
    {
        // Long intervals, so that only tests about them see one, also on a busy machine.
        var options = new OpenFlowConnectionOptions
        {
            HandshakeTimeout = TimeSpan.FromMinutes(1),
            EchoInterval = TimeSpan.FromMinutes(5),
            EchoTimeout = TimeSpan.FromMinutes(5),
        };
        var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions { Connection = adapt?.Invoke(options) ?? options });
        var peer = await ScriptedPeer.ConnectAsync(listener.EndPoint);
        await peer.GreetAsync();
        return new SwitchPair(listener, peer, await listener.AcceptAsync(ScriptedPeer.Deadline()));
    }

    /// <summary>The connection still answers, and has handled everything that the switch sent before.</summary>
    public async Task AssertAliveAsync()
    {
        var request = Connection.RequestAsync(new BarrierRequest());
        var (_, transaction) = await Peer.ReceiveAsync<BarrierRequest>();
        await Peer.SendAsync(new BarrierReply(), transaction);
        await request;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _listener.DisposeAsync();
        Peer.Dispose();
    }
}
