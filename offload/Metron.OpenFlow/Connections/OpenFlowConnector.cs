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
    private HelloStyle _style;

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
        _style = HelloStyle.WithBitmap(_options.Connection.Versions);
        _reconnect = BuildReconnect();
    }

    /// <summary>Connects and greets once; a peer that closes on the usual HELLO is tried at once with a bare one.</summary>
    /// <exception cref="HandshakeException">The peer cannot be spoken with.</exception>
    /// <exception cref="SocketException">Nobody answers at that address.</exception>
    public async Task<OpenFlowConnection> ConnectAsync(CancellationToken cancellation = default)
    {
        try
        {
            return await ConnectOnceAsync(cancellation).ConfigureAwait(false);
        }
        catch (HandshakeException exception) when (exception.Fault == HandshakeFault.RejectedHelloElements)
        {
            LogRetrying(_logger, _endPoint, exception.Message);
            _style = _style.Other(exception.Negotiated);
            return await ConnectOnceAsync(cancellation).ConfigureAwait(false);
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

    private async Task<OpenFlowConnection> ConnectOnceAsync(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream stream;
        try
        {
            await socket.ConnectAsync(_endPoint, cancellation).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (_options.StreamDecorator is { } decorate)
            {
                stream = await decorate(stream, cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        try
        {
            return await OpenFlowConnection.OpenAsync(stream, _options.Connection, _style, _logger, _endPoint, cancellation).ConfigureAwait(false);
        }
        catch (HandshakeException exception) when (exception.Fault == HandshakeFault.Closed && _style.Bare)
        {
            // The bare HELLO did not help either: begin with the usual one next time.
            _style = _style.Other(exception.Negotiated);
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

    /// <summary>Puts a layer such as TLS around the socket's stream, before any OpenFlow; null for plain TCP.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? StreamDecorator { get; init; }

    /// <summary>Called with the cause of each failed attempt of <see cref="OpenFlowConnector.ConnectionsAsync"/>; must not throw.</summary>
    public Action<Exception>? ConnectFailed { get; init; }
}
