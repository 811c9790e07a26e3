using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.Controller.Metrics;
using Metron.Controller.Store;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>
/// Takes switches that connect and connects to those that wait; tells the <see cref="SwitchDirectory"/> who is there. Programs nothing: that
/// is the reconciler's work alone.
/// </summary>
internal sealed class SwitchSessions(
    ControllerConfiguration configuration,
    SwitchDirectory directory,
    StrayPeers strays,
    SwitchStore store,
    OpenFlowMeters meters,
    TimeProvider time,
    ILogger<SwitchSessions> log)
    : BackgroundService
{
    /// <summary>Sessions with switches that are not configured and kept open; a switch that is turned away would connect again and again.</summary>
    private const int MostUnknown = 64;

    private const int UnknownBytesPerSecond = 65_536;
    private const int PacketInQueueLimit = 16;
    private const long QueueByteLimit = 4 << 20;

    private static readonly TimeSpan _patienceWithDuplicates = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, bool> _sessions = new();
    private readonly SwitchSessionSettings _settings = configuration.OpenFlowSessions;
    private readonly PeerMemory _memory = new(store, time, log);
    private readonly RolePolicy _roles = new(
        datapathId => directory.FindConfigured(datapathId) is { } known ? known.Role ?? configuration.OpenFlowSessions.Role : ControllerRole.NoChange, store)
    {
        TakesOver = configuration.OpenFlowSessions.TakesOver,
    };

    private OpenFlowTls? _tls;
    private int _unknown;
    private readonly List<OpenFlowListener> _listeners = [];

    /// <summary>Where switches can connect; null when nowhere. Known once the service has started.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Listens before the host reports that it has started, so that an address in use ends the program.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _tls = LoadTls();
        meters.Quarantined = () => [.. _listeners.SelectMany(listener => listener.Quarantined)];
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
            endPoint,
            new OpenFlowListenerOptions
            {
                Connection = ConnectionOptions(),
                Limits = _settings.Limits,
                Quarantine = _settings.Quarantine,
                Memory = _memory,
                Tls = _tls,
                HandshakeFailed = OnHandshakeFailed,
                PeerQuarantined = OnQuarantined,
            },
            log);
        _listeners.Add(listener);
        EndPoint ??= listener.EndPoint;
    }

    private OpenFlowTls? LoadTls()
    {
        try
        {
            return configuration.OpenFlowTls is { } files ? new OpenFlowTls(new OpenFlowTlsFiles(files.Certificate, files.Key, files.ClientAuthority!), log, time) : null;
        }
        catch (OpenFlowTlsException error)
        {
            throw new StartupException($"openFlowTls: {error.Message}", error);
        }
    }

    private OpenFlowConnectionOptions ConnectionOptions() => new()
    {
        Versions = _settings.Versions,
        HandshakeTimeout = _settings.Handshake,
        EchoInterval = _settings.Echo,
        EchoTimeout = _settings.Echo,
        RequestTimeout = configuration.Timings.AnswerTimeout,
        Role = _roles,
        PacketInQueueLimit = PacketInQueueLimit,
        QueueByteLimit = QueueByteLimit,
        TimeProvider = time,
    };

    private async Task AcceptAsync(OpenFlowListener listener, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(stopping);
                var session = RunSessionAsync(connection, null, listener, stopping);
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
            Memory = _memory,
            Tls = known.ConnectsByTls ? _tls : null,
            ExpectedDatapathId = known.DatapathId,
            ConnectFailed = error => directory.Remark(known.Name, $"connecting to {address} fails: {error.Message}"),
        });
        try
        {
            await foreach (var connection in connector.ConnectionsAsync(stopping))
            {
                await RunSessionAsync(connection, known, null, stopping);
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
        strays.Note(peer, error.Message);
        if (peer is IPEndPoint { Address: var address })
        {
            RemarkByAddress(address, $"no session with its address {address}: {error.Message}");
        }
    }

    private void OnQuarantined(QuarantinedPeer quarantined)
    {
        SwitchLog.Quarantined(log, quarantined);
        strays.Quarantine(quarantined);
        RemarkByAddress(quarantined.Address, $"its address {quarantined.Address} was put in quarantine: {quarantined.Reason}");
    }

    /// <summary>The peer never said who it is: its address is the only hint at which of our switches it may be.</summary>
    private void RemarkByAddress(IPAddress address, string remark)
    {
        var text = address.ToString();
        foreach (var state in directory.Switches.Values.Where(state => WithoutPort(state.Identity.Address) == text))
        {
            directory.Remark(state.Configuration.Name, remark);
        }
    }

    private async Task RunSessionAsync(OpenFlowConnection connection, ConfiguredSwitch? expected, OpenFlowListener? listener, CancellationToken stopping)
    {
        await using var closing = connection;
        using var stop = stopping.Register(() => _ = connection.DisposeAsync().AsTask());
        var address = connection.Peer?.ToString() ?? string.Empty;
        if (directory.FindConfigured(connection.DatapathId) is not { } known)
        {
            SwitchLog.Unknown(log, $"{connection.DatapathId:x16}", address);
            strays.Note(connection.Peer, $"no switch is configured with its datapath id {connection.DatapathId:x16}; it is left alone");
            if (expected is not null)
            {
                directory.Remark(expected.Name, $"{address} has datapath id {connection.DatapathId:x16}, not {expected.DatapathId:x16} as configured; it is left alone");
            }

            await LeaveAloneAsync(connection, listener);
            return;
        }

        if (FindWrongCertificate(known, connection) is { } wrong)
        {
            directory.Remark(known.Name, wrong);
            strays.Note(connection.Peer, wrong);
            listener?.Report(connection.Peer, wrong);
            return;
        }

        var link = new SwitchConnection(connection, known.Profile, remark => directory.Remark(known.Name, remark));
        connection.RoleChanged += role => OnRoleChanged(known, link, role);
        connection.Noticed += remark => directory.Remark(known.Name, remark);
        try
        {
            var (identity, ports) = await SwitchSetup.RunAsync(connection, remark => directory.Remark(known.Name, remark));
            link.Know(identity);
            if (await TakeAsync(known, link, identity, ports, listener))
            {
                strays.Forget(connection.Peer);
                directory.SetRole(known.Name, link, connection.Role.Role);
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

    /// <summary>Keeps the session of a switch that is not configured, and throws away what it says.</summary>
    private async Task LeaveAloneAsync(OpenFlowConnection connection, OpenFlowListener? listener)
    {
        try
        {
            if (Interlocked.Increment(ref _unknown) > MostUnknown)
            {
                listener?.Report(connection.Peer, $"one more switch that is not configured (datapath id {connection.DatapathId:x16}); {MostUnknown} are connected");
                return;
            }

            connection.LimitReceiving(UnknownBytesPerSecond);
            await foreach (var _ in connection.Events.ReadAllAsync())
            {
                // Left alone.
            }
        }
        finally
        {
            Interlocked.Decrement(ref _unknown);
        }
    }

    private static string? FindWrongCertificate(ConfiguredSwitch known, OpenFlowConnection connection)
    {
        if (known.Certificate is not { } pinned || connection.Certificate?.Is(pinned) == true)
        {
            return null;
        }

        var presented = connection.Certificate is { } certificate ? $"presents the certificate of \"{certificate}\"" : "presents no certificate";
        return $"{WithoutPort(connection.Peer?.ToString() ?? string.Empty)} {presented}, not that of \"{pinned}\" as configured; it was turned away";
    }

    private void OnRoleChanged(ConfiguredSwitch known, SwitchConnection link, RoleState role)
    {
        if (role.Remark is { } remark)
        {
            directory.Remark(known.Name, remark);
        }

        directory.SetRole(known.Name, link, role.Role);
    }

    /// <summary>
    /// Makes a connection the one of its switch. An older connection goes on when it still answers, and ends when it does not, or when the newer
    /// one is to replace it.
    /// </summary>
    private async Task<bool> TakeAsync(
        ConfiguredSwitch known, SwitchConnection link, SwitchIdentity identity, IReadOnlyList<SwitchPortState> ports, OpenFlowListener? listener)
    {
        while (!directory.TryConnect(known.Name, link, identity, ports))
        {
            var before = directory.Switches[known.Name];
            if (before.Connection is not SwitchConnection present)
            {
                continue;
            }

            var answers = await present.IsAliveAsync(_patienceWithDuplicates, time);
            var (older, newer) = (WithoutPort(before.Identity.Address), WithoutPort(identity.Address));
            var duplicate = $"duplicate datapath id {known.DatapathId:x16}: {older} is connected with it and answers; ";
            if (answers && !_settings.ReplacesDuplicates)
            {
                duplicate += $"{newer} was turned away";
                directory.Remark(known.Name, duplicate);
                strays.Note(link.Peer, duplicate);
                if (older != newer)
                {
                    // The switch itself may come anew from its address before its old connection has died.
                    listener?.Report(link.Peer, duplicate);
                }

                return false;
            }

            if (answers)
            {
                directory.Remark(known.Name, duplicate + $"{newer} has replaced it, as configured");
            }

            directory.Disconnect(known.Name, present, answers ? $"replaced by {newer}" : "it connected anew");
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
