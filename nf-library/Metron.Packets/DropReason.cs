namespace Metron.Packets;

/// <summary>Why a packet was dropped: each reason is a counter of its own, named in camel case in statistics.</summary>
public enum DropReason : byte
{
    /// <summary>Not dropped.</summary>
    None,

    /// <summary>Shorter than its headers say, or than an Ethernet, IP, TCP, UDP or ICMP header.</summary>
    Truncated,

    /// <summary>IP version, header length or total length contradict each other or the frame.</summary>
    MalformedHeader,

    /// <summary>IPv4 header checksum is wrong.</summary>
    BadChecksum,

    /// <summary>Neither IPv4 nor IPv6.</summary>
    NotIp,

    /// <summary>A VLAN header where none belongs, behind the tag or instead of it.</summary>
    VlanTagged,

    /// <summary>The tag belongs to no chain that runs here.</summary>
    UnknownTag,

    /// <summary>The tag belongs to another worker.</summary>
    WrongWorker,

    /// <summary>An IP fragment where a function needs ports.</summary>
    Fragment,

    /// <summary>Extension headers that hide the transport header, or too many of them.</summary>
    ExtensionHeader,

    /// <summary>IPv4 source route and other options that the platform does not forward.</summary>
    IpOptions,

    /// <summary>Source or destination that must not be forwarded: loopback, unspecified, multicast source.</summary>
    MartianAddress,

    /// <summary>A firewall rule or its default denied it.</summary>
    Denied,

    /// <summary>A stateful firewall saw a TCP packet, not a SYN, of a connection it does not know.</summary>
    NoConnection,

    /// <summary>No route to the destination.</summary>
    NoRoute,

    /// <summary>The route leads back to the port the packet came from.</summary>
    RouteToIngress,

    /// <summary>TTL or hop limit would reach 0.</summary>
    TimeToLiveExpired,

    /// <summary>A protocol or IP version that the function does not translate.</summary>
    UnsupportedProtocol,

    /// <summary>NAPT: no binding for a packet from outside.</summary>
    NoBinding,

    /// <summary>NAPT: no port is free, or the host has all it may have.</summary>
    PortsExhausted,

    /// <summary>A table of connections or bindings is full.</summary>
    TableFull,

    /// <summary>Load balancer: no backend of the service takes connections.</summary>
    NoBackend,

    /// <summary>An ICMP error about no flow that is known.</summary>
    IcmpErrorUnrelated,

    /// <summary>An ICMP error whose embedded packet is too short or malformed.</summary>
    IcmpErrorMalformed,

    /// <summary>The endpoint where it would leave is ingress only.</summary>
    NotAnEgress,

    /// <summary>The packet came to the same port of the same function again.</summary>
    RoutingLoop,

    /// <summary>The packet came from outside a prefix that prefix translation knows, or cannot be translated.</summary>
    PrefixMismatch,

    /// <summary>The transmit queue was full.</summary>
    TransmitQueueFull,

    /// <summary>The chain is being removed.</summary>
    Undeployed,

    /// <summary>NAPT: a packet from inside to one of its own outside addresses; it would have to turn back.</summary>
    Hairpin,

    /// <summary>Deep inspection: a rule denied the flow for what it carries.</summary>
    ContentDenied,

    /// <summary>Deep inspection: it could not be looked into, and the function lets nothing pass that was not.</summary>
    Uninspected,

    /// <summary>Policer: more than its limit lets pass.</summary>
    RateExceeded,

    /// <summary>With what a tunnel puts before it, it would be longer than the MTU or than its buffer; or it lies in several segments.</summary>
    TooBig,

    /// <summary>From outside, not a packet of the tunnel: other addresses, protocol, port, network identifier or key.</summary>
    NotForTunnel,

    /// <summary>A packet of the tunnel whose headers contradict each other or the frame, or say what is not supported.</summary>
    TunnelMalformed,

    /// <summary>A tunnel says that there was congestion, but the packet inside cannot carry that on (RFC 6040, section 4.2).</summary>
    CongestionHidden,

    /// <summary>The closed program of a blackbox is down, and its policy is to let nothing pass.</summary>
    BlackboxDown,

    /// <summary>IPsec: no association for the packet, or its lifetime is over.</summary>
    NoSecurityAssociation,

    /// <summary>IPsec: a sequence number that was seen, or is too old to tell.</summary>
    Replayed,

    /// <summary>IPsec: the integrity check value is not that of the packet.</summary>
    AuthenticationFailed,

    /// <summary>Dispatcher: no rule says where it goes.</summary>
    NoOutput,

    /// <summary>Mirror: it came in where copies go out.</summary>
    MirrorPort,

    /// <summary>WAN optimizer: a TCP acknowledgement behind which a later one waited already.</summary>
    AcknowledgementThinned,

    /// <summary>A copy of a packet, for which no mbuf was left; the packet itself went on.</summary>
    NoBuffer,

    /// <summary>VLAN function: no VLAN header where one belongs, or that of another VLAN.</summary>
    WrongVlan,

    /// <summary>MPLS: a label that the function does not know, or labels below one that must be the last.</summary>
    UnknownLabel,

    /// <summary>An ARP request or neighbour solicitation that nobody here answers.</summary>
    NoNeighbor,

    /// <summary>ARP or a neighbour solicitation that is not as its standard demands.</summary>
    NeighborMalformed,

    /// <summary>Layer 2 switch: nobody is known to have the destination MAC address.</summary>
    UnknownMac,

    /// <summary>Its flow group was on its way to this worker, and more packets of it waited already than may.</summary>
    MigrationOverflow,

    /// <summary>Its flow group was to come to this worker, and did not in time, or at all.</summary>
    MigrationTimeout,

    /// <summary>It was in the queue of a worker that died.</summary>
    WorkerDied,
}
