using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>
/// Takes switches that connect and connects to those that wait; tells the <see cref="SwitchDirectory"/> who is there. Programs nothing: that
/// is the reconciler's work alone.
/// </summary>
internal sealed class SwitchSessions(
    ControllerConfiguration configuration, SwitchDirectory directory, TimeProvider time, ILogger<SwitchSessions> log) : BackgroundService
{
    private static readonly TimeSpan _patienceWithDuplicates = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, bool> _sessions = new();
    private readonly List<OpenFlowListener> _listeners = [];

    /// <summary>Where switches can connect; null when nowhere. Known once the service has started.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Listens before the host reports that it has started, so that an address in use ends the program.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration.OpenFlow is { } address)
        {
            try
            {
                Listen(address);
            }
            catch (SocketException error)
            {
                throw new StartupException(
                    $"switches cannot connect: listening on openFlow address {address} failed: {error.Message}; free it or set another", error);
            }

            SwitchLog.Listening(log, address.Port == 0 ? EndPoint!.ToString() : address.ToString());
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var work = configuration.Switches.Where(known => known.Connect is not null).Select(known => ConnectAsync(known, stoppingToken))
            .Concat(_listeners.Select(listener => AcceptAsync(listener, stoppingToken)));
        await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_sessions.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }

    private void Listen(ListenAddress address)
    {
        if (address.Host != "*")
        {
            Listen(new IPEndPoint(address.ToIPAddress()!, address.Port));
            return;
        }

        // A listener serves one IP version.
        Listen(new IPEndPoint(IPAddress.Any, address.Port));
        if (Socket.OSSupportsIPv6)
        {
            Listen(new IPEndPoint(IPAddress.IPv6Any, EndPoint!.Port));
        }
    }

    private void Listen(IPEndPoint endPoint)
    {
        var listener = OpenFlowListener.Start(
            endPoint, new OpenFlowListenerOptions { Connection = ConnectionOptions(), HandshakeFailed = OnHandshakeFailed });
        _listeners.Add(listener);
        EndPoint ??= listener.EndPoint;
    }

    private OpenFlowConnectionOptions ConnectionOptions() => new() { RequestTimeout = configuration.Timings.AnswerTimeout, TimeProvider = time };

    private async Task AcceptAsync(OpenFlowListener listener, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(stopping);
                var session = RunSessionAsync(connection, null, stopping);
                _sessions[session] = true;
                _ = session.ContinueWith(ended => _sessions.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            // The controller stops.
        }
    }

    private async Task ConnectAsync(ConfiguredSwitch known, CancellationToken stopping)
    {
        var address = known.Connect!;
        EndPoint endPoint = IPAddress.TryParse(address.Host, out var ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.Host!, address.Port);
        var connector = new OpenFlowConnector(endPoint, new OpenFlowConnectorOptions
        {
            Connection = ConnectionOptions(),
            ConnectFailed = error => directory.Remark(known.Name, $"connecting to {address} fails: {error.Message}"),
        });
        try
        {
            await foreach (var connection in connector.ConnectionsAsync(stopping))
            {
                await RunSessionAsync(connection, known, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The controller stops.
        }
    }

    private void OnHandshakeFailed(EndPoint? peer, HandshakeException error)
    {
        SwitchLog.HandshakeFailed(log, peer?.ToString() ?? "unknown", error.Message);

        // The peer never said who it is: its address is the only hint at which of our switches it may be.
        if (peer is IPEndPoint { Address: var address })
        {
            foreach (var state in directory.Switches.Values.Where(state => state.Identity.Address.StartsWith($"{address}:", StringComparison.Ordinal)))
            {
                directory.Remark(state.Configuration.Name, $"no session with its address {address}: {error.Message}");
            }
        }
    }

    private async Task RunSessionAsync(OpenFlowConnection connection, ConfiguredSwitch? expected, CancellationToken stopping)
    {
        await using var closing = connection;
        using var stop = stopping.Register(() => _ = connection.DisposeAsync().AsTask());
        var address = connection.Peer?.ToString() ?? string.Empty;
        if (directory.FindConfigured(connection.DatapathId) is not { } known)
        {
            SwitchLog.Unknown(log, $"{connection.DatapathId:x16}", address);
            if (expected is not null)
            {
                directory.Remark(expected.Name, $"{address} has datapath id {connection.DatapathId:x16}, not {expected.DatapathId:x16} as configured; it is left alone");
            }

            // Kept open: a switch that is turned away would connect again and again.
            await connection.Closed;
            return;
        }

        var link = new SwitchConnection(connection);
        try
        {
            var (identity, ports) = await SwitchSetup.RunAsync(connection, remark => directory.Remark(known.Name, remark));
            if (await TakeAsync(known, link, identity, ports))
            {
                await FollowAsync(known, connection);
            }
        }
        catch (Exception error) when (SwitchConnection.IsOfTheSwitch(error))
        {
            directory.Remark(known.Name, $"setting up its session failed: {error.Message}");
        }
        catch (Exception error)
        {
            // One switch must not end the sessions of the others.
            SwitchLog.Unexpected(log, address, error);
        }
        finally
        {
            var reason = stopping.IsCancellationRequested ? "the controller stops" : connection.Closed.IsCompleted ? (await connection.Closed).Message : "session over";
            directory.Disconnect(known.Name, link, reason);
        }
    }

    /// <summary>Makes a connection the one of its switch. An older connection goes on when it still answers, and ends when it does not.</summary>
    private async Task<bool> TakeAsync(ConfiguredSwitch known, SwitchConnection link, SwitchIdentity identity, IReadOnlyList<SwitchPortState> ports)
    {
        while (!directory.TryConnect(known.Name, link, identity, ports))
        {
            if (directory.Switches[known.Name].Connection is not SwitchConnection present)
            {
                continue;
            }

            if (await present.IsAliveAsync(_patienceWithDuplicates, time))
            {
                directory.Remark(known.Name, $"a second switch with its datapath id, at {WithoutPort(identity.Address)}, was turned away");
                return false;
            }

            directory.Disconnect(known.Name, present, "it connected anew");
            await present.CloseAsync();
        }

        return true;
    }

    /// <summary>The port is another one at each attempt; the remark is to be the same.</summary>
    private static string WithoutPort(string address) => IPEndPoint.TryParse(address, out var endPoint) ? endPoint.Address.ToString() : address;

    /// <summary>Takes what the switch says by itself, until the connection ends.</summary>
    private async Task FollowAsync(ConfiguredSwitch known, OpenFlowConnection connection)
    {
        await foreach (var frame in connection.Events.ReadAllAsync())
        {
            switch (frame.Message)
            {
                case PortStatus { Reason: PortStatusReason.Delete } status:
                    directory.SetPort(known.Name, status.Port.Number, null);
                    break;
                case PortStatus status:
                    directory.SetPort(known.Name, status.Port.Number, SwitchSetup.Describe(status.Port));
                    break;
                case ErrorMessage error:
                    directory.Remark(known.Name, $"error that answers nothing of ours: {error.Code.Name}");
                    break;
                default:
                    // Roles, removed flows and packets say nothing that the next read of its rules does not.
                    break;
            }
        }
    }
}
