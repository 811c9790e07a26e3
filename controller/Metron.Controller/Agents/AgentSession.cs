using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Metron.Controller.Agents;

/// <summary>One connection of an agent: messages to it in order, and its acknowledgements matched by sequence. Thread-safe.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Design", "CA1001", Justification = "The token source has no timer or wait handle to dispose of, and callers may still hold its token.")]
public sealed class AgentSession
{
    private readonly Channel<V1.ControllerMessage> _outgoing = Channel.CreateUnbounded<V1.ControllerMessage>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<string>> _unanswered = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _turn = new();
    private readonly TimeProvider _time;
    private ulong _sequence;
    private long _heard;
    private bool _beats;

    /// <summary>Creates the session of a server's agent.</summary>
    public AgentSession(string server, TimeProvider time)
    {
        Server = server;
        _time = time;
    }

    /// <summary>Name of the server.</summary>
    public string Server { get; }

    /// <summary>Cancelled when the session is over.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether a newer session of the same server ended this one.</summary>
    public bool WasReplaced { get; private set; }

    /// <summary>Notes a sign of life. Only agents that send heartbeats are expected to give some.</summary>
    public void Heard(bool isHeartbeat)
    {
        Volatile.Write(ref _heard, _time.GetTimestamp());
        if (isHeartbeat)
        {
            Volatile.Write(ref _beats, true);
        }
    }

    /// <summary>Whether an agent that sends heartbeats has given no sign of life for longer than it may.</summary>
    public bool IsSilent(TimeSpan longest) => Volatile.Read(ref _beats) && _time.GetElapsedTime(Volatile.Read(ref _heard)) > longest;

    /// <summary>Messages to write to the agent.</summary>
    internal ChannelReader<V1.ControllerMessage> Outgoing => _outgoing.Reader;

    /// <summary>Sends a message that is not acknowledged.</summary>
    public void Post(V1.ControllerMessage message) => Enqueue(message, null);

    /// <summary>Sends a deploy or undeploy and waits for the acknowledgement.</summary>
    /// <returns>Empty when done; otherwise the agent's reason why not.</returns>
    /// <exception cref="AgentLostException">The session ended first.</exception>
    /// <exception cref="TimeoutException">The agent did not answer in time.</exception>
    public async Task<string> CallAsync(V1.ControllerMessage message, TimeSpan timeout, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var sequence = Enqueue(message, answer);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ended.Token);
            return await answer.Task.WaitAsync(timeout, _time, either.Token);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new AgentLostException(Server);
        }
        finally
        {
            _unanswered.TryRemove(sequence, out _);
        }
    }

    /// <summary>Takes an acknowledgement.</summary>
    /// <returns>False when nothing with that sequence waits for one.</returns>
    public bool Acknowledge(V1.Acknowledgement acknowledgement) =>
        _unanswered.TryRemove(acknowledgement.Sequence, out var answer) && answer.TrySetResult(acknowledgement.Error);

    /// <summary>Ends the session: everything that waits for an answer fails.</summary>
    public void End(bool replaced)
    {
        lock (_turn)
        {
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            WasReplaced = replaced;
        }

        _outgoing.Writer.TryComplete();
        _ended.Cancel();
    }

    private ulong Enqueue(V1.ControllerMessage message, TaskCompletionSource<string>? answer)
    {
        lock (_turn)
        {
            message.Sequence = ++_sequence;
            if (answer is not null)
            {
                _unanswered[message.Sequence] = answer;
            }

            _outgoing.Writer.TryWrite(message);
            return message.Sequence;
        }
    }
}

/// <summary>The agent went away before it answered.</summary>
public sealed class AgentLostException : Exception
{
    /// <summary>Creates the exception.</summary>
    public AgentLostException(string server)
        : base($"the agent of server {server} went away before it answered")
    {
    }
}
