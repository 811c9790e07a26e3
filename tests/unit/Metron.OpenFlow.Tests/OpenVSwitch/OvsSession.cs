using System.Net;
using Metron.OpenFlow.Tests.Negotiation;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>A bridge of its own and our connection to it.</summary>
internal sealed class OvsSession : IAsyncDisposable
{
    private readonly OvsDaemons _ovs;

    private OvsSession(OvsDaemons ovs, string bridge, OpenFlowListener listener, OpenFlowConnection connection)
    {
        _ovs = ovs;
        Bridge = bridge;
        Listener = listener;
        Connection = connection;
    }

    public string Bridge { get; }

    public OpenFlowListener Listener { get; }

    public OpenFlowConnection Connection { get; }

    public static Task<OvsSession> OpenAsync(OvsDaemons ovs, OpenFlowVersion version, OpenFlowConnectionOptions? options = null) =>
        OpenAsync(
            ovs,
            $"OpenFlow{version.ToDotted().Replace(".", "", StringComparison.Ordinal)}",
            (options ?? new OpenFlowConnectionOptions()) with { Versions = VersionSet.Of(version) });

    public static async Task<OvsSession> OpenAsync(OvsDaemons ovs, string protocols, OpenFlowConnectionOptions? options = null)
    {
        var listener = OpenFlowListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new OpenFlowListenerOptions { Connection = (options ?? new OpenFlowConnectionOptions()) with { HandshakeTimeout = TimeSpan.FromMinutes(1) } });
        var bridge = ovs.AddBridge(protocols);
        try
        {
            ovs.SetController(bridge, listener.EndPoint);
            return new OvsSession(ovs, bridge, listener, await listener.AcceptAsync(ScriptedPeer.Deadline()));
        }
        catch
        {
            ovs.Configure("del-br", bridge);
            await listener.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Listener.DisposeAsync();
        _ovs.Configure("del-br", Bridge);
    }
}
