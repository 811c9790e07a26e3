namespace Metron.Offline.Captures;

/// <summary>A packet of a capture.</summary>
/// <param name="Nanoseconds">When it was captured, since 1970.</param>
/// <param name="Interface">Index of the interface that saw it; 0 in pcap files.</param>
/// <param name="Frame">The bytes that were captured.</param>
/// <param name="OriginalLength">Length on the wire; more than the frame's when the capture cut it off.</param>
public sealed record CapturedPacket(long Nanoseconds, int Interface, byte[] Frame, int OriginalLength)
{
    /// <summary>Whether the capture cut it off, so that it cannot be carried through a chain.</summary>
    public bool IsCut => Frame.Length < OriginalLength;
}

/// <summary>A capture file.</summary>
/// <param name="Packets">Packets in the order of the file.</param>
/// <param name="Interfaces">Names of the interfaces; empty names where the file has none. One without name for pcap files.</param>
public sealed record Capture(IReadOnlyList<CapturedPacket> Packets, IReadOnlyList<string> Interfaces);

/// <summary>A file that is no capture, or a broken one.</summary>
public sealed class CaptureException : Exception
{
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="message">What is wrong.</param>
    public CaptureException(long offset, string message)
        : base($"byte {offset}: {message}") => Offset = offset;

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; }
}
