using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>The mbuf flags that Metron reads or writes (rte_mbuf_core.h, RTE_MBUF_F_*); others are left as they are.</summary>
[Flags]
public enum MbufFlags : ulong
{
    None = 0,

    /// <summary>Received with a VLAN tag, which is in <see cref="Mbuf.VlanTci"/>.</summary>
    ReceiveVlan = Abi23.MbufFlagReceiveVlan,

    /// <summary><see cref="Mbuf.RssHash"/> is valid.</summary>
    ReceiveRssHash = Abi23.MbufFlagReceiveRssHash,

    /// <summary>The VLAN tag was taken out of the frame on receive.</summary>
    ReceiveVlanStripped = Abi23.MbufFlagReceiveVlanStripped,

    /// <summary>On transmit: the device shall insert <see cref="Mbuf.VlanTci"/> as VLAN tag.</summary>
    TransmitVlan = Abi23.MbufFlagTransmitVlan,
}
