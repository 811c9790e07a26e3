namespace Metron.Dpdk;

/// <summary>What a device can do (rte_ethdev.h, struct rte_eth_dev_info).</summary>
/// <param name="Driver">Driver, as DPDK names it: "net_af_packet".</param>
/// <param name="InterfaceIndex">Index of the kernel's network interface behind it; 0 when there is none.</param>
/// <param name="MaximumReceiveQueues">Most RX queues.</param>
/// <param name="MaximumTransmitQueues">Most TX queues.</param>
/// <param name="MinimumMtu">Smallest MTU in bytes.</param>
/// <param name="MaximumMtu">Largest MTU in bytes.</param>
/// <param name="ReceiveOffloads">What it can do on receive.</param>
/// <param name="TransmitOffloads">What it can do on transmit.</param>
/// <param name="RetaSize">Entries of its indirection table; 0 when it has none.</param>
/// <param name="HashKeySize">Bytes of its RSS key; 0 when it takes none.</param>
/// <param name="RssHashTypes">What it can hash by; none when it has no RSS.</param>
public sealed record DeviceCapabilities(
    string Driver,
    uint InterfaceIndex,
    int MaximumReceiveQueues,
    int MaximumTransmitQueues,
    int MinimumMtu,
    int MaximumMtu,
    ReceiveOffloads ReceiveOffloads,
    TransmitOffloads TransmitOffloads,
    int RetaSize,
    int HashKeySize,
    RssHashTypes RssHashTypes);

/// <summary>RTE_ETH_RX_OFFLOAD_* that Metron uses.</summary>
[Flags]
public enum ReceiveOffloads : ulong
{
    None = 0,

    /// <summary>Takes a VLAN tag out of the frame into <see cref="Mbuf.VlanTci"/>.</summary>
    VlanStrip = Native.Abi23.ReceiveOffloadVlanStrip,

    /// <summary>Delivers the RSS hash in <see cref="Mbuf.RssHash"/>.</summary>
    RssHash = Native.Abi23.ReceiveOffloadRssHash,
}

/// <summary>RTE_ETH_TX_OFFLOAD_* that Metron uses.</summary>
[Flags]
public enum TransmitOffloads : ulong
{
    None = 0,

    /// <summary>Inserts <see cref="Mbuf.VlanTci"/> into frames with <see cref="MbufFlags.TransmitVlan"/>.</summary>
    VlanInsert = Native.Abi23.TransmitOffloadVlanInsert,

    /// <summary>Sends frames of several segments.</summary>
    MultipleSegments = Native.Abi23.TransmitOffloadMultipleSegments,
}
