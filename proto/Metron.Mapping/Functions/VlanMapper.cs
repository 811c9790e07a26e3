using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Vlan;

namespace Metron.Mapping.Functions;

/// <summary>Reads a VLAN function.</summary>
internal static class VlanMapper
{
    private const uint MostPriority = 7;

    /// <summary>Reads a VLAN function.</summary>
    public static VlanConfiguration Map(string name, V1.Vlan vlan, SpecNode at)
    {
        var isInside = Counts.CheckRange(vlan.InsideId, 0, SpecLimits.VlanId, at, "insideId", "; 0 for no VLAN header");
        var isOutside = Counts.CheckRange(vlan.OutsideId, 0, SpecLimits.VlanId, at, "outsideId", "; 0 for no VLAN header");
        var hasPriority = vlan.HasPriority && Counts.CheckRange(vlan.Priority, 0, MostPriority, at, "priority");
        if (vlan is { InsideId: 0, OutsideId: 0 })
        {
            at.Report("frames have a VLAN on neither side; give insideId, outsideId or both");
        }
        else if (vlan.InsideId == vlan.OutsideId && !vlan.HasPriority)
        {
            at.Report("outsideId", $"{vlan.OutsideId} is the VLAN inside too, so nothing would change; give another one, or a priority");
        }

        return new VlanConfiguration(name)
        {
            InsideId = isInside ? (ushort)vlan.InsideId : (ushort)0,
            OutsideId = isOutside ? (ushort)vlan.OutsideId : (ushort)0,
            Priority = hasPriority ? (byte)vlan.Priority : null,
        };
    }
}
