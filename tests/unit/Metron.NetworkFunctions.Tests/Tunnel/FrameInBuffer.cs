using Metron.NetworkFunctions.Runtime;

namespace Metron.NetworkFunctions.Tests;

/// <summary>A frame in a buffer with room on both sides, for functions that change frames.</summary>
internal sealed class FrameInBuffer
{
    private readonly byte[] _buffer;
    private readonly int _start;
    private readonly long _now;

    public FrameInBuffer(byte[] frame, int headroom = 128, int tailroom = 128, long now = 0)
    {
        _buffer = [.. new byte[headroom], .. frame, .. new byte[tailroom]];
        (Frame, _start, _now) = (frame, headroom, now);
    }

    /// <summary>The frame as it is now.</summary>
    public byte[] Frame { get; private set; }

    /// <summary>Whether the function called for a new link.</summary>
    public bool IsNewLink { get; private set; }

    /// <summary>Shows the frame to a function.</summary>
    public Verdict Show(NetworkFunction function, int port)
    {
        var packet = new FramePacket(_buffer, _start, Frame.Length, 14, _now);
        var verdict = function.ProcessFrame(ref packet, port);
        Frame = packet.Frame.ToArray();
        IsNewLink = packet.IsNewLink;
        return verdict;
    }
}
