using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane;

/// <summary>
/// Frames by which it is found out whether a closed program passes anything on: sent into one side, awaited on the other. They are told from
/// others by a secret number, so that nobody can send the worker an answer of a program that is down.
/// </summary>
public static class ProbeFrame
{
    /// <summary>Bytes of a probe, without FCS: the least that Ethernet has.</summary>
    public const int Length = 60;

    private const int EthernetLength = 14;
    private const int UdpPayload = EthernetLength + 20 + 8;

    // Number of the probe and side that it was sent into, behind the token.
    private const int BodyLength = sizeof(ulong) + sizeof(uint) + 1;

    /// <summary>EtherType for experiments (IEEE 802, OUI Extended EtherType allocation), in host order.</summary>
    private const ushort EtherTypeExperimental = 0x88b5;

    private const ushort EtherTypeIpv4 = 0x0800;

    /// <summary>RFC 863.</summary>
    private const ushort DiscardPort = 9;

    /// <summary>Locally administered; the last octet is the side that it is sent into.</summary>
    private const ulong SourceMac = 0x064d_5450_0000;

    /// <summary>A group address of our own: bridges flood it, hosts ignore it.</summary>
    private const ulong GroupMac = 0x074d_5450_0000;

    /// <summary>Writes a probe that is no IP packet.</summary>
    /// <param name="frame">At least <see cref="Length"/> bytes.</param>
    /// <param name="token">The secret number; not 0.</param>
    /// <param name="number">Number of the probe, from 1.</param>
    /// <param name="side">Side that it is sent into: 0 inside, 1 outside.</param>
    public static void WriteEthernet(Span<byte> frame, ulong token, uint number, int side)
    {
        WriteMacs(frame, new MacAddress(GroupMac), side, EtherTypeExperimental);
        WriteBody(frame[EthernetLength..], token, number, side);
    }

    /// <summary>Writes a probe that is a UDP datagram to port 9 (discard).</summary>
    /// <param name="frame">At least <see cref="Length"/> bytes.</param>
    /// <param name="token">The secret number; not 0.</param>
    /// <param name="number">Number of the probe, from 1.</param>
    /// <param name="side">Side that it is sent into: 0 inside, 1 outside.</param>
    /// <param name="source">IPv4 address that it comes from.</param>
    /// <param name="destination">IPv4 address that it goes to.</param>
    /// <param name="mac">Destination MAC; null: a group address.</param>
    public static void WriteUdp(Span<byte> frame, ulong token, uint number, int side, IpAddress source, IpAddress destination, MacAddress? mac)
    {
        WriteMacs(frame, mac ?? new MacAddress(GroupMac), side, EtherTypeIpv4);
        var ip = frame[EthernetLength..Length];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], 0x4000); // do not fragment
        ip[8] = 64;
        ip[9] = IpProtocol.Udp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip[..20]));
        var udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, DiscardPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], DiscardPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        WriteBody(udp[8..], token, number, side);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], InternetChecksum.Compute(source, destination, IpProtocol.Udp, udp));
    }

    /// <summary>Reads a probe. Two loads and compares for a frame that is none.</summary>
    /// <param name="mbuf">A frame.</param>
    /// <param name="token">The secret number; 0: no frame is a probe.</param>
    /// <param name="number">Its number.</param>
    /// <param name="side">The side that it was sent into.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe bool TryRead(Mbuf mbuf, ulong token, out uint number, out int side)
    {
        number = 0;
        side = 0;
        if (token == 0 || mbuf.DataLength < UdpPayload + BodyLength)
        {
            return false;
        }

        var frame = mbuf.Data;
        var body = *(ulong*)(frame + EthernetLength) == token ? frame + EthernetLength : frame + UdpPayload;
        number = *(uint*)(body + sizeof(ulong));
        side = body[sizeof(ulong) + sizeof(uint)];
        return *(ulong*)body == token;
    }

    private static void WriteMacs(Span<byte> frame, MacAddress destination, int side, ushort etherType)
    {
        frame[..Length].Clear();
        WriteMac(frame, destination.Value);
        WriteMac(frame[6..], SourceMac | (uint)side);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }

    private static void WriteMac(Span<byte> at, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)mac);
    }

    private static void WriteBody(Span<byte> body, ulong token, uint number, int side)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(body, token);
        BinaryPrimitives.WriteUInt32LittleEndian(body[sizeof(ulong)..], number);
        body[sizeof(ulong) + sizeof(uint)] = (byte)side;
    }
}
