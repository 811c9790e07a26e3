using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Bench.Traces;

/// <summary>Reads frames of the traces' kind: Ethernet, IP without options, UDP or TCP without options. Written for checking, apart from the dataplane's own parser.</summary>
internal readonly ref struct ParsedFrame
{
    private const int EthernetLength = 14;

    private readonly ReadOnlySpan<byte> _frame;

    public ParsedFrame(ReadOnlySpan<byte> frame) => _frame = frame;

    public bool IsV6 => BinaryPrimitives.ReadUInt16BigEndian(_frame[12..]) == 0x86dd;

    public MacAddress DestinationMac => ReadMac(_frame);

    public MacAddress SourceMac => ReadMac(_frame[6..]);

    public UInt128 Source => IsV6 ? BinaryPrimitives.ReadUInt128BigEndian(Ip[8..]) : BinaryPrimitives.ReadUInt32BigEndian(Ip[12..]);

    public UInt128 Destination => IsV6 ? BinaryPrimitives.ReadUInt128BigEndian(Ip[24..]) : BinaryPrimitives.ReadUInt32BigEndian(Ip[16..]);

    public int TimeToLive => Ip[IsV6 ? 7 : 8];

    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Transport);

    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Transport[2..]);

    public byte Protocol => Ip[IsV6 ? 6 : 9];

    /// <summary>TCP only.</summary>
    public TcpFlags TcpFlags => (TcpFlags)Transport[13];

    public ReadOnlySpan<byte> Payload => Transport[(Protocol == IpProtocol.Tcp ? 20 : 8)..];

    /// <summary>0 when the IPv4 header's checksum is right; always 0 for IPv6, which has none.</summary>
    public int IpChecksumRest => IsV6 ? 0 : Checksum.Fold(Checksum.Add(Ip[..20], 0));

    /// <summary>0 when the UDP or TCP checksum is right.</summary>
    public int TransportChecksumRest =>
        Checksum.Fold(Checksum.Add(Transport, Checksum.Add(IsV6 ? Ip.Slice(8, 32) : Ip.Slice(12, 8), Protocol + (uint)Transport.Length)));

    private ReadOnlySpan<byte> Ip => _frame[EthernetLength..];

    private ReadOnlySpan<byte> Transport => Ip[(IsV6 ? 40 : 20)..];

    private static MacAddress ReadMac(ReadOnlySpan<byte> octets) =>
        new(((ulong)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]));
}
