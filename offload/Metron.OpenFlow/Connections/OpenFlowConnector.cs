using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.Retry;

namespace Metron.OpenFlow;

/// <summary>Connects to a switch that listens ("ptcp:" in Open vSwitch), and connects again when the connection is lost.</summary>
/// <remarks>Not for concurrent use.</remarks>
public sealed partial class OpenFlowConnector
{
    private readonly EndPoint _endPoint;
    private readonly OpenFlowConnectorOptions _options;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _reconnect;
    private readonly PeerMemory _memory;

    /// <summary>Creates a connector; nothing is sent yet.</summary>
    /// <param name="endPoint">Address or name, and port of the switch.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="logger">Log; null for none.</param>
    public OpenFlowConnector(EndPoint endPoint, OpenFlowConnectorOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        _endPoint = endPoint;
        _options = options ?? new OpenFlowConnectorOptions();
        _options.Connection.Validate();
        _logger = logger ?? NullLogger.Instance;
        _memory = _options.Memory ?? new PeerMemory(null, _options.Connection.TimeProvider, logger);
        _reconnect = BuildReconnect();
    }

    /// <summary>Connects and greets; a peer that does not take the usual HELLO is tried with the others at once (<see cref="HelloRung"/>).</summary>
    /// <exception cref="HandshakeException">The peer cannot be spoken with.</exception>
    /// <exception cref="SocketException">Nobody answers at that address.</exception>
    public async Task<OpenFlowConnection> ConnectAsync(CancellationToken cancellation = default)
    {
        for (var left = HelloLadder.For(_options.Connection.Versions).Count - 1; ; left--)
        {
            var attempt = await ConnectOnceAsync(cancellation).ConfigureAwait(false);
            if (attempt.Connection is { } connection)
            {
                return connection;
            }

            // Silence has taken time enough: what comes next is for the next attempt.
            var failure = attempt.Failure!;
            if (!attempt.HasNext || left == 0 || failure.Fault == HandshakeFault.Timeout)
            {
                throw failure;
            }

            LogRetrying(_logger, _endPoint, failure.Message);
        }
    }

    /// <summary>
    /// Yields a connection, and a new one each time after the last has closed, until cancelled. Attempts that fail are repeated with
    /// exponentially growing delays and jitter.
    /// </summary>
    public async IAsyncEnumerable<OpenFlowConnection> ConnectionsAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var connection = await _reconnect.ExecuteAsync(async token => await ConnectAsync(token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                yield return connection;
                await connection.Closed.WaitAsync(cancellation).ConfigureAwait(false);
            }

            // A switch that greets well and closes at once must not be hammered either.
            await Task.Delay(_options.FirstDelay, _options.Connection.TimeProvider, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Attempt> ConnectOnceAsync(CancellationToken cancellation)
    {
        var (stream, address) = await OpenStreamAsync(cancellation).ConfigureAwait(false);
        var style = _memory.StyleFor(address, _options.Connection.Versions, _options.ExpectedDatapathId);
        OpenFlowMetrics.GreetingBegins();
        try
        {
            var connection = await OpenFlowConnection.OpenAsync(stream, _options.Connection, style, _logger, _endPoint, cancellation).ConfigureAwait(false);
            _memory.Succeeded(address, style, connection.DatapathId, connection.Version);
            OpenFlowMetrics.Succeeded(connection.Version, style.Rung);
            return new Attempt(connection, null, false);
        }
        catch (HandshakeException exception)
        {
            OpenFlowMetrics.Failed(exception.Fault);
            return new Attempt(null, exception, _memory.Failed(address, style, exception, _options.ExpectedDatapathId) is not null);
        }
        finally
        {
            OpenFlowMetrics.GreetingEnds();
        }
    }

    private async Task<(Stream Stream, IPAddress? Address)> OpenStreamAsync(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var deadline = new HandshakeDeadline(_options.Connection, cancellation);
        var connected = false;
        try
        {
            await socket.ConnectAsync(_endPoint, deadline.Token).ConfigureAwait(false);
            connected = true;
            var address = PeerAddress.Of(socket.RemoteEndPoint);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            stream = _options.StreamDecorator is { } decorate ? await decorate(stream, deadline.Token).ConfigureAwait(false) : stream;
            stream = _options.Tls is { } tls ? await tls.ConnectAsync(stream, deadline.Token).ConfigureAwait(false) : stream;
            return (stream, address);
        }
        catch (OperationCanceledException exception) when (deadline.HasPassed && !cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw connected
                ? new HandshakeException(HandshakeFault.TlsFailed, "TLS handshake timeout", exception)
                : new SocketException((int)SocketError.TimedOut);
        }
        catch (HandshakeException exception)
        {
            OpenFlowMetrics.Failed(exception.Fault);
            socket.Dispose();
            throw;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private ResiliencePipeline BuildReconnect()
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = _options.Connection.TimeProvider };
        return builder.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(static exception => exception is not OperationCanceledException),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.FirstDelay,
            MaxDelay = _options.LongestDelay,
            OnRetry = attempt =>
            {
                LogFailed(_logger, _endPoint, attempt.Outcome.Exception?.Message ?? "", attempt.RetryDelay);
                _options.ConnectFailed?.Invoke(attempt.Outcome.Exception!);
                return default;
            },
        }).Build();
    }

    [LoggerMessage(1030, LogLevel.Warning, "Switch {EndPoint}: {Reason}")]
    private static partial void LogRetrying(ILogger logger, EndPoint endPoint, string reason);

    [LoggerMessage(1031, LogLevel.Warning, "Switch {EndPoint}: {Reason}; next attempt in {Delay}")]
    private static partial void LogFailed(ILogger logger, EndPoint endPoint, string reason, TimeSpan delay);

    /// <param name="Connection">The connection; null when greeting failed.</param>
    /// <param name="Failure">Why it failed.</param>
    /// <param name="HasNext">Whether another HELLO may help.</param>
    private readonly record struct Attempt(OpenFlowConnection? Connection, HandshakeException? Failure, bool HasNext);
}

/// <summary>Options of an <see cref="OpenFlowConnector"/>.</summary>
public sealed record OpenFlowConnectorOptions
{
    /// <summary>Options of every connection.</summary>
    public OpenFlowConnectionOptions Connection { get; init; } = new();

    /// <summary>Delay before the second attempt; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest delay between attempts.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Datapath id of the switch where it is known: what is remembered of it holds at another address, too.</summary>
    public ulong? ExpectedDatapathId { get; init; }

    /// <summary>Which HELLO peers take; may be shared. Null for a memory of its own.</summary>
    public PeerMemory? Memory { get; init; }

    /// <summary>Mutual TLS over the socket; null for plain TCP.</summary>
    public OpenFlowTls? Tls { get; init; }

    /// <summary>Puts another layer around the socket's stream, below TLS and OpenFlow; null for none.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? StreamDecorator { get; init; }

    /// <summary>Called with the cause of each failed attempt of <see cref="OpenFlowConnector.ConnectionsAsync"/>; must not throw.</summary>
    public Action<Exception>? ConnectFailed { get; init; }
}
