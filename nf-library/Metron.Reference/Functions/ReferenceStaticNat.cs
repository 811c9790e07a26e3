using Metron.NetworkFunctions.StaticNat;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Pairs in a list; an address is exchanged bit by bit of its prefix.</summary>
internal sealed class ReferenceStaticNat(StaticNatConfiguration configuration) : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices) =>
        port == Inside ? Outward(packet) : Inward(packet);

    private ReferenceVerdict Outward(ReferencePacket packet)
    {
        var fields = packet.Fields;
        IpAddress? reporter = null;
        if (packet.Embedded is { } quoted)
        {
            if (OutsideOf(quoted.Destination) is { } host)
            {
                quoted.Destination = host;
                reporter = host;
            }
            else if (!configuration.PassOthers)
            {
                return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
            }
        }

        if (InsideOf(fields.Destination) is not null)
        {
            return ReferenceVerdict.Drop(DropReason.Hairpin);
        }

        if ((OutsideOf(fields.Source) ?? reporter) is { } translated)
        {
            fields.Source = translated;
            return ReferenceVerdict.Forward(Outside);
        }

        return Other(InsideOf(fields.Source) is not null, Outside);
    }

    private ReferenceVerdict Inward(ReferencePacket packet)
    {
        var fields = packet.Fields;
        if (packet.Embedded is { } quoted)
        {
            if (InsideOf(quoted.Source) is { } host)
            {
                quoted.Source = host;
            }
            else if (!configuration.PassOthers)
            {
                return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
            }
        }

        if (InsideOf(fields.Destination) is { } translated)
        {
            fields.Destination = translated;
            return ReferenceVerdict.Forward(Inside);
        }

        return Other(OutsideOf(fields.Destination) is not null, Inside);
    }

    private ReferenceVerdict Other(bool isForeign, int port) =>
        configuration.PassOthers && !isForeign ? ReferenceVerdict.Forward(port) : ReferenceVerdict.Drop(DropReason.PrefixMismatch);

    private IpAddress? OutsideOf(IpAddress address) =>
        configuration.Pairs.Where(pair => Covers(pair.Inside, address)).Select(pair => (IpAddress?)Exchange(address, pair.Outside)).FirstOrDefault();

    private IpAddress? InsideOf(IpAddress address) =>
        configuration.Pairs.Where(pair => Covers(pair.Outside, address)).Select(pair => (IpAddress?)Exchange(address, pair.Inside)).FirstOrDefault();

    private static bool Covers(IpPrefix prefix, IpAddress address) => Exchange(address, prefix) == address && prefix.Address.IsV6 == address.IsV6;

    /// <summary>The bits of the prefix in front, those of the address behind.</summary>
    private static IpAddress Exchange(IpAddress address, IpPrefix prefix)
    {
        var value = UInt128.Zero;
        for (var bit = 0; bit < prefix.Address.Width; bit++)
        {
            var position = prefix.Address.Width - 1 - bit;
            var of = bit < prefix.Length ? prefix.Address.Value : address.Value;
            value |= (of >> position & 1) << position;
        }

        return new IpAddress(value, prefix.Address.IsV6);
    }
}
