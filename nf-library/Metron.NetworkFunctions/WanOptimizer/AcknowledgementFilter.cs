using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.NetworkFunctions.WanOptimizer;

/// <summary>What has been seen of the acknowledgements of one direction of a TCP connection.</summary>
internal struct AcknowledgedFlow
{
    /// <summary>The latest number.</summary>
    public uint Last;

    /// <summary>Whether there is one.</summary>
    public bool HasLast;

    /// <summary>How many were left out in a row.</summary>
    public byte Skipped;
}

/// <summary>
/// Tells which TCP acknowledgements may be left out because a later one says the same and more (acknowledgement filtering, RFC 3449, section 5.2.1).
/// </summary>
internal static class AcknowledgementFilter
{
    private const int TcpLength = 20;
    private const int FlagsOffset = 13;
    private const byte Acknowledges = 0x10;
    private const byte Resets = 0x04;
    private const byte OptionEnd = 0;
    private const byte OptionNothing = 1;
    private const byte OptionTimestamps = 8;

    /// <summary>Whether a segment may be left out; notes it either way.</summary>
    /// <param name="flow">The segment's direction of its connection.</param>
    /// <param name="segment">An IPv4 or IPv6 packet without options or extension headers.</param>
    /// <param name="next">The next packet of the same flow, if it is at hand; or nothing.</param>
    /// <param name="keepOneIn">Of how many in a row at least one stays.</param>
    public static bool MayLeaveOut(ref AcknowledgedFlow flow, ReadOnlySpan<byte> segment, ReadOnlySpan<byte> next, int keepOneIn)
    {
        if (!TryReadNumber(segment, out var number))
        {
            return false;
        }

        // One that repeats the number before it is how a sender learns of a loss: it stays.
        var isNews = flow.HasLast && IsAfter(number, flow.Last);
        if (isNews || !flow.HasLast)
        {
            (flow.Last, flow.HasLast) = (number, true);
        }

        if (isNews && flow.Skipped + 1 < keepOneIn && IsPure(segment) && TryReadNumber(next, out var later) && IsAfter(later, number))
        {
            flow.Skipped++;
            return true;
        }

        flow.Skipped = 0;
        return false;
    }

    /// <summary>Numbers wrap around (RFC 9293, section 3.4).</summary>
    private static bool IsAfter(uint number, uint other) => unchecked((int)(number - other)) > 0;

    private static bool TryReadNumber(ReadOnlySpan<byte> packet, out uint number)
    {
        number = 0;
        if (!TryFindTcp(packet, out var tcp) || (tcp[FlagsOffset] & (Acknowledges | Resets)) != Acknowledges)
        {
            return false;
        }

        number = BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]);
        return true;
    }

    /// <summary>
    /// Whether a segment does nothing but acknowledge: no payload, no other flag (those of congestion among them), no option but timestamps (no selective
    /// acknowledgement), and not marked for congestion by the network.
    /// </summary>
    private static bool IsPure(ReadOnlySpan<byte> packet)
    {
        var isV6 = packet[0] >> 4 == 6;
        var congestion = isV6 ? packet[1] >> 4 & 3 : packet[1] & 3;
        var length = isV6
            ? BinaryPrimitives.ReadUInt16BigEndian(packet[4..])
            : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) - NetworkHeaderLength(isV6);
        TryFindTcp(packet, out var tcp);
        var header = (tcp[12] >> 4) * 4;
        return congestion == 0 && (tcp[12] & 0xf) == 0 && tcp[FlagsOffset] == Acknowledges && length == header && header <= tcp.Length
            && HasOnlyTimestamps(tcp[TcpLength..header]);
    }

    private static bool HasOnlyTimestamps(ReadOnlySpan<byte> options)
    {
        while (!options.IsEmpty && options[0] != OptionEnd)
        {
            if (options[0] == OptionNothing)
            {
                options = options[1..];
            }
            else if (options[0] == OptionTimestamps && options.Length >= 10 && options[1] == 10)
            {
                options = options[10..];
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryFindTcp(ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> tcp)
    {
        tcp = default;
        if (packet.IsEmpty)
        {
            return false;
        }

        var isV6 = packet[0] >> 4 == 6;
        var offset = NetworkHeaderLength(isV6);
        if (packet.Length < offset + TcpLength || packet[isV6 ? 6 : 9] != IpProtocol.Tcp)
        {
            return false;
        }

        tcp = packet[offset..];
        return (tcp[12] >> 4) * 4 >= TcpLength;
    }

    private static int NetworkHeaderLength(bool isV6) => isV6 ? 40 : 20;
}
