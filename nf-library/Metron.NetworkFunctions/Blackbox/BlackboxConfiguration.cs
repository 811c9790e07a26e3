using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Blackbox;

/// <summary>Configuration of a blackbox: the place in a chain where packets are given to a closed program and taken back from it.</summary>
/// <param name="Name">Name within the chain.</param>
/// <param name="Appliance">Name of the closed program among the appliances of the server's configuration.</param>
public sealed record BlackboxConfiguration(string Name, string Appliance) : NetworkFunctionConfiguration(Name)
{
    /// <summary>From a side of the function to the port behind which the program's interface of that side lies.</summary>
    public const int FirstProgramPort = 2;

    private static readonly string[] AllPorts = ["inside", "outside", "program-inside", "program-outside"];

    /// <summary>The sides that links attach to, and behind them the interfaces of the program.</summary>
    public override IReadOnlyList<string> Ports => AllPorts;

    /// <inheritdoc/>
    public override int LinkedPorts => FirstProgramPort;

    /// <summary>Whether packets pass it by while the program is down; otherwise they are dropped.</summary>
    public bool FailOpen { get; init; }

    /// <summary>
    /// Whether the program leaves the client's port of TCP and UDP as it is, so that answers come to the worker that has the flow. If not, the
    /// chain gets one worker.
    /// </summary>
    public bool KeepsClientPorts { get; init; }

    /// <summary>Destination MAC that frames get which are given to the program's inside, unless a router wrote one; null: as they are.</summary>
    public MacAddress? InsideMac { get; init; }

    /// <summary>Destination MAC that frames get which are given to the program's outside, unless a router wrote one; null: as they are.</summary>
    public MacAddress? OutsideMac { get; init; }

    /// <summary>How it is found out whether the program works.</summary>
    public BlackboxHealthCheck HealthCheck { get; init; } = new();

    /// <summary>Destination MAC towards a side of the program.</summary>
    public MacAddress? MacOf(int side) => side == 0 ? InsideMac : OutsideMac;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "has interfaces that belong to workers, and what its program returns has no hash of the NIC");
}

/// <summary>How it is found out whether a closed program works.</summary>
public sealed record BlackboxHealthCheck
{
    /// <summary>Frames that the agent sends through the program.</summary>
    public BlackboxProbe Probe { get; init; }

    /// <summary>Time between two probes: 0.1 to 60 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes in a row that must be missed until the program counts as down: 1-100.</summary>
    public int MissedProbes { get; init; } = 3;

    /// <summary>
    /// How long packets may go in without any coming out until the program is called silent: told, but nothing is done. Zero: for ever.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With <see cref="BlackboxProbe.Udp"/>: address of IPv4 that probes come from on the inside, and go to from the outside.</summary>
    public IpAddress? InsideAddress { get; init; }

    /// <summary>With <see cref="BlackboxProbe.Udp"/>: address of IPv4 that probes go to from the inside, and come from on the outside.</summary>
    public IpAddress? OutsideAddress { get; init; }
}

/// <summary>What probes look like.</summary>
public enum BlackboxProbe
{
    /// <summary>There are none.</summary>
    None,

    /// <summary>Frames of the EtherType for experiments (0x88b5, IEEE 802) to a group address, as bridges pass them on.</summary>
    Ethernet,

    /// <summary>UDP to port 9 (discard, RFC 863) between two addresses.</summary>
    Udp,
}
