using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Metron.OpenFlow;

/// <summary>What a switch says by itself, waiting to be read: limited by number and by bytes. One writer, any readers.</summary>
internal sealed class EventQueue : ChannelReader<OpenFlowFrame>
{
    private readonly Channel<(OpenFlowFrame Frame, int Length)> _channel;
    private readonly long _byteLimit;
    private long _bytes;

    public EventQueue(int limit, long byteLimit)
    {
        _byteLimit = byteLimit;
        _channel = Channel.CreateBounded<(OpenFlowFrame, int)>(new BoundedChannelOptions(limit) { SingleWriter = true });
    }

    public override Task Completion => _channel.Reader.Completion;

    public override bool CanCount => _channel.Reader.CanCount;

    public override int Count => _channel.Reader.Count;

    public override bool CanPeek => _channel.Reader.CanPeek;

    /// <summary>Adds a message; false when it is above a limit.</summary>
    public bool TryAdd(OpenFlowFrame frame, int length)
    {
        if (Interlocked.Add(ref _bytes, length) <= _byteLimit && _channel.Writer.TryWrite((frame, length)))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -length);
        return false;
    }

    public void Complete() => _channel.Writer.TryComplete();

    public override bool TryRead([MaybeNullWhen(false)] out OpenFlowFrame item)
    {
        if (!_channel.Reader.TryRead(out var entry))
        {
            item = null;
            return false;
        }

        Interlocked.Add(ref _bytes, -entry.Length);
        item = entry.Frame;
        return true;
    }

    public override bool TryPeek([MaybeNullWhen(false)] out OpenFlowFrame item)
    {
        var found = _channel.Reader.TryPeek(out var entry);
        item = entry.Frame;
        return found;
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _channel.Reader.WaitToReadAsync(cancellationToken);
}
