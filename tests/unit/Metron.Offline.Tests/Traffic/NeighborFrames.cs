using System.Buffers.Binary;

namespace Metron.Offline.Tests;

/// <summary>ARP and neighbour solicitations, most of them right.</summary>
internal sealed class NeighborFrames(Dice dice)
{
    private static readonly IpAddress[] Asked4 = [.. World.Servers4, .. World.Clients4, IpAddress.Parse("10.0.0.254"), IpAddress.Parse("192.0.2.254"), IpAddress.Parse("10.0.0.77")];
    private static readonly IpAddress[] Asked6 = [.. World.Servers6, .. World.Clients6, IpAddress.Parse("fd00:1::fe"), IpAddress.Parse("2001:db8:2::fe"), IpAddress.Parse("fd00:1::77")];

    /// <summary>The next frame, without VLAN header.</summary>
    public byte[] Next()
    {
        var frame = dice.Percent(50) ? Arp() : Solicitation();
        return dice.Percent(4) ? frame[..dice.Between(14, frame.Length)] : dice.Percent(30) ? [.. frame, .. new byte[dice.Below(20)]] : frame;
    }

    private byte[] Arp()
    {
        var sender = dice.Percent(96) ? World.Mac(dice.Between(1, 4)) : dice.Of(new MacAddress(0), new MacAddress(0x0100_0000_0001), World.Mac(0xa1));
        var target = dice.Of(Asked4);
        var asker = dice.Percent(80) ? dice.Of(World.Clients4) : dice.Percent(50) ? IpAddress.V4(0) : target;
        byte[] arp =
        [
            0, 1, 8, 0, 6, (byte)(dice.Percent(98) ? 4 : 16), 0, (byte)(dice.Percent(90) ? 1 : 2),
            .. Bytes(sender), .. Bytes4(asker), .. Bytes(new MacAddress(0)), .. Bytes4(target),
        ];
        return [.. dice.Percent(80) ? Bytes(new MacAddress(0xffff_ffff_ffff)) : Bytes(World.Mac(0xa0)), .. Bytes(sender), 8, 6, .. arp];
    }

    private byte[] Solicitation()
    {
        var sender = World.Mac(dice.Between(1, 4));
        var target = dice.Percent(97) ? dice.Of(Asked6) : IpAddress.Parse("ff02::1");
        var isProbe = dice.Percent(20);
        var source = isProbe ? IpAddress.Parse("::") : dice.Of([.. World.Clients6, IpAddress.Parse("fe80::1")]);
        var group = new IpAddress((IpAddress.Parse("ff02::1:ff00:0").Value) | (target.Value & 0xffffff), true);
        var destination = dice.Percent(75) ? group : target;
        byte[] option = isProbe == dice.Percent(95) ? [] : [(byte)dice.Of(1, 1, 1, 14), (byte)(dice.Percent(95) ? 1 : dice.Below(3)), .. Bytes(dice.Percent(97) ? sender : new MacAddress(0x3333_0000_0001))];
        byte[] icmp = [135, (byte)(dice.Percent(97) ? 0 : 1), 0, 0, 0, 0, 0, 0, .. Bytes16(target), .. option];
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(2), Checksum(source, destination, icmp));
        icmp[2] ^= (byte)(dice.Percent(97) ? 0 : 1);
        byte[] ip =
        [
            0x60, 0, 0, 0, 0, (byte)icmp.Length, 58, (byte)(dice.Percent(96) ? 255 : 64), .. Bytes16(source), .. Bytes16(destination), .. icmp,
        ];
        return [0x33, 0x33, .. ip[36..40], .. Bytes(sender), 0x86, 0xdd, .. ip];
    }

    private static ushort Checksum(IpAddress source, IpAddress destination, byte[] icmp) =>
        FrameBuilder.NaiveChecksum([.. Bytes16(source), .. Bytes16(destination), 0, 0, 0, (byte)icmp.Length, 0, 0, 0, 58, .. icmp]);

    private static byte[] Bytes(MacAddress mac) => [.. Enumerable.Range(0, 6).Select(octet => (byte)(mac.Value >> (40 - (8 * octet))))];

    private static byte[] Bytes4(IpAddress address) => [.. Enumerable.Range(0, 4).Select(octet => (byte)(address.Value >> (24 - (8 * octet))))];

    private static byte[] Bytes16(IpAddress address) => [.. Enumerable.Range(0, 16).Select(octet => (byte)(address.Value >> (120 - (8 * octet))))];
}
