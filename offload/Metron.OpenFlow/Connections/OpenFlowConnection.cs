using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.OpenFlow;

/// <summary>An established connection to a switch: requests with their replies, and what the switch says by itself.</summary>
/// <remarks>
/// All methods may be called concurrently. One task reads; it never waits for a caller, so a caller that handles an event may
/// send requests. Sending waits while the switch does not take more (TCP back-pressure). Events that nobody reads are kept up
/// to a limit, then dropped and counted.
/// </remarks>
public sealed partial class OpenFlowConnection : IAsyncDisposable
{
    /// <summary>Early messages count by this; their bytes are limited by the handshake.</summary>
    private const int EarlyMessageCost = 64;
    private const int MostNotes = 64;

    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly OpenFlowConnectionOptions _options;
    private readonly ILogger _logger;
    private readonly OpenFlowVersion _announced;
    private readonly PendingReplies _pending;
    private readonly EventQueue _events;
    private readonly EventQueue _packetIns;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<ConnectionClosedException> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Watchdog _watchdog;
    private readonly Task _receiving;
    private readonly Lock _noting = new();
    private IReadOnlyList<string> _notes;
    private long _droppedPacketIns;
    private long _droppedEvents;

    private OpenFlowConnection(
        Stream stream, PipeReader input, PipeWriter output, OpenFlowConnectionOptions options, ILogger logger, EndPoint? peer, HandshakeResult greeted)
    {
        _stream = stream;
        _input = input;
        _output = output;
        _options = options;
        _logger = logger;
        _announced = greeted.Announced;
        Peer = peer;
        Version = greeted.Version;
        Features = greeted.Features;
        HandshakeNotes = greeted.Notes;
        _notes = greeted.Notes;
        _pending = new PendingReplies(greeted.NextTransaction);
        _bundlesUnsupported = Version < OpenFlowVersion.OpenFlow13;
        _events = new EventQueue(options.EventQueueLimit, options.QueueByteLimit);
        _packetIns = new EventQueue(options.PacketInQueueLimit, options.QueueByteLimit);
        foreach (var frame in greeted.EarlyMessages)
        {
            Publish(frame, EarlyMessageCost);
        }

        Certificate = TlsPeer.Of(stream);
        _watchdog = new Watchdog(options, () => _pending.Any, SendEchoAsync, Close);
        _receiving = Task.Run(ReceiveAsync);
        OpenFlowMetrics.Opened();
    }

    /// <summary>Address of the switch; null when the stream is no socket.</summary>
    public EndPoint? Peer { get; }

    /// <summary>The version that both sides speak.</summary>
    public OpenFlowVersion Version { get; }

    /// <summary>Who the switch said it is during the handshake.</summary>
    public FeaturesReply Features { get; }

    /// <summary>The switch's number.</summary>
    public ulong DatapathId => Features.DatapathId;

    /// <summary>What was odd about the handshake, in sentences; empty for a switch that follows the standard.</summary>
    public IReadOnlyList<string> HandshakeNotes { get; private set; }

    /// <summary>What was odd about the switch so far: <see cref="HandshakeNotes"/> and what came after, each once, at most 64 of them.</summary>
    public IReadOnlyList<string> Notes => Volatile.Read(ref _notes);

    /// <summary>Raised with each note that is new, on the task that reads: a handler must not wait.</summary>
    public event Action<string>? Noticed;

    /// <summary>Who the switch is by its certificate; null without TLS.</summary>
    public TlsPeer? Certificate { get; }

    /// <summary>
    /// What the switch says by itself, but for packet-ins: port-status, flow-removed, role-status, errors for nobody, experimenter and
    /// unknown messages. Completes when the connection closes.
    /// </summary>
    public ChannelReader<OpenFlowFrame> Events => _events;

    /// <summary>Packets that the switch sends up. Completes when the connection closes.</summary>
    public ChannelReader<OpenFlowFrame> PacketIns => _packetIns;

    /// <summary>Packet-ins dropped because <see cref="PacketIns"/> was full.</summary>
    public long DroppedPacketIns => Volatile.Read(ref _droppedPacketIns);

    /// <summary>Events dropped because <see cref="Events"/> was full.</summary>
    public long DroppedEvents => Volatile.Read(ref _droppedEvents);

    /// <summary>Completes when the connection has closed, with the reason; never fails.</summary>
    public Task<ConnectionClosedException> Closed => _closed.Task;

    /// <summary>Greets the peer on <paramref name="stream"/> and starts the connection.</summary>
    /// <param name="stream">A connected stream, such as a socket's or TLS; owned by the connection, and closed if greeting fails.</param>
    /// <param name="options">Limits and intervals; null for the defaults.</param>
    /// <param name="logger">Log; null for none.</param>
    /// <param name="peer">The switch's address, for logs.</param>
    /// <param name="cancellation">Gives up the greeting.</param>
    /// <exception cref="HandshakeException">The peer cannot be spoken with; the message says why.</exception>
    public static Task<OpenFlowConnection> OpenAsync(
        Stream stream,
        OpenFlowConnectionOptions? options = null,
        ILogger? logger = null,
        EndPoint? peer = null,
        CancellationToken cancellation = default)
    {
        options ??= new OpenFlowConnectionOptions();
        return OpenAsync(stream, options, HelloStyle.WithBitmap(options.Versions), logger, peer, cancellation);
    }

    internal static async Task<OpenFlowConnection> OpenAsync(
        Stream stream, OpenFlowConnectionOptions options, HelloStyle style, ILogger? logger, EndPoint? peer, CancellationToken cancellation)
    {
        await using var turn = new GreetingTurn();
        return await OpenAsync(stream, options, style, turn, logger, peer, cancellation).ConfigureAwait(false);
    }

    internal static async Task<OpenFlowConnection> OpenAsync(
        Stream stream,
        OpenFlowConnectionOptions options,
        HelloStyle style,
        GreetingTurn turn,
        ILogger? logger,
        EndPoint? peer,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options.Validate();
        logger ??= NullLogger.Instance;
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 65536, leaveOpen: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        try
        {
            var greeted = await new Handshake(input, output, options, style, turn, stream is System.Net.Security.SslStream).RunAsync(cancellation).ConfigureAwait(false);
            foreach (var note in greeted.Notes)
            {
                LogHandshakeNote(logger, peer, note);
            }

            LogConnected(logger, peer, greeted.Features.DatapathId, greeted.Version.ToDotted());

            // The role takes messages of a switch that has said who it is.
            await turn.GiveBackAsync().ConfigureAwait(false);
            return await StartAsync(new OpenFlowConnection(stream, input, output, options, logger, peer, greeted), cancellation).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Nobody has the connection before its role is settled, so nothing else is sent before.</summary>
    private static async Task<OpenFlowConnection> StartAsync(OpenFlowConnection connection, CancellationToken cancellation)
    {
        try
        {
            await connection.TakeRoleAsync(cancellation).ConfigureAwait(false);
            connection._watchdog.Start();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the connection and waits until its task has ended. Requests that wait fail.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(CloseCause.Local, "closed by this side");
        await _receiving.ConfigureAwait(false);
        await _watchdog.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the connection once; what waits on it fails with the reason.</summary>
    private void Close(CloseCause cause, string reason) => Close(cause, reason, null);

    private void Close(string reason, Exception? exception = null) => Close(CloseCause.Peer, reason, exception);

    private void Close(CloseCause cause, string reason, Exception? inner)
    {
        var exception = new ConnectionClosedException(reason, inner) { Cause = cause };
        if (!_closed.TrySetResult(exception))
        {
            return;
        }

        OpenFlowMetrics.Closed(cause);
        LogClosed(_logger, Peer, DatapathId, reason);
        _pending.Close(exception);
        _events.Complete();
        _packetIns.Complete();
        _stop.Cancel();
        _stream.Dispose();
    }

    /// <summary>Keeps something odd about the switch.</summary>
    private void Note(string note)
    {
        lock (_noting)
        {
            if (_notes.Count >= MostNotes || _notes.Contains(note))
            {
                return;
            }

            Volatile.Write(ref _notes, [.. _notes, note]);
        }

        Noticed?.Invoke(note);
    }

    private void Publish(OpenFlowFrame frame, int length)
    {
        var (queue, isPacketIn) = frame.Message is PacketIn ? (_packetIns, true) : (_events, false);
        if (queue.TryAdd(frame, length) || _closed.Task.IsCompleted)
        {
            return;
        }

        var dropped = isPacketIn ? Interlocked.Increment(ref _droppedPacketIns) : Interlocked.Increment(ref _droppedEvents);
        OpenFlowMetrics.DroppedEvent(isPacketIn);
        if (dropped == 1)
        {
            LogDropped(_logger, DatapathId, frame.Message.Name);
        }
    }
}
