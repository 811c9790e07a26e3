using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.OpenFlow;

/// <summary>Waits for switches to connect (OpenFlow's usual direction) and greets them.</summary>
/// <remarks>
/// A peer that closes on the usual HELLO gets a bare one when it connects again. Peers are greeted concurrently, so a slow one
/// does not hold up the others.
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
    private readonly SemaphoreSlim _greeting;
    private readonly Channel<OpenFlowConnection> _greeted;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private OpenFlowListener(Socket socket, OpenFlowListenerOptions options, ILogger logger)
    {
        _socket = socket;
        _options = options;
        _logger = logger;
        _memory = new PeerMemory(options.Connection.Versions);
        _greeting = new SemaphoreSlim(options.ConcurrentHandshakes);
        _greeted = Channel.CreateUnbounded<OpenFlowConnection>();
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _accepting = Task.Run(AcceptAllAsync);
    }

    /// <summary>Address and port that switches connect to.</summary>
    public IPEndPoint EndPoint { get; }

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
        for (var handshakes = 0; handshakes < _options.ConcurrentHandshakes; handshakes++)
        {
            await _greeting.WaitAsync().ConfigureAwait(false);
        }

        _greeted.Writer.TryComplete();
        while (_greeted.Reader.TryRead(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AcceptAllAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _greeting.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                var peer = await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = GreetAsync(peer);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                _greeting.Release();
                if (!_stop.IsCancellationRequested)
                {
                    // Out of file descriptors, or a peer that reset its connection at once: go on listening, but do not spin.
                    LogAcceptFailed(_logger, exception.Message);
                    await Task.Delay(AcceptRetryDelay, _options.Connection.TimeProvider, CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task GreetAsync(Socket socket)
    {
        EndPoint? peer = null;
        var address = default(IPAddress);
        var style = HelloStyle.WithBitmap(_options.Connection.Versions);
        try
        {
            peer = socket.RemoteEndPoint;
            address = (peer as IPEndPoint)?.Address;
            style = _memory.StyleFor(address);
            socket.NoDelay = true;
            var stream = await DecorateAsync(socket).ConfigureAwait(false);
            var connection = await OpenFlowConnection.OpenAsync(stream, _options.Connection, style, _logger, peer, _stop.Token).ConfigureAwait(false);
            if (!_greeted.Writer.TryWrite(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (HandshakeException exception)
        {
            if (exception.Fault is HandshakeFault.RejectedHelloElements or HandshakeFault.Closed)
            {
                _memory.Rejected(address, style, exception.Negotiated);
            }

            LogRefused(_logger, peer, exception.Message);
            _options.HandshakeFailed?.Invoke(peer, exception);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            LogRefused(_logger, peer, exception.Message);
            socket.Dispose();
        }
        finally
        {
            _greeting.Release();
        }
    }

    private async ValueTask<Stream> DecorateAsync(Socket socket)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (_options.StreamDecorator is null)
        {
            return stream;
        }

        try
        {
            return await _options.StreamDecorator(stream, _stop.Token).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    [LoggerMessage(1021, LogLevel.Warning, "Accepting a switch failed: {Problem}")]
    private static partial void LogAcceptFailed(ILogger logger, string problem);

    [LoggerMessage(1020, LogLevel.Warning, "Switch {Peer} refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, EndPoint? peer, string reason);
}

/// <summary>Options of an <see cref="OpenFlowListener"/>.</summary>
public sealed record OpenFlowListenerOptions
{
    /// <summary>Options of every connection.</summary>
    public OpenFlowConnectionOptions Connection { get; init; } = new();

    /// <summary>Peers that may be in the handshake at once; further ones wait.</summary>
    public int ConcurrentHandshakes { get; init; } = 64;

    /// <summary>Puts a layer such as TLS around the socket's stream, before any OpenFlow; null for plain TCP.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? StreamDecorator { get; init; }

    /// <summary>Called for each peer that could not be greeted, on a thread pool thread; must not throw.</summary>
    public Action<EndPoint?, HandshakeException>? HandshakeFailed { get; init; }
}
