using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Cuts a stream into messages by the length in their headers.</summary>
internal sealed class FrameSource(Stream stream)
{
    private readonly byte[] _buffer = new byte[OpenFlowCodec.MaximumLength + 1];
    private int _start;
    private int _end;

    /// <summary>The next message; null when the stream ends or is not OpenFlow.</summary>
    public async ValueTask<byte[]?> NextAsync(CancellationToken cancellation)
    {
        if (!await FillAsync(OpenFlowCodec.HeaderLength, cancellation))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start + 2));
        if (length < OpenFlowCodec.HeaderLength || !await FillAsync(length, cancellation))
        {
            return null;
        }

        var message = _buffer.AsSpan(_start, length).ToArray();
        _start += length;
        return message;
    }

    private async ValueTask<bool> FillAsync(int wanted, CancellationToken cancellation)
    {
        if (_buffer.Length - _start < wanted)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < wanted)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, 0);
            }

            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }
}
