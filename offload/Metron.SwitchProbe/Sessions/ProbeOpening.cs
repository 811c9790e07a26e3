using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Opens connections to the switch under test.</summary>
internal static class ProbeOpening
{
    /// <summary>Connects, or waits for the switch, and greets it in one way.</summary>
    /// <exception cref="HandshakeException">It cannot be spoken with in this way.</exception>
    /// <exception cref="TimeoutException">It did not connect in time.</exception>
    public static async Task<OpenFlowConnection> GreetAsync(
        ProbeTarget target, ProbeOptions options, HelloStyle style, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(target.IsListening ? options.ReconnectTimeout : options.HandshakeTimeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var (stream, peer) = await target.OpenAsync(both.Token);
            return await OpenFlowConnection.OpenAsync(stream, options.Connection(style.Versions), style, null, peer, cancellation);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(target.IsListening
                ? $"no switch connected to {target.EndPoint} within {options.ReconnectTimeout.TotalSeconds:0} s"
                : $"{target.EndPoint} does not answer");
        }
    }
}
