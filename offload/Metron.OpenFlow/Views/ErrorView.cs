using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>An error seen through its bytes, without allocation; see <see cref="ErrorMessage"/>.</summary>
public readonly ref struct ErrorView
{
    private const int FixedLength = 4;
    private const int ExperimenterLength = 4;

    private ErrorView(OpenFlowErrorCode code, ReadOnlySpan<byte> content)
    {
        Code = code;
        Content = content;
    }

    public OpenFlowErrorCode Code { get; }

    /// <summary>For a failed HELLO a text, otherwise at least 64 bytes of the refused message.</summary>
    public ReadOnlySpan<byte> Content { get; }

    /// <summary>Reads an error.</summary>
    /// <returns>Whether it is one, and well formed.</returns>
    public static bool TryRead(FrameView frame, out ErrorView error)
    {
        error = default;
        var cursor = new SpanCursor(frame.Body);
        if (frame.Type != MessageType.Error || !cursor.TryTake(FixedLength, out var numbers))
        {
            return false;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(numbers);
        var experimenter = default(ReadOnlySpan<byte>);
        if (type == OpenFlowErrorCode.ExperimenterType && !cursor.TryTake(ExperimenterLength, out experimenter))
        {
            return false;
        }

        var code = BinaryPrimitives.ReadUInt16BigEndian(numbers[2..]);
        error = new ErrorView(new OpenFlowErrorCode(type, code, experimenter.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(experimenter)), cursor.Rest);
        return true;
    }
}
