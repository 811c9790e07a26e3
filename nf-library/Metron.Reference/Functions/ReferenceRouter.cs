using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Longest prefix match by looking at every route.</summary>
internal sealed class ReferenceRouter(RouterConfiguration configuration) : ReferenceFunction
{
    /// <summary>RFC 1812 section 5.3.7, RFC 3927 section 2.7, RFC 4291.</summary>
    private static readonly IpPrefix[] Unroutable =
    [
        .. new[]
        {
            "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "::ffff:0:0/96", "fe80::/10", "ff00::/8",
        }.Select(IpPrefix.Parse),
    ];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        if (Array.Exists(Unroutable, prefix => prefix.Contains(fields.Source) || prefix.Contains(fields.Destination)))
        {
            return ReferenceVerdict.Drop(DropReason.MartianAddress);
        }

        Route? best = null;
        foreach (var route in configuration.Routes)
        {
            if (route.Prefix.Contains(fields.Destination) && (best is null || route.Prefix.Length > best.Prefix.Length))
            {
                best = route;
            }
        }

        if (best is null)
        {
            return ReferenceVerdict.Drop(DropReason.NoRoute);
        }

        if (best.NextHop.Port == port)
        {
            return ReferenceVerdict.Drop(DropReason.RouteToIngress);
        }

        if (fields.TimeToLive <= 1)
        {
            return ReferenceVerdict.Drop(DropReason.TimeToLiveExpired);
        }

        fields.TimeToLive--;
        packet.SourceMac = configuration.RouterPorts[best.NextHop.Port].Mac;
        packet.DestinationMac = best.NextHop.Mac;
        return ReferenceVerdict.Forward(best.NextHop.Port);
    }
}
