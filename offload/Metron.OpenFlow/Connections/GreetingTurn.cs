namespace Metron.OpenFlow;

/// <summary>The turns of one peer in the handshake: it holds one while this side works for it, and none while it is waited for. Not for concurrent use.</summary>
internal sealed class GreetingTurn : IAsyncDisposable
{
    private long? _began;

    /// <summary>Waits for a turn, unless the peer has one.</summary>
    public async ValueTask TakeAsync()
    {
        // Not cancelled: turns are short, and what ends the greeting is work as well.
        _began ??= await BulkLane.Greetings.EnterAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Ends the turn, if the peer has one.</summary>
    public async ValueTask GiveBackAsync()
    {
        if (_began is { } began)
        {
            _began = null;
            await BulkLane.Greetings.LeaveAsync(began).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => GiveBackAsync();
}
