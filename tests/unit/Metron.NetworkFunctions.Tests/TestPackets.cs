using Metron.Packets;

namespace Metron.NetworkFunctions.Tests;

/// <summary>Packets by their headers.</summary>
internal static class TestPackets
{
    public const int Inside = 0;
    public const int Outside = 1;
    public const TcpFlags Syn = TcpFlags.Syn;
    public const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Acknowledgement;
    public const TcpFlags Ack = TcpFlags.Acknowledgement;
    public const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Acknowledgement;
    public const TcpFlags Rst = TcpFlags.Reset;

    public static PacketHeaders Tcp(string source, int sourcePort, string destination, int destinationPort, TcpFlags flags) =>
        Packet(source, destination, IpProtocol.Tcp) with
        {
            SourcePort = (ushort)sourcePort,
            DestinationPort = (ushort)destinationPort,
            TcpFlags = flags,
        };

    public static PacketHeaders Udp(string source, int sourcePort, string destination, int destinationPort) =>
        Packet(source, destination, IpProtocol.Udp) with { SourcePort = (ushort)sourcePort, DestinationPort = (ushort)destinationPort };

    public static PacketHeaders Ping(string source, string destination, int identifier) =>
        Echo(source, destination, identifier, IcmpKind.Query);

    public static PacketHeaders Pong(string source, string destination, int identifier) =>
        Echo(source, destination, identifier, IcmpKind.Reply);

    /// <summary>An ICMP error: destination unreachable.</summary>
    public static PacketHeaders Unreachable(string source, string destination)
    {
        var isV6 = source.Contains(':');
        return Packet(source, destination, isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) with
        {
            IcmpKind = IcmpKind.Error,
            IcmpType = (byte)(isV6 ? 1 : 3),
            IcmpCode = 1,
        };
    }

    public static PacketHeaders Packet(string source, string destination, byte protocol) => new()
    {
        Source = IpAddress.Parse(source),
        Destination = IpAddress.Parse(destination),
        Protocol = protocol,
        TimeToLive = 64,
        FrameLength = 100,
    };

    /// <summary>The answer to a packet: ends swapped.</summary>
    public static PacketHeaders Reply(this PacketHeaders packet) => packet with
    {
        Source = packet.Destination,
        Destination = packet.Source,
        SourcePort = packet.DestinationPort,
        DestinationPort = packet.SourcePort,
        IcmpKind = packet.IcmpKind == IcmpKind.Query ? IcmpKind.Reply : packet.IcmpKind,
        IcmpType = packet.IcmpType switch { 8 => 0, 128 => 129, var other => other },
    };

    public static PacketHeaders Reply(this PacketHeaders packet, TcpFlags flags) => packet.Reply() with { TcpFlags = flags };

    public static PacketHeaders With(this PacketHeaders packet, TcpFlags flags) => packet with { TcpFlags = flags };

    private static PacketHeaders Echo(string source, string destination, int identifier, IcmpKind kind)
    {
        var isV6 = source.Contains(':');
        return Packet(source, destination, isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) with
        {
            IcmpKind = kind,
            IcmpType = (byte)((isV6, kind) switch
            {
                (true, IcmpKind.Query) => 128,
                (true, _) => 129,
                (false, IcmpKind.Query) => 8,
                _ => 0,
            }),
            SourcePort = (ushort)identifier,
            DestinationPort = (ushort)identifier,
        };
    }
}
