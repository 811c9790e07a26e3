namespace Metron.OpenFlow;

/// <content>Bundles.</content>
public sealed partial class OpenFlowConnection
{
    private int _lastBundle;
    private volatile bool _bundlesUnsupported;
    private volatile bool _bundlesSupported;

    /// <summary>Whether the switch has bundles; null while it was not asked.</summary>
    public bool? SupportsBundles => _bundlesUnsupported ? false : _bundlesSupported ? true : null;

    /// <summary>Applies messages in a bundle if the switch has bundles, else one after the other with a barrier at the end.</summary>
    /// <returns>What was refused; <see cref="SendResult.AsBundle"/> tells whether a refusal undid the rest.</returns>
    /// <inheritdoc cref="ApplyBundleAsync" path="/exception"/>
    public async Task<SendResult> ApplyAsync(IReadOnlyList<OpenFlowMessage> messages, CancellationToken cancellation = default)
    {
        if (!_bundlesUnsupported)
        {
            try
            {
                return await ApplyBundleAsync(messages, cancellation: cancellation).ConfigureAwait(false);
            }
            catch (BundlesUnsupportedException)
            {
                LogNoBundles(_logger, DatapathId);
            }
        }

        return await SendAllAsync(messages, cancellation).ConfigureAwait(false);
    }

    /// <summary>Applies messages all or none (OpenFlow 1.4; on 1.3 by the ONF's extension).</summary>
    /// <param name="messages">Messages that change the switch: flow-mod, group-mod, port-mod.</param>
    /// <param name="flags">Atomic and in order by default.</param>
    /// <param name="cancellation">Gives up waiting; the bundle may take effect all the same.</param>
    /// <exception cref="BundlesUnsupportedException">The switch has no bundles; nothing was changed.</exception>
    /// <exception cref="OpenFlowEncodeException">A message does not exist in this version (OpenFlow 1.0 has no bundles), or is too long; nothing was changed.</exception>
    /// <exception cref="TimeoutException">No reply in time: what became of the messages is unknown.</exception>
    /// <exception cref="ConnectionClosedException">The connection closed first: unknown as well.</exception>
    public async Task<SendResult> ApplyBundleAsync(
        IReadOnlyList<OpenFlowMessage> messages,
        BundleFlags flags = BundleFlags.Atomic | BundleFlags.Ordered,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var bundle = (uint)Interlocked.Increment(ref _lastBundle);
        var first = _pending.Reserve(messages.Count + 1);
        var close = new BundleControl(bundle, BundleControlKind.CloseRequest, flags);
        if (await OpenBundleAsync(bundle, flags, cancellation).ConfigureAwait(false) is { } openError)
        {
            return new SendResult(default, AsBundle: true, openError);
        }

        var attribution = new ErrorAttribution(messages, first);
        var closed = new SingleReply<BundleControl>(close);
        var closeTransaction = first + (uint)messages.Count;
        _pending.Add(attribution);
        try
        {
            _pending.Add(closeTransaction, closed);
            await WriteBundleAsync(messages, close, first, cancellation).ConfigureAwait(false);
            var closeError = await OrErrorAsync(WaitAsync(closed.Task, close, cancellation)).ConfigureAwait(false);

            // The switch handles messages in order, so every error of an add has come before the answer to close.
            if (closeError is not null || !attribution.Failures.IsEmpty)
            {
                await OrErrorAsync(ControlAsync(bundle, BundleControlKind.DiscardRequest, flags, cancellation)).ConfigureAwait(false);
                return new SendResult(attribution.Failures, AsBundle: true, closeError);
            }

            var commitError = await OrErrorAsync(ControlAsync(bundle, BundleControlKind.CommitRequest, flags, cancellation)).ConfigureAwait(false);
            return new SendResult(attribution.Failures, AsBundle: true, commitError);
        }
        finally
        {
            _pending.Remove(closeTransaction);
            _pending.Remove(attribution);
        }
    }

    private async Task WriteBundleAsync(IReadOnlyList<OpenFlowMessage> messages, BundleControl close, uint first, CancellationToken cancellation)
    {
        try
        {
            await WriteEachAsync(messages.Select(message => new BundleAddMessage(close.Bundle, close.Flags, message)).Append<OpenFlowMessage>(close), first, cancellation)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OpenFlowEncodeException or OperationCanceledException)
        {
            // The switch has a part of it, and keeps it until it is told otherwise.
            await OrErrorAsync(ControlAsync(close.Bundle, BundleControlKind.DiscardRequest, close.Flags, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<ErrorMessage?> OrErrorAsync(Task<BundleControl> reply)
    {
        try
        {
            await reply.ConfigureAwait(false);
            return null;
        }
        catch (OpenFlowErrorException exception)
        {
            return exception.Error;
        }
    }

    private async Task<ErrorMessage?> OpenBundleAsync(uint bundle, BundleFlags flags, CancellationToken cancellation)
    {
        var open = ControlAsync(bundle, BundleControlKind.OpenRequest, flags, cancellation);
        var error = await OrErrorAsync(open).ConfigureAwait(false);
        if (error is not null && (error.Code == OpenFlowErrorCode.BadType || error.Code == OpenFlowErrorCode.BadExperimenter
            || error.Code == OpenFlowErrorCode.BadExperimenterType))
        {
            _bundlesUnsupported = true;
            throw new BundlesUnsupportedException(error);
        }

        _bundlesSupported |= error is null;
        return error;
    }

    private Task<BundleControl> ControlAsync(uint bundle, BundleControlKind kind, BundleFlags flags, CancellationToken cancellation) =>
        RequestAsync(new BundleControl(bundle, kind, flags), cancellation);
}

/// <summary>The switch has no bundles; nothing was changed.</summary>
public sealed class BundlesUnsupportedException(ErrorMessage error)
    : Exception($"the switch has no bundles: {error?.Code.Name}")
{
    /// <summary>The switch's answer.</summary>
    public ErrorMessage Error { get; } = error ?? throw new ArgumentNullException(nameof(error));
}
