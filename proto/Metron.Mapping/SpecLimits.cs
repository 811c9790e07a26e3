namespace Metron.Mapping;

/// <summary>How large the parts of a spec may be. The comments of the .proto files state the same numbers.</summary>
public static class SpecLimits
{
    /// <summary>Characters of a name.</summary>
    public const int NameLength = 63;

    /// <summary>Characters of the name of a switch or server.</summary>
    public const int PeerNameLength = 253;

    /// <summary>Labels of a chain.</summary>
    public const int Labels = 64;

    /// <summary>Labels that a chain can ask of its server.</summary>
    public const int ServerLabels = 16;

    /// <summary>Chains that a chain can be kept apart from.</summary>
    public const int ApartFrom = 64;

    /// <summary>Characters of a label's key or value.</summary>
    public const int LabelLength = 63;

    /// <summary>Ports of an endpoint besides its main one.</summary>
    public const int BackupPorts = 7;

    /// <summary>Endpoints of a chain.</summary>
    public const int Endpoints = 64;

    /// <summary>Network functions of a chain.</summary>
    public const int Functions = 64;

    /// <summary>Links of a chain: more than every port of every function can have.</summary>
    public const int Links = 4160;

    /// <summary>Rules of a firewall.</summary>
    public const int FirewallRules = 100_000;

    /// <summary>Ports of a router.</summary>
    public const int RouterPorts = 64;

    /// <summary>Routes of a router.</summary>
    public const int Routes = 1_000_000;

    /// <summary>Addresses of a NAPT's pool.</summary>
    public const int PoolAddresses = 65_536;

    /// <summary>Virtual services of a load balancer.</summary>
    public const int Services = 1000;

    /// <summary>Backends of a virtual service.</summary>
    public const int Backends = 1000;

    /// <summary>Weight of a backend.</summary>
    public const int BackendWeight = 1000;

    /// <summary>Top talkers of a monitor.</summary>
    public const int TopTalkers = 1000;

    /// <summary>Pairs of a static NAT.</summary>
    public const int AddressPairs = 10_000;

    /// <summary>Least MTU of a path (RFC 791).</summary>
    public const int LeastPathMtu = 576;

    /// <summary>TCP acknowledgements in a row of which a WAN optimizer may leave out all but one.</summary>
    public const int AcknowledgementsInARow = 16;

    /// <summary>Outputs of a dispatcher.</summary>
    public const int DispatcherOutputs = 64;

    /// <summary>Rules of a dispatcher.</summary>
    public const int DispatcherRules = 1000;

    /// <summary>Matches of a mirror.</summary>
    public const int MirrorMatches = 64;

    /// <summary>One of how many packets a mirror may copy.</summary>
    public const int MirrorSample = 1_000_000;

    /// <summary>Shortest length that a mirror may cut to.</summary>
    public const int LeastMirrorBytes = 64;

    /// <summary>Limits of a policer.</summary>
    public const int PolicerLimits = 256;

    /// <summary>Fewest bits per second of a limit.</summary>
    public const long LeastBitsPerSecond = 1000;

    /// <summary>Most bits per second of a limit.</summary>
    public const long BitsPerSecond = 1_000_000_000_000;

    /// <summary>Most packets per second of a limit.</summary>
    public const long PacketsPerSecond = 1_000_000_000;

    /// <summary>Most bytes or packets of a burst.</summary>
    public const long PolicerBurst = 1 << 30;

    /// <summary>Rules of deep packet inspection.</summary>
    public const int DpiRules = 20_000;

    /// <summary>Matches of a rule of deep packet inspection.</summary>
    public const int DpiMatches = 64;

    /// <summary>Characters of a description.</summary>
    public const int DescriptionLength = 255;

    /// <summary>Bytes of a direction that deep packet inspection may be told to look at.</summary>
    public const int InspectedBytes = 1 << 30;

    /// <summary>Mebibytes of stream memory.</summary>
    public const int StreamMebibytes = 65_536;

    /// <summary>Matches of deep packet inspection in a report.</summary>
    public const int ReportedMatches = 100;

    /// <summary>Probes of a blackbox that may be missed.</summary>
    public const int MissedProbes = 100;

    /// <summary>Security associations of one direction of an IPsec tunnel.</summary>
    public const int SecurityAssociations = 16;

    /// <summary>Seconds of a security association: a year.</summary>
    public const int AssociationSeconds = 31_536_000;

    /// <summary>Largest VLAN id of frames.</summary>
    public const int VlanId = 4094;

    /// <summary>Smallest label that is not reserved (RFC 3032, section 2.1).</summary>
    public const int LeastLabel = 16;

    /// <summary>Largest label: 20 bits.</summary>
    public const int Label = (1 << 20) - 1;

    /// <summary>Pairs of labels that a function swaps.</summary>
    public const int LabelPairs = 1000;

    /// <summary>Answers of a neighbour responder.</summary>
    public const int NeighborAnswers = 1000;

    /// <summary>Addresses of a port of a layer 3 switch.</summary>
    public const int PortAddresses = 16;

    /// <summary>Neighbours of a layer 3 switch.</summary>
    public const int Neighbors = 10_000;

    /// <summary>Routes of a layer 3 switch.</summary>
    public const int L3SwitchRoutes = 100_000;

    /// <summary>Workers (cores) of a chain.</summary>
    public const int Cores = 256;

    /// <summary>Seconds of any idle time: seven days.</summary>
    public const int TimeoutSeconds = 604_800;

    /// <summary>Violations in one answer; the last one says how many more there are.</summary>
    public const int Violations = 100;
}
