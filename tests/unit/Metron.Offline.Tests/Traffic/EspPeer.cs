using System.Buffers.Binary;
using System.Security.Cryptography;
using Metron.NetworkFunctions.Esp;
using Metron.Reference;

namespace Metron.Offline.Tests;

/// <summary>The other end of an IPsec tunnel: encrypts, sometimes out of order, twice, or wrongly; and decrypts.</summary>
internal sealed class EspPeer(Dice dice, EspConfiguration esp)
{
    private readonly List<byte[]> _sent = [];
    private readonly ulong[] _numbers = new ulong[esp.Inbound.Count];

    /// <summary>Encrypts a frame without VLAN header.</summary>
    public byte[] Wrap(byte[] inner)
    {
        if (_sent.Count > 0 && dice.Percent(5))
        {
            return dice.Of(_sent);
        }

        var which = dice.Below(esp.Inbound.Count);
        var number = _numbers[which] += (ulong)(dice.Percent(80) ? 1 : dice.Between(2, 200));
        number = dice.Percent(10) ? (ulong)Math.Max(0, (long)number - dice.Below(150)) : number;
        byte[] payload = Seal(esp.Inbound[which], number, inner);
        if (dice.Percent(4))
        {
            payload[dice.Below(payload.Length)] ^= (byte)(1 << dice.Below(8));
        }

        payload = dice.Percent(2) ? payload[..dice.Between(4, payload.Length)] : payload;
        var frame = new FrameBuilder
        {
            EthernetSource = World.Mac(0x700),
            EthernetDestination = World.Mac(0x701),
            Source = esp.Remote,
            Destination = dice.Percent(98) || esp.Local.IsV6 ? esp.Local : World.Servers4[1],
            Protocol = IpProtocol.Esp,
            Payload = payload,
        }.Build();
        _sent.Add(TunnelPeer.WithTrafficClass(frame, dice.Percent(50) ? (byte)0 : (byte)dice.Below(256)));
        return _sent[^1];
    }

    /// <summary>Decrypts a frame that our end made.</summary>
    public byte[] Unwrap(byte[] frame)
    {
        var payload = frame.AsSpan(14 + (esp.Local.IsV6 ? 40 : 20));
        var association = esp.Outbound.Single(known => known.Index == BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(14 + (esp.Local.IsV6 ? 40 : 20))));
        var text = new byte[payload.Length - 32];
        var key = MadeUpKey.Of(association.Key);
        using var cipher = new AesGcm(key.Key, 16);
        byte[] authenticated = association.HasExtendedNumbers ? [.. payload[..4], 0, 0, 0, 0, .. payload[4..8]] : payload[..8].ToArray();
        cipher.Decrypt((byte[])[.. key.Salt, .. payload[8..16]], payload[16..^16], payload[^16..], text, authenticated);
        var type = text[^1] == 41 ? new byte[] { 0x86, 0xdd } : [0x08, 0x00];
        return [.. frame[..12], .. type, .. text[..^(2 + text[^2])]];
    }

    private byte[] Seal(SecurityAssociation association, ulong number, byte[] inner)
    {
        var padding = (dice.Below(3) * 4) + ((4 - ((inner.Length - 14 + 2) % 4)) % 4);
        var next = dice.Percent(2) ? (byte)59 : inner[12] == 0x86 ? (byte)41 : (byte)4;
        byte[] text = [.. inner[14..], .. Enumerable.Range(dice.Percent(98) ? 1 : 7, padding).Select(octet => (byte)octet), (byte)padding, next];
        var header = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(header, association.Index);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(4), number);
        byte[] shown = [.. header[..4], .. header[8..]];
        var key = MadeUpKey.Of(association.Key);
        using var cipher = new AesGcm(key.Key, 16);
        byte[] vector = [0x77, .. header[5..]];
        var (result, tag) = (new byte[text.Length], new byte[16]);
        cipher.Encrypt((byte[])[.. key.Salt, .. vector], text, result, tag, association.HasExtendedNumbers ? header : shown);
        return [.. shown, .. vector, .. result, .. tag];
    }
}
