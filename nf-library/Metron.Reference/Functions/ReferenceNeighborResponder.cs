using System.Buffers.Binary;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Answers ARP requests and neighbour solicitations by looking at every answer; passes packets.</summary>
internal sealed class ReferenceNeighborResponder(NeighborResponderConfiguration configuration) : ReferenceFunction
{
    private static readonly IpPrefix SolicitedNodes = IpPrefix.Parse("ff02::1:ff00:0/104");

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices) => ReferenceVerdict.Forward(1 - port);

    public override ReferenceVerdict Answer(byte[] frame, int port) =>
        frame[12] == 0x08 ? AnswerArp(frame, port) : AnswerSolicitation(frame, port);

    private ReferenceVerdict AnswerArp(byte[] frame, int port)
    {
        if (frame.Length < 42)
        {
            return ReferenceVerdict.Drop(DropReason.NeighborMalformed);
        }

        if (!frame.AsSpan(14, 8).SequenceEqual((ReadOnlySpan<byte>)[0, 1, 8, 0, 6, 4, 0, 1]))
        {
            return ReferenceVerdict.Drop(DropReason.NoNeighbor);
        }

        var (mac, asker, target) = (frame[22..28], frame[28..32], frame[38..42]);
        if ((mac[0] & 1) != 0 || mac.All(octet => octet == 0))
        {
            return ReferenceVerdict.Drop(DropReason.NeighborMalformed);
        }

        var isProbe = asker.All(octet => octet == 0);
        if (asker.SequenceEqual(target) || Find(IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(target)), port, isProbe, mac) is not { } answer)
        {
            return ReferenceVerdict.Drop(DropReason.NoNeighbor);
        }

        var own = Bytes(answer.Mac);
        return ReferenceVerdict.Pass(port, [.. mac, .. own, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, .. own, .. target, .. mac, .. asker]);
    }

    private ReferenceVerdict AnswerSolicitation(byte[] frame, int port)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(18));
        if (frame[14] >> 4 != 6 || 54 + length > frame.Length)
        {
            return ReferenceVerdict.Drop(DropReason.NeighborMalformed);
        }

        var (source, destination) = (Address(frame, 22), Address(frame, 38));
        var icmp = frame[54..(54 + length)];
        if (frame[21] != 255 || length < 24 || icmp[1] != 0
            || Checksums.Sum(icmp, Checksums.Pseudo(source, destination, IpProtocol.IcmpV6, length)) != 0xffff
            || !TryReadOptions(icmp, out var link))
        {
            return ReferenceVerdict.Drop(DropReason.NeighborMalformed);
        }

        var target = Address(icmp, 8);
        var isProbe = source == IpAddress.Parse("::");
        if (icmp[8] == 0xff || (link is not null && (link[0] & 1) != 0) || (isProbe && (link is not null || !SolicitedNodes.Contains(destination))))
        {
            return ReferenceVerdict.Drop(DropReason.NeighborMalformed);
        }

        var mac = isProbe ? [0x33, 0x33, 0, 0, 0, 1] : link ?? frame[6..12];
        if (Find(target, port, isProbe, mac) is not { } answer)
        {
            return ReferenceVerdict.Drop(DropReason.NoNeighbor);
        }

        var flags = (answer.IsRouter ? 128 : 0) + (isProbe ? 0 : 64) + (IsExact(answer) ? 32 : 0);
        var to = isProbe ? IpAddress.Parse("ff02::1") : source;
        byte[] reply = [136, 0, 0, 0, (byte)flags, 0, 0, 0, .. icmp[8..24], 2, 1, .. Bytes(answer.Mac)];
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(2), (ushort)~Checksums.Sum(reply, Checksums.Pseudo(target, to, IpProtocol.IcmpV6, 32)));
        var destinationBytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(destinationBytes, to.Value);
        return ReferenceVerdict.Pass(
            port, [.. mac, .. Bytes(answer.Mac), 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255, .. icmp[8..24], .. destinationBytes, .. reply]);
    }

    private NeighborAnswer? Find(IpAddress target, int port, bool isProbe, byte[] mac)
    {
        var best = configuration.Answers.Where(answer => answer.IsFor(port) && answer.Addresses.Contains(target)).MaxBy(answer => answer.Addresses.Length);
        return best is null || (isProbe && !IsExact(best)) || Bytes(best.Mac).SequenceEqual(mac) ? null : best;
    }

    private static bool IsExact(NeighborAnswer answer) => answer.Addresses.Length == (answer.Addresses.Address.IsV6 ? 128 : 32);

    /// <summary>False when an option has no length or does not end within the message.</summary>
    private static bool TryReadOptions(byte[] icmp, out byte[]? link)
    {
        link = null;
        var at = 24;
        while (at < icmp.Length)
        {
            if (at + 1 >= icmp.Length || icmp[at + 1] == 0 || at + (8 * icmp[at + 1]) > icmp.Length)
            {
                return false;
            }

            link = icmp[at] == 1 ? icmp[(at + 2)..(at + 8)] : link;
            at += 8 * icmp[at + 1];
        }

        return true;
    }

    private static IpAddress Address(byte[] bytes, int at) => IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(bytes.AsSpan(at)));

    private static byte[] Bytes(MacAddress mac) => [.. Enumerable.Range(0, 6).Select(octet => (byte)(mac.Value >> (40 - (8 * octet))))];
}
