namespace Metron.Offload;

/// <summary>Which table does what, and which priorities are used in table 0.</summary>
public static class TableLayout
{
    /// <summary>Where every packet begins.</summary>
    public const byte Entrance = 0;

    /// <summary>First table of stages.</summary>
    public const byte FirstStage = 1;

    /// <summary>Last table of stages.</summary>
    public const byte LastStage = 19;

    /// <summary>Where the worker is chosen.</summary>
    public const byte Steering = 20;

    /// <summary>Packets that a worker sends back for another worker.</summary>
    public const ushort RetagPriority = 40010;

    /// <summary>Packets that leave by an endpoint.</summary>
    public const ushort EgressPriority = 40000;

    /// <summary>ARP and neighbour discovery that a chain passes.</summary>
    public const ushort NeighborPriority = 30000;

    /// <summary>Packets that enter a chain.</summary>
    public const ushort EntrancePriority = 20000;

    /// <summary>IP packets that no chain wants.</summary>
    public const ushort NotMatchedPriority = 1002;

    /// <summary>Packets that are neither IPv4 nor IPv6.</summary>
    public const ushort NotIpPriority = 1001;

    /// <summary>Packets with another VLAN tag than an endpoint's.</summary>
    public const ushort VlanPriority = 1000;

    /// <summary>Below the rules that stand for several, in the lower of their two ranges; see <see cref="SwitchDriver"/>.</summary>
    public const ushort LowerComposed = 2000;

    /// <summary>Below the rules that stand for several, in the upper of their two ranges.</summary>
    public const ushort UpperComposed = 10000;

    /// <summary>Priorities of each range.</summary>
    public const ushort ComposedDepth = 8000;

    /// <summary>Whether a rule with a priority stands for several.</summary>
    public static bool IsComposed(ushort priority) => priority is > LowerComposed and < UpperComposed + ComposedDepth;
}
