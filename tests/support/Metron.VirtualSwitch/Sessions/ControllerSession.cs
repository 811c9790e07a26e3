using System.Net.Sockets;
using System.Threading.Channels;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>A controller's connection as the switch sees it: socket, version, role, and what it wants to hear.</summary>
internal sealed class ControllerSession(SwitchCore core, Socket socket, Stream stream) : IDisposable
{
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private volatile byte[]? _endless;
    private int _read;

    /// <summary>Address of the controller.</summary>
    public string Controller { get; } = socket.RemoteEndPoint?.ToString() ?? "?";

    /// <summary>The version spoken; known after HELLO.</summary>
    public OpenFlowVersion Version { get; set; }

    /// <summary>Whether HELLO is exchanged.</summary>
    public bool IsGreeted { get; private set; }

    public ControllerRole Role { get; set; } = ControllerRole.Equal;

    /// <summary>Which unsolicited messages it wants, by kind.</summary>
    public Dictionary<AsyncKind, uint> Async { get; } = AsyncDefaults.Create();

    public Dictionary<uint, OpenBundle> Bundles { get; } = [];

    /// <summary>Set when nothing is to be sent or read any more.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>Runs until either side closes.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        var writing = WriteAsync(stop.Token);
        try
        {
            await ReadAsync(new FrameSource(stream), stop.Token);
        }
        catch (Exception error) when (IsEnd(error))
        {
            // The controller went away, or the switch was told to.
        }

        // What was answered last (an error that says why) goes out before the end.
        _outgoing.Writer.TryComplete();
        if (!IsAborted && _endless is null)
        {
            await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        }

        await stop.CancelAsync();
        await writing;
    }

    /// <summary>Sends a message; one that the version lacks is left out.</summary>
    public void Send(OpenFlowMessage message, uint transaction)
    {
        try
        {
            Send(OpenFlowCodec.Encode(message, Version, transaction));
        }
        catch (OpenFlowEncodeException) when (message is not MultipartReply)
        {
            // An event that this version does not have.
        }
    }

    public void Send(byte[] bytes)
    {
        if (!IsAborted)
        {
            _outgoing.Writer.TryWrite(bytes);
        }
    }

    /// <summary>Sends this for ever when nothing else is to be sent.</summary>
    public void SendForever(byte[] bytes)
    {
        _endless = bytes;
        Send(bytes);
    }

    /// <summary>Sends nothing any more.</summary>
    public void Mute() => IsAborted = true;

    /// <summary>Resets the connection: nothing more is read or sent.</summary>
    public void Abort()
    {
        IsAborted = true;
        _closing.Cancel();
        try
        {
            socket.Close(0);
        }
        catch (ObjectDisposedException)
        {
            // It is closed already.
        }
    }

    public void Dispose()
    {
        _closing.Dispose();
        stream.Dispose();
        socket.Dispose();
    }

    private static bool IsEnd(Exception error) => error is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task ReadAsync(FrameSource source, CancellationToken cancellation)
    {
        var hasElements = core.Abilities.Profile.HelloElements && !core.Faults.RejectsHelloElements && core.Versions.Highest >= OpenFlowVersion.OpenFlow13;
        Send(core.Faults.HelloBytes is { } wrong ? [.. wrong] : HelloExchange.Own(core.Versions, hasElements));
        if (core.Faults.SecondHello is { } second)
        {
            Send([(byte)second, 0, 0, OpenFlowCodec.HeaderLength, 0, 0, 0, 77]);
        }

        if (await NextAsync(source, cancellation) is not { } hello)
        {
            return;
        }

        var (version, error) = HelloExchange.Answer(hello, core.Versions, core.Faults, hasElements);
        if (version is null)
        {
            Send(error ?? []);
            return;
        }

        (Version, IsGreeted) = (version.Value, true);
        core.Greeted(this);
        while (await NextAsync(source, cancellation) is { } message)
        {
            core.Receive(this, message);
        }
    }

    private async ValueTask<byte[]?> NextAsync(FrameSource source, CancellationToken cancellation)
    {
        if (core.Faults.ReadsNothingAfter is { } limit && _read >= limit)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }

        _read++;
        return await source.NextAsync(cancellation);
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(cancellation))
            {
                while (_outgoing.Reader.TryRead(out var message))
                {
                    await WriteAsync(message, cancellation);
                }

                while (_endless is { } endless && !_outgoing.Reader.TryPeek(out _))
                {
                    await WriteAsync(endless, cancellation);
                }
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // The reading side sees it, too.
        }
    }

    private async Task WriteAsync(byte[] message, CancellationToken cancellation)
    {
        var faults = core.Faults;
        if (IsGreeted && faults.AnswerDelay > TimeSpan.Zero)
        {
            await Task.Delay(faults.AnswerDelay, core.Clock, cancellation);
        }

        if (!faults.OneByteAtATime)
        {
            await stream.WriteAsync(message, cancellation);
            return;
        }

        for (var i = 0; i < message.Length; i++)
        {
            await stream.WriteAsync(message.AsMemory(i, 1), cancellation);
        }
    }
}

/// <summary>Which unsolicited messages a controller gets that did not say (OpenFlow 1.3.5 section 6.3.5).</summary>
internal static class AsyncDefaults
{
    public static Dictionary<AsyncKind, uint> Create() => new()
    {
        [AsyncKind.PacketInSlave] = 0,
        [AsyncKind.PacketInMaster] = 0x3b,
        [AsyncKind.PortStatusSlave] = 7,
        [AsyncKind.PortStatusMaster] = 7,
        [AsyncKind.FlowRemovedSlave] = 0,
        [AsyncKind.FlowRemovedMaster] = 0x3f,
        [AsyncKind.RoleStatusSlave] = 7,
        [AsyncKind.RoleStatusMaster] = 7,
    };
}

/// <summary>A bundle that is being filled.</summary>
internal sealed class OpenBundle(BundleFlags flags)
{
    public BundleFlags Flags { get; } = flags;

    public bool IsClosed { get; set; }

    /// <summary>Messages in order, each with its transaction number and bytes.</summary>
    public List<(OpenFlowMessage Message, uint Transaction, byte[] Bytes)> Messages { get; } = [];
}
