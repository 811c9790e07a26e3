using System.Net;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch.Tests;

/// <summary>An emulated switch and the library's connection to it.</summary>
internal sealed class SwitchAndLibrary : IAsyncDisposable
{
    private readonly OpenFlowListener _listener;

    private SwitchAndLibrary(OpenFlowListener listener, EmulatedSwitch emulated, OpenFlowConnection connection)
    {
        _listener = listener;
        Switch = emulated;
        Connection = connection;
    }

    public EmulatedSwitch Switch { get; }

    public OpenFlowConnection Connection { get; }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public static async Task<SwitchAndLibrary> OpenAsync(
        EmulatedSwitchOptions? options = null, Func<OpenFlowConnectionOptions, OpenFlowConnectionOptions>? adapt = null)
    {
        var connectionOptions = new OpenFlowConnectionOptions { HandshakeTimeout = TimeSpan.FromMinutes(1), EchoInterval = TimeSpan.FromMinutes(5) };
        var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new OpenFlowListenerOptions { Connection = adapt?.Invoke(connectionOptions) ?? connectionOptions });
        var emulated = new EmulatedSwitch(options);
        emulated.ConnectTo(listener.EndPoint);
        return new SwitchAndLibrary(listener, emulated, await listener.AcceptAsync(Deadline.Token));
    }

    /// <summary>Another connection of the same switch, as to another controller.</summary>
    public async Task<OpenFlowConnection> ConnectAgainAsync()
    {
        Switch.ConnectTo(_listener.EndPoint, reconnect: false);
        return await _listener.AcceptAsync(Deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _listener.DisposeAsync();
        await Switch.DisposeAsync();
    }
}
