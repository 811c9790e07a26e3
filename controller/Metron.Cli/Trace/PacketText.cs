using System.Globalization;
using Metron.Packets;

namespace Metron.Cli.Trace;

/// <summary>Packets in a few words.</summary>
internal static class PacketText
{
    private static readonly (TcpFlags Flag, string Name)[] FlagNames =
    [
        (TcpFlags.Fin, "fin"), (TcpFlags.Syn, "syn"), (TcpFlags.Reset, "rst"), (TcpFlags.Push, "psh"), (TcpFlags.Acknowledgement, "ack"),
        (TcpFlags.Urgent, "urg"), (TcpFlags.EcnEcho, "ece"), (TcpFlags.CongestionWindowReduced, "cwr"),
    ];

    /// <summary>"tcp 10.1.0.10:40000 > 203.0.113.80:80 syn, TTL 64, 54 bytes", or why a frame cannot be read.</summary>
    public static string Of(ReadOnlySpan<byte> frame)
    {
        var isTagged = frame.Length >= 18 && frame[12] == 0x81 && frame[13] == 0;
        var reason = FrameParser.Parse(frame, frame.Length, isTagged, out var headers, out _);
        var vlan = isTagged ? $", VLAN {((frame[14] & 15) << 8) | frame[15]}" : "";
        return reason == DropReason.None
            ? $"{Of(headers)}, TTL {headers.TimeToLive}{vlan}, {frame.Length} bytes"
            : $"{Camel(reason.ToString())}{vlan}, {frame.Length} bytes";
    }

    /// <summary>"tcp 10.1.0.10:40000 > 203.0.113.80:80 syn".</summary>
    public static string Of(in PacketHeaders headers)
    {
        var flags = headers.TcpFlags;
        var detail = headers.Protocol switch
        {
            _ when headers.IsFragment => " fragment",
            IpProtocol.Tcp => " " + string.Join(',', FlagNames.Where(name => (flags & name.Flag) != 0).Select(name => name.Name)),
            IpProtocol.Icmp or IpProtocol.IcmpV6 => string.Create(CultureInfo.InvariantCulture, $" type {headers.IcmpType} code {headers.IcmpCode}"),
            _ => "",
        };
        return $"{Protocol(headers.Protocol)} {End(headers, headers.Source, headers.SourcePort)} > "
            + $"{End(headers, headers.Destination, headers.DestinationPort)}{detail.TrimEnd()}";
    }

    /// <summary>What is different, as "source 10.1.0.10:40000 -> 198.51.100.1:1024, TTL 64 -> 63"; empty when nothing is.</summary>
    public static string Changes(in PacketHeaders before, in PacketHeaders after)
    {
        var changes = new List<string>();
        Add("source", End(before, before.Source, before.SourcePort), End(after, after.Source, after.SourcePort));
        Add("destination", End(before, before.Destination, before.DestinationPort), End(after, after.Destination, after.DestinationPort));
        Add("TTL", before.TimeToLive.ToString(CultureInfo.InvariantCulture), after.TimeToLive.ToString(CultureInfo.InvariantCulture));
        return string.Join(", ", changes);

        void Add(string name, string old, string now)
        {
            if (old != now)
            {
                changes.Add($"{name} {old} -> {now}");
            }
        }
    }

    /// <summary>A name of the code as the API writes it.</summary>
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string End(in PacketHeaders headers, IpAddress address, ushort port)
    {
        var hasPort = headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp && !headers.IsFragment;
        return !hasPort ? address.ToString() : address.IsV6 ? $"[{address}]:{port}" : $"{address}:{port}";
    }

    private static string Protocol(byte number) => number switch
    {
        IpProtocol.Icmp => "icmp",
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        IpProtocol.IcmpV6 => "icmpv6",
        IpProtocol.Sctp => "sctp",
        _ => $"protocol {number}",
    };
}
