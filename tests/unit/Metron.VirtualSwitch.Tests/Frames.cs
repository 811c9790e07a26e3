using System.Buffers.Binary;
using System.Net;

namespace Metron.VirtualSwitch.Tests;

/// <summary>Frames to send through switches.</summary>
internal static class Frames
{
    /// <summary>UDP over IPv4 from 198.51.100.1:1000, without UDP checksum.</summary>
    public static byte[] Udp(string destination, ushort port, int payload = 18)
    {
        var frame = new byte[14 + 20 + 8 + payload];
        Convert.FromHexString("0200000000020200000000010800").CopyTo(frame, 0);
        var ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(28 + payload));
        ip[8] = 64;
        ip[9] = 17;
        IPAddress.Parse("198.51.100.1").TryWriteBytes(ip[12..], out _);
        IPAddress.Parse(destination).TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 1000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], port);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(8 + payload));
        return frame;
    }
}
