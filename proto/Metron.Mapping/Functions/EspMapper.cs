using Google.Protobuf.Collections;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Esp;

namespace Metron.Mapping.Functions;

/// <summary>Reads an end of an IPsec tunnel.</summary>
internal static class EspMapper
{
    private const uint FirstIndex = 256;
    private const uint DefaultWindow = 64;
    private const uint LargestWindow = 4096;

    /// <summary>Reads an end of an IPsec tunnel.</summary>
    public static EspConfiguration Map(string name, V1.Esp esp, SpecNode at)
    {
        var (local, remote) = TunnelEnds.Map(esp.LocalAddress, esp.RemoteAddress, at);
        CheckKeys(esp, at);
        return new EspConfiguration(name)
        {
            Local = local,
            Remote = remote,
            Mtu = TunnelEnds.Mtu(esp.Mtu, at),
            TimeToLive = TunnelEnds.TimeToLive(esp.Ttl, at),
            Outbound = Associations(esp.Outbound, "outbound", isInbound: false, at),
            Inbound = Associations(esp.Inbound, "inbound", isInbound: true, at),
        };
    }

    private static List<SecurityAssociation> Associations(
        RepeatedField<V1.SecurityAssociation> associations, string field, bool isInbound, SpecNode at)
    {
        Counts.Check(associations.Count, 1, SpecLimits.SecurityAssociations, field, at);
        var result = new List<SecurityAssociation>();
        for (var i = 0; i < Math.Min(associations.Count, SpecLimits.SecurityAssociations); i++)
        {
            var itemAt = at.Item(field, i);
            if (result.FindIndex(earlier => earlier.Index == associations[i].Spi) is >= 0 and var same)
            {
                itemAt.Report("spi", $"{associations[i].Spi} is that of {field}[{same}] too; each association needs one of its own");
            }

            result.Add(Association(associations[i], isInbound, itemAt));
        }

        return result;
    }

    private static SecurityAssociation Association(V1.SecurityAssociation association, bool isInbound, SpecNode at)
    {
        Counts.CheckRange(association.Spi, FirstIndex, uint.MaxValue, at, "spi", "; lower ones are reserved");
        Names.Check(association.Key, at, "key");
        Counts.CheckRange(association.LifetimeSeconds, 0, SpecLimits.AssociationSeconds, at, "lifetimeSeconds", "; 0 for no limit");
        return new SecurityAssociation(association.Spi, association.Key)
        {
            HasExtendedNumbers = association.ExtendedSequenceNumbers,
            ReplayWindow = isInbound ? Window(association, at) : OutboundWindow(association, at),
            LifetimeBytes = association.LifetimeBytes,
            Lifetime = TimeSpan.FromSeconds(association.LifetimeSeconds),
        };
    }

    private static int Window(V1.SecurityAssociation association, SpecNode at)
    {
        var window = association.ReplayWindow;
        if (association.NoReplayProtection)
        {
            if (association.ExtendedSequenceNumbers)
            {
                at.Report("noReplayProtection", "does not go with extendedSequenceNumbers: their upper half is told by the window (RFC 4303)");
            }
            else if (window != 0)
            {
                at.Report("noReplayProtection", "does not go with replayWindow; give one of them");
            }

            return 0;
        }

        if (window > LargestWindow || window % DefaultWindow != 0)
        {
            at.Report("replayWindow", $"{window} is not a multiple of {DefaultWindow} up to {LargestWindow}; 0 for {DefaultWindow}");
            return (int)DefaultWindow;
        }

        return window == 0 ? (int)DefaultWindow : (int)window;
    }

    private static int OutboundWindow(V1.SecurityAssociation association, SpecNode at)
    {
        if (association.ReplayWindow != 0 || association.NoReplayProtection)
        {
            at.Report(association.ReplayWindow != 0 ? "replayWindow" : "noReplayProtection", "is for inbound associations only");
        }

        return 0;
    }

    /// <summary>Two outbound associations with the same key would use the same initialization vectors sooner or later.</summary>
    private static void CheckKeys(V1.Esp esp, SpecNode at)
    {
        var used = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (field, associations) in new[] { ("outbound", esp.Outbound), ("inbound", esp.Inbound) })
        {
            for (var i = 0; i < associations.Count; i++)
            {
                var key = associations[i].Key;
                if (key.Length > 0 && !used.TryAdd(key, $"{field}[{i}]"))
                {
                    at.Item(field, i).Report("key", $"{Text.Quote(key)} is that of {used[key]} too; with AES-GCM every association needs a key of its own");
                }
            }
        }
    }
}
