using System.Buffers;
using System.IO.Pipelines;

namespace Metron.OpenFlow;

/// <summary>Greets a peer: HELLO both ways, then FEATURES. Every way in which this is known to go wrong ends in one named reason.</summary>
/// <remarks>OpenFlow 1.3.5 section 6.3.1. The same for the side that connected and the side that accepted.</remarks>
/// <param name="input">From the peer.</param>
/// <param name="output">To the peer.</param>
/// <param name="options">Limits.</param>
/// <param name="style">The HELLO to send.</param>
/// <param name="turn">Taken for what is done with what has come.</param>
/// <param name="isTls">Whether there is TLS below.</param>
internal sealed class Handshake(
    PipeReader input, PipeWriter output, OpenFlowConnectionOptions options, HelloStyle style, GreetingTurn turn, bool isTls = false)
{
    private const uint HelloTransaction = 1;
    private const uint FeaturesTransaction = 2;
    private const int EarlyMessageLimit = 1024;

    /// <summary>What is noted of a second HELLO that changes nothing.</summary>
    public const string SecondHelloIgnored = "second HELLO ignored";

    private readonly List<string> _notes = style.Why is { } why ? [why] : [];
    private readonly List<OpenFlowFrame> _early = [];
    private OpenFlowVersion? _negotiated;
    private OpenFlowVersion _announced;
    private long _taken;
    private bool _heard;

    /// <summary>Runs the handshake.</summary>
    /// <exception cref="HandshakeException">It failed, for the reason that the exception names.</exception>
    public async Task<HandshakeResult> RunAsync(CancellationToken cancellation)
    {
        try
        {
            if (!style.Waits)
            {
                await SendAsync(style.ToMessage(), style.Header, HelloTransaction, cancellation).ConfigureAwait(false);
            }

            var hello = await ReceiveHelloAsync(cancellation).ConfigureAwait(false);
            _announced = (OpenFlowVersion)hello[0];
            var verdict = HelloVerdict.Judge(hello, style.Offered);
            _notes.AddRange(verdict.Notes);
            if (verdict.Version is not { } version)
            {
                await RefuseAsync(hello, verdict.Refusal!, cancellation).ConfigureAwait(false);
                throw new HandshakeException(HandshakeFault.NoCommonVersion, verdict.Refusal!);
            }

            _negotiated = version;
            if (style.Waits)
            {
                await SendAsync(style.ToMessage(), version, HelloTransaction, cancellation).ConfigureAwait(false);
            }

            await SendAsync(new FeaturesRequest(), version, FeaturesTransaction, cancellation).ConfigureAwait(false);
            var features = await ReceiveFeaturesAsync(cancellation).ConfigureAwait(false);
            return new HandshakeResult(
                features.Version, (FeaturesReply)features.Message, _announced, _notes, _early, FeaturesTransaction + 1);
        }
        catch (IOException exception)
        {
            throw PeerClosed(exception);
        }
    }

    private async Task<byte[]> ReceiveHelloAsync(CancellationToken cancellation)
    {
        using var deadline = new HandshakeDeadline(options, cancellation);
        var got = 0L;
        var needed = (long)OpenFlowCodec.HeaderLength;
        try
        {
            while (true)
            {
                var read = await ReadAsync(deadline.Token).ConfigureAwait(false);
                got = read.Buffer.Length;
                _heard = got > 0;
                if (got >= OpenFlowCodec.HeaderLength)
                {
                    needed = HelloLength(read.Buffer);
                    if (got >= needed)
                    {
                        var hello = read.Buffer.Slice(0, needed).ToArray();
                        input.AdvanceTo(read.Buffer.GetPosition(needed));
                        _taken = needed;
                        return hello;
                    }
                }

                var other = PeerProtocol.RecogniseOther(First(read.Buffer));
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted)
                {
                    throw other ?? PeerClosed(null);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw new HandshakeException(HandshakeFault.Timeout, $"HELLO timeout, got {got} of {needed} bytes");
        }
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        await turn.GiveBackAsync().ConfigureAwait(false);
        try
        {
            return await input.ReadAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await turn.TakeAsync().ConfigureAwait(false);
        }
    }

    private static int HelloLength(ReadOnlySequence<byte> buffer)
    {
        var header = First(buffer);
        if (PeerProtocol.Refuse(header) is { } refusal)
        {
            throw refusal.Fault == HandshakeFault.ExpectedHello ? ExplainUnexpected(buffer, refusal) : refusal;
        }

        return (header[2] << 8) | header[3];
    }

    private static byte[] First(ReadOnlySequence<byte> buffer) =>
        buffer.Slice(0, Math.Min(buffer.Length, OpenFlowCodec.HeaderLength)).ToArray();

    /// <summary>Adds what the error says when a peer begins with one: it refuses us, and may say why.</summary>
    private static HandshakeException ExplainUnexpected(ReadOnlySequence<byte> buffer, HandshakeException refusal) =>
        FrameBuffer.TryTake(ref buffer, out var message, out _)
        && OpenFlowCodec.TryDecode(message.ToArray(), out var frame, out _)
        && frame.Message is ErrorMessage error
            ? new HandshakeException(refusal.Fault, $"{refusal.Message} ({error.ToString()["OFPT_ERROR: ".Length..]})")
            : refusal;

    private async Task<OpenFlowFrame> ReceiveFeaturesAsync(CancellationToken cancellation)
    {
        using var deadline = new HandshakeDeadline(options, cancellation);
        try
        {
            while (true)
            {
                var read = await ReadAsync(deadline.Token).ConfigureAwait(false);
                var rest = read.Buffer;
                OpenFlowFrame? features = null;
                while (features is null && TakeMessage(ref rest) is { } message)
                {
                    features = await HandleAsync(message, cancellation).ConfigureAwait(false);
                }

                input.AdvanceTo(rest.Start, features is null ? rest.End : rest.Start);
                if (features is not null)
                {
                    return features;
                }

                if (read.IsCompleted)
                {
                    throw PeerClosed(null);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw new HandshakeException(HandshakeFault.Timeout, "FEATURES_REPLY timeout") { Negotiated = _negotiated };
        }
    }

    private byte[]? TakeMessage(ref ReadOnlySequence<byte> rest)
    {
        if (rest.Length >= OpenFlowCodec.HeaderLength)
        {
            var version = (OpenFlowVersion)First(rest)[0];
            if (version is < OpenFlowVersion.OpenFlow10 or > OpenFlowVersion.OpenFlow15)
            {
                throw new HandshakeException(HandshakeFault.StreamDesync, "stream desync after HELLO");
            }
        }

        if (FrameBuffer.TryTake(ref rest, out var message, out var badLength))
        {
            _taken += message.Length;
            return _taken <= options.HandshakeByteLimit
                ? message.ToArray()
                : throw new HandshakeException(HandshakeFault.TooManyBytes, $"more than {options.HandshakeByteLimit} bytes before FEATURES_REPLY")
                {
                    Negotiated = _negotiated,
                };
        }

        return badLength is null ? null : throw new HandshakeException(HandshakeFault.StreamDesync, "stream desync after HELLO");
    }

    /// <summary>Handles a message between HELLO and FEATURES_REPLY; the result is that reply, or null when it is another message.</summary>
    private async Task<OpenFlowFrame?> HandleAsync(byte[] message, CancellationToken cancellation)
    {
        var version = (OpenFlowVersion)message[0];
        var type = (MessageType)message[1];
        if (type == MessageType.FeaturesReply && version != _negotiated)
        {
            NoteOtherVersion(version);
        }

        if (type == MessageType.Hello)
        {
            _notes.Add(version == _announced
                ? SecondHelloIgnored
                : throw new HandshakeException(HandshakeFault.OtherVersion, SecondHello(version, _announced)));
            return null;
        }

        if (!OpenFlowCodec.TryDecode(message, out var frame, out var error))
        {
            _notes.Add($"{type.ToName()} before FEATURES_REPLY does not decode: {error.Message}");
            return type == MessageType.FeaturesReply
                ? throw new HandshakeException(HandshakeFault.Refused, $"FEATURES_REPLY does not decode: {error.Message}")
                : null;
        }

        switch (frame.Message)
        {
            case FeaturesReply:
                return frame;
            case EchoRequest echo:
                await SendAsync(new EchoReply(echo.Payload), version, frame.TransactionId, cancellation).ConfigureAwait(false);
                return null;
            case ErrorMessage refusal when frame.TransactionId is HelloTransaction or FeaturesTransaction
                || refusal.Code.Type == OpenFlowErrorCode.HelloIncompatible.Type:
                throw Refused(refusal);
            default:
                if (_early.Count < EarlyMessageLimit)
                {
                    _early.Add(frame);
                }

                return null;
        }
    }

    /// <summary>Why a later HELLO of another version ends a connection.</summary>
    public static string SecondHello(OpenFlowVersion version, OpenFlowVersion announced) =>
        $"second HELLO announces {version.ToDotted()}, the first {announced.ToDotted()}";

    /// <summary>A switch that greets with one version and then speaks another is taken at its deeds, if that version was offered to it.</summary>
    private void NoteOtherVersion(OpenFlowVersion version)
    {
        var text = $"announced {_negotiated!.Value.ToDotted()}, speaks {version.ToDotted()}";
        if (!style.Offered.Contains(version))
        {
            throw new HandshakeException(HandshakeFault.OtherVersion, text);
        }

        _notes.Add(text);
        _negotiated = version;
    }

    private HandshakeException Refused(ErrorMessage refusal)
    {
        var text = refusal.ToString()["OFPT_ERROR: ".Length..];
        var isHello = refusal.Code.Type == OpenFlowErrorCode.HelloIncompatible.Type || refusal.RefusedType == MessageType.Hello;
        return isHello && !style.Bare
            ? new HandshakeException(HandshakeFault.RejectedHelloElements, $"{RejectedText} ({text})") { Negotiated = _negotiated }
            : new HandshakeException(HandshakeFault.Refused, $"peer refused: {text}") { Negotiated = _negotiated };
    }

    private const string RejectedText = "rejected HELLO elements (1.3.0-only firmware?); retrying bare";

    private HandshakeException PeerClosed(Exception? cause)
    {
        if (TlsProblem.FindAlert(cause) is { } alert)
        {
            return alert;
        }

        // A peer of TLS 1.3 may look at our certificate only after both sides have agreed, and say nothing about it.
        var hint = isTls && !_heard ? " (or it does not trust our certificate: it closed once TLS was agreed on)" : "";
        return style.Bare
            ? new HandshakeException(HandshakeFault.Closed, "peer closed during the handshake" + hint, cause) { Negotiated = _negotiated }
            : new HandshakeException(HandshakeFault.RejectedHelloElements, RejectedText + hint, cause) { Negotiated = _negotiated };
    }

    private async Task RefuseAsync(byte[] hello, string text, CancellationToken cancellation)
    {
        // In the peer's own version, so that it can read it; the error looks the same in all versions.
        var error = new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, [.. System.Text.Encoding.ASCII.GetBytes(text)]);
        var transaction = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hello.AsSpan(4));
        await SendAsync(error, (OpenFlowVersion)hello[0], transaction, cancellation).ConfigureAwait(false);
    }

    private async Task SendAsync(OpenFlowMessage message, OpenFlowVersion version, uint transaction, CancellationToken cancellation)
    {
        OpenFlowCodec.Encode(message, version, transaction, output);

        // A peer that does not read must keep nobody else waiting.
        await turn.GiveBackAsync().ConfigureAwait(false);
        using var deadline = new HandshakeDeadline(options, cancellation);
        try
        {
            await output.FlushAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw new HandshakeException(HandshakeFault.Timeout, "the peer does not read") { Negotiated = _negotiated };
        }
        finally
        {
            await turn.TakeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>What a handshake found out.</summary>
/// <param name="Version">The version that both sides speak from now on.</param>
/// <param name="Features">Who the switch is.</param>
/// <param name="Announced">Version of the header of the peer's HELLO.</param>
/// <param name="Notes">What was odd, in sentences.</param>
/// <param name="EarlyMessages">Unsolicited messages that came before FEATURES_REPLY.</param>
/// <param name="NextTransaction">First transaction number that has not been used.</param>
internal sealed record HandshakeResult(
    OpenFlowVersion Version,
    FeaturesReply Features,
    OpenFlowVersion Announced,
    IReadOnlyList<string> Notes,
    IReadOnlyList<OpenFlowFrame> EarlyMessages,
    uint NextTransaction);
