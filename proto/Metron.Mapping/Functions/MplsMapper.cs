using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Mpls;

namespace Metron.Mapping.Functions;

/// <summary>Reads an MPLS function.</summary>
internal static class MplsMapper
{
    private const uint MostClass = 7;

    /// <summary>Reads an MPLS function.</summary>
    public static MplsConfiguration Map(string name, V1.Mpls mpls, SpecNode at)
    {
        switch (mpls.RoleCase)
        {
            case V1.Mpls.RoleOneofCase.Edge:
                return new MplsConfiguration(name) { Edge = Edge(mpls.Edge, at.Field("edge")) };
            case V1.Mpls.RoleOneofCase.Swap:
                return new MplsConfiguration(name) { Swaps = Swaps(mpls.Swap, at.Field("swap")) };
            default:
                at.Report("does not say what becomes of labels; give one of edge, swap");
                return new MplsConfiguration(name);
        }
    }

    private static MplsEdge Edge(V1.MplsEdge edge, SpecNode at)
    {
        CheckLabel(edge.OutLabel, at, "outLabel");
        CheckLabel(edge.InLabel, at, "inLabel");
        var hasClass = edge.HasTrafficClass && Counts.CheckRange(edge.TrafficClass, 0, MostClass, at, "trafficClass");
        var hasTimeToLive = edge.Ttl != 0 && Counts.CheckRange(edge.Ttl, 1, byte.MaxValue, at, "ttl", "; 0 for that of the packet");
        return new MplsEdge(edge.OutLabel, edge.InLabel)
        {
            TimeToLive = hasTimeToLive ? (byte)edge.Ttl : null,
            TrafficClass = hasClass ? (byte)edge.TrafficClass : null,
            Mtu = TunnelEnds.Mtu(edge.Mtu, at),
        };
    }

    private static List<LabelPair> Swaps(V1.MplsSwap swap, SpecNode at)
    {
        Counts.Check(swap.Labels.Count, 1, SpecLimits.LabelPairs, "labels", at);
        Dictionary<uint, int> inside = [], outside = [];
        List<LabelPair> pairs = [];
        for (var i = 0; i < swap.Labels.Count; i++)
        {
            var pair = swap.Labels[i];
            var node = at.Item("labels", i);
            if (CheckLabel(pair.Inside, node, "inside") & CheckLabel(pair.Outside, node, "outside")
                && CheckOnce(inside, pair.Inside, i, node, "inside") & CheckOnce(outside, pair.Outside, i, node, "outside"))
            {
                pairs.Add(new LabelPair(pair.Inside, pair.Outside));
            }
        }

        return pairs;
    }

    private static bool CheckLabel(uint label, SpecNode at, string field) =>
        Counts.CheckRange(label, SpecLimits.LeastLabel, SpecLimits.Label, at, field);

    private static bool CheckOnce(Dictionary<uint, int> known, uint label, int index, SpecNode at, string field)
    {
        if (known.TryAdd(label, index))
        {
            return true;
        }

        at.Report(field, $"{label} is the label of labels[{known[label]}] already");
        return false;
    }
}
