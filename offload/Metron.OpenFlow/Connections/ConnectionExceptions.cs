namespace Metron.OpenFlow;

/// <summary>The connection is closed; what was requested may or may not have happened.</summary>
public sealed class ConnectionClosedException(string reason, Exception? cause = null) : IOException(reason, cause)
{
    /// <summary>What ended the connection, roughly.</summary>
    public CloseCause Cause { get; init; } = CloseCause.Peer;
}

/// <summary>The switch answered a request with an error.</summary>
public sealed class OpenFlowErrorException(OpenFlowMessage request, ErrorMessage error)
    : Exception($"{request?.Name} refused: {error?.Code.Name}")
{
    /// <summary>What was refused.</summary>
    public OpenFlowMessage Request { get; } = request ?? throw new ArgumentNullException(nameof(request));

    /// <summary>The switch's answer.</summary>
    public ErrorMessage Error { get; } = error ?? throw new ArgumentNullException(nameof(error));
}

/// <summary>The switch answered a request with something that is no answer to it.</summary>
public sealed class UnexpectedReplyException(string problem) : Exception(problem);
