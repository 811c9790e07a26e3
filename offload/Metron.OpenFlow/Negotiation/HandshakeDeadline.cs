namespace Metron.OpenFlow;

/// <summary>The handshake's timeout joined with the caller's cancellation.</summary>
internal sealed class HandshakeDeadline : IDisposable
{
    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _both;

    public HandshakeDeadline(OpenFlowConnectionOptions options, CancellationToken cancellation)
    {
        _timeout = new CancellationTokenSource(options.HandshakeTimeout, options.TimeProvider);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_timeout.Token, cancellation);
    }

    public CancellationToken Token => _both.Token;

    public bool HasPassed => _timeout.IsCancellationRequested;

    public void Dispose()
    {
        _both.Dispose();
        _timeout.Dispose();
    }
}
