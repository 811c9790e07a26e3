using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.OpenFlow;

/// <summary>Waits for switches to connect (OpenFlow's usual direction) and greets them.</summary>
/// <remarks>
/// Peers are greeted concurrently, each by a task of its own, so a slow one does not hold up the others. A peer that fails gets another
/// HELLO when it connects again (<see cref="HelloRung"/>), and is kept out for a while when it fails on. Connections above the limits are closed
/// before anything is read from them.
/// </remarks>
public sealed partial class OpenFlowListener : IAsyncDisposable
{
    /// <summary>OpenFlow's registered port.</summary>
    public const int DefaultPort = 6653;

    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly OpenFlowListenerOptions _options;
    private readonly ILogger _logger;
    private readonly PeerMemory _memory;
    private readonly Admission _admission;
    private readonly Quarantine _quarantine;
    private readonly RefusalLog _refusals;
    private readonly Channel<OpenFlowConnection> _greeted;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _greetings = [];
    private readonly Task _accepting;

    private OpenFlowListener(Socket socket, OpenFlowListenerOptions options, ILogger logger)
    {
        _socket = socket;
        _options = options;
        _logger = logger;
        _memory = options.Memory ?? new PeerMemory(null, options.Connection.TimeProvider, logger);
        _admission = new Admission(options.Limits);
        _quarantine = new Quarantine(options.Quarantine, options.Connection.TimeProvider);
        _refusals = new RefusalLog(options.Connection.TimeProvider);
        _greeted = Channel.CreateUnbounded<OpenFlowConnection>();
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _accepting = Task.Run(AcceptAllAsync);
    }

    /// <summary>Address and port that switches connect to.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The peers that are kept out now.</summary>
    public IReadOnlyList<QuarantinedPeer> Quarantined => _quarantine.Held;

    /// <summary>Starts to listen.</summary>
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="logger">Log; null for none.</param>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public static OpenFlowListener Start(IPEndPoint endPoint, OpenFlowListenerOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        options ??= new OpenFlowListenerOptions();
        options.Connection.Validate();
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen();
            return new OpenFlowListener(socket, options, logger ?? NullLogger.Instance);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next switch that has been greeted. The caller disposes of the connection.</summary>
    /// <exception cref="ChannelClosedException">The listener was disposed.</exception>
    public ValueTask<OpenFlowConnection> AcceptAsync(CancellationToken cancellation = default) => _greeted.Reader.ReadAsync(cancellation);

    /// <summary>Counts a failure against a peer that was greeted and then found to be unwanted, such as a second switch with the same datapath id.</summary>
    /// <param name="peer">Its address.</param>
    /// <param name="reason">What is wrong with it.</param>
    public void Report(EndPoint? peer, string reason) => Announce(_quarantine.Misbehaved(PeerAddress.Of(peer), reason));

    /// <summary>Stops listening, and closes connections that nobody accepted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] greetings;
        lock (_lock)
        {
            greetings = [.. _greetings];
        }

        await Task.WhenAll(greetings).ConfigureAwait(false);
        _greeted.Writer.TryComplete();
        while (_greeted.Reader.TryRead(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AcceptAllAsync()
    {
        var pause = new AcceptPause();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var accepting = _socket.AcceptAsync(_stop.Token);
                pause.Waits = !accepting.IsCompleted;
                Admit(await accepting.ConfigureAwait(false));
                await pause.AfterEachAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (!_stop.IsCancellationRequested)
                {
                    // Out of file descriptors, or a peer that reset its connection at once: go on listening, but do not spin.
                    LogAcceptFailed(_logger, exception.Message);
                    await Task.Delay(AcceptRetryDelay, _options.Connection.TimeProvider, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    private void Admit(Socket socket)
    {
        var peer = RemoteEndPoint(socket);
        var address = PeerAddress.Of(peer);
        var refusal = _quarantine.Keeps(address) ? RefusalReason.Quarantine : _admission.TryEnter(address);
        if (refusal is { } reason)
        {
            Refuse(socket, peer, reason);
            return;
        }

        var greeting = Task.Run(() => GreetAsync(socket, peer, address));
        lock (_lock)
        {
            _greetings.Add(greeting);
        }

        _ = greeting.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Forget(Task greeting)
    {
        lock (_lock)
        {
            _greetings.Remove(greeting);
        }
    }

    private void Refuse(Socket socket, EndPoint? peer, RefusalReason reason)
    {
        OpenFlowMetrics.Refused(reason);
        try
        {
            // A reset leaves nothing behind that a flood could pile up.
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // It is closed already.
        }

        socket.Dispose();

        // The quarantine was logged when it began.
        if (reason != RefusalReason.Quarantine && _refusals.IsDue(reason, out var unsaid))
        {
            LogOverLimit(_logger, peer, reason, unsaid);
        }
    }

    private async Task GreetAsync(Socket socket, EndPoint? peer, IPAddress? address)
    {
        OpenFlowMetrics.GreetingBegins();
        OpenFlowConnection? connection = null;
        await using var turn = new GreetingTurn();
        var style = _memory.StyleFor(address, _options.Connection.Versions);
        try
        {
            socket.NoDelay = true;
            var stream = await DecorateAsync(socket).ConfigureAwait(false);
            await turn.TakeAsync().ConfigureAwait(false);
            connection = await OpenFlowConnection.OpenAsync(stream, _options.Connection, style, turn, _logger, peer, _stop.Token).ConfigureAwait(false);
            Greeted(connection, style, address);
            if (!_greeted.Writer.TryWrite(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (HandshakeException exception)
        {
            Failed(peer, address, style, exception);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            LogRefused(_logger, peer, exception.Message);
            socket.Dispose();
        }
        finally
        {
            OpenFlowMetrics.GreetingEnds();
            _admission.Greeted(address);
            if (connection is null)
            {
                _admission.Left(address);
            }
        }
    }

    private void Greeted(OpenFlowConnection connection, HelloStyle style, IPAddress? address)
    {
        _ = connection.Closed.ContinueWith(
            closed => Ended(address, closed.Result), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        OpenFlowMetrics.Succeeded(connection.Version, style.Rung);
        _memory.Succeeded(address, style, connection.DatapathId, connection.Version);
        _quarantine.Greeted(address);
    }

    private void Ended(IPAddress? address, ConnectionClosedException closed)
    {
        _admission.Left(address);
        if (closed.Cause is CloseCause.Protocol or CloseCause.Stalled or CloseCause.Flood)
        {
            Announce(_quarantine.Misbehaved(address, closed.Message, closed.Cause == CloseCause.Flood));
        }
        else if (closed.Cause != CloseCause.Local)
        {
            _quarantine.Behaved(address);
        }
    }

    private void Failed(EndPoint? peer, IPAddress? address, HelloStyle style, HandshakeException exception)
    {
        OpenFlowMetrics.Failed(exception.Fault);
        LogRefused(_logger, peer, exception.Message);
        if (_memory.Failed(address, style, exception) is { } next)
        {
            LogNextHello(_logger, address, next.Rung);
        }

        _options.HandshakeFailed?.Invoke(peer, exception);
        Announce(_quarantine.Failed(address, exception.Message));
    }

    private void Announce(QuarantinedPeer? begun)
    {
        if (begun is { } quarantined)
        {
            OpenFlowMetrics.Quarantined();
            LogQuarantined(_logger, quarantined);
            _options.PeerQuarantined?.Invoke(quarantined);
        }
    }

    private async ValueTask<Stream> DecorateAsync(Socket socket)
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        using var deadline = new HandshakeDeadline(_options.Connection, _stop.Token);
        try
        {
            stream = _options.StreamDecorator is { } decorate ? await decorate(stream, deadline.Token).ConfigureAwait(false) : stream;
            return _options.Tls is { } tls ? await tls.AcceptAsync(stream, deadline.Token).ConfigureAwait(false) : stream;
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && deadline.HasPassed)
            {
                throw new HandshakeException(HandshakeFault.TlsFailed, "TLS handshake timeout", exception);
            }

            throw;
        }
    }

    private static EndPoint? RemoteEndPoint(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    [LoggerMessage(1021, LogLevel.Warning, "Accepting a switch failed: {Problem}")]
    private static partial void LogAcceptFailed(ILogger logger, string problem);

    [LoggerMessage(1020, LogLevel.Warning, "Switch {Peer} refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, EndPoint? peer, string reason);

    [LoggerMessage(1022, LogLevel.Warning, "Switch {Peer} refused: limit of {Limit} reached ({Unsaid} more such refusals since the last of these lines)")]
    private static partial void LogOverLimit(ILogger logger, EndPoint? peer, RefusalReason limit, long unsaid);

    [LoggerMessage(1023, LogLevel.Warning, "Peer {Quarantined}")]
    private static partial void LogQuarantined(ILogger logger, QuarantinedPeer quarantined);

    [LoggerMessage(1024, LogLevel.Information, "Peer {Address} gets HELLO \"{Rung}\" next")]
    private static partial void LogNextHello(ILogger logger, IPAddress? address, HelloRung rung);
}

/// <summary>Options of an <see cref="OpenFlowListener"/>.</summary>
public sealed record OpenFlowListenerOptions
{
    /// <summary>Options of every connection.</summary>
    public OpenFlowConnectionOptions Connection { get; init; } = new();

    /// <summary>How many connections are taken.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>When peers that fail are kept out.</summary>
    public QuarantineOptions Quarantine { get; init; } = new();

    /// <summary>Which HELLO peers take; may be shared. Null for a memory of its own that ends with the listener.</summary>
    public PeerMemory? Memory { get; init; }

    /// <summary>Mutual TLS over the socket; null for plain TCP.</summary>
    public OpenFlowTls? Tls { get; init; }

    /// <summary>Puts another layer around the socket's stream, below TLS and OpenFlow; null for none.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? StreamDecorator { get; init; }

    /// <summary>Called for each peer that could not be greeted, on a thread pool thread; must not throw.</summary>
    public Action<EndPoint?, HandshakeException>? HandshakeFailed { get; init; }

    /// <summary>Called when a peer's quarantine begins, on a thread pool thread; must not throw.</summary>
    public Action<QuarantinedPeer>? PeerQuarantined { get; init; }
}
