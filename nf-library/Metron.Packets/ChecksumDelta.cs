namespace Metron.Packets;

/// <summary>
/// What rewriting some header words does to a checksum that covers them (RFC 1624): collects old and new values, and is applied once. As
/// it depends on the values alone, it can be computed for the first packet of a flow and applied to all of them.
/// </summary>
public struct ChecksumDelta
{
    private ulong _sum;

    /// <summary>The change as one folded word in host order, for <see cref="InternetChecksum.Apply"/>.</summary>
    public readonly ushort Value => InternetChecksum.Fold(_sum);

    /// <summary>Whether nothing was changed.</summary>
    public readonly bool IsEmpty => _sum == 0;

    /// <summary>A word was changed.</summary>
    public void Add(ushort before, ushort after) => _sum += (uint)(ushort)~before + after;

    /// <summary>An address was changed; both are of the same version.</summary>
    public void Add(IpAddress before, IpAddress after)
    {
        var value = before.Value;
        var other = after.Value;
        for (var shift = 0; shift < after.Width; shift += 16)
        {
            Add((ushort)(value >> shift), (ushort)(other >> shift));
        }
    }

    /// <summary>All that the other delta says was changed as well.</summary>
    public void Add(ChecksumDelta other) => _sum += other._sum;

    /// <summary>The TTL, which is the high half of its word, was lowered.</summary>
    public void AddTimeToLive(byte before, byte after) => Add((ushort)(before << 8), (ushort)(after << 8));
}
