using System.Runtime.InteropServices;

namespace Metron.Dpdk.Native;

/// <summary>Exported functions of librte_ethdev (rte_ethdev.h, rte_flow.h).</summary>
internal static unsafe partial class EthdevNative
{
    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_count_avail")]
    public static partial ushort Count();

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_find_next_owned_by")]
    public static partial ulong FindNext(ushort port, ulong owner);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_get_port_by_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FindByName(string name, ushort* port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_get_name_by_port")]
    public static partial int GetName(ushort port, byte* name);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_info_get")]
    public static partial int GetDevice(ushort port, byte* device);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_socket_id")]
    public static partial int GetSocket(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_configure")]
    public static partial int Configure(ushort port, ushort receiveQueues, ushort transmitQueues, byte* configuration);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_adjust_nb_rx_tx_desc")]
    public static partial int AdjustDescriptors(ushort port, ushort* receive, ushort* transmit);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_rx_queue_setup")]
    public static partial int SetUpReceiveQueue(ushort port, ushort queue, ushort descriptors, uint socket, byte* configuration, nint pool);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_tx_queue_setup")]
    public static partial int SetUpTransmitQueue(ushort port, ushort queue, ushort descriptors, uint socket, byte* configuration);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_start")]
    public static partial int Start(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_stop")]
    public static partial int Stop(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_close")]
    public static partial int Close(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_link_get_nowait")]
    public static partial int GetLink(ushort port, byte* link);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_macaddr_get")]
    public static partial int GetMac(ushort port, byte* mac);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_stats_get")]
    public static partial int GetStatistics(ushort port, byte* statistics);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_stats_reset")]
    public static partial int ResetStatistics(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_promiscuous_enable")]
    public static partial int EnablePromiscuous(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_promiscuous_disable")]
    public static partial int DisablePromiscuous(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_promiscuous_get")]
    public static partial int IsPromiscuous(ushort port);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_rss_reta_query")]
    public static partial int QueryReta(ushort port, byte* groups, ushort size);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_rss_reta_update")]
    public static partial int UpdateReta(ushort port, byte* groups, ushort size);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_rss_hash_conf_get")]
    public static partial int GetRss(ushort port, byte* rss);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_eth_dev_rss_hash_update")]
    public static partial int UpdateRss(ushort port, byte* rss);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_flow_validate")]
    public static partial int ValidateFlow(ushort port, nint attributes, nint pattern, nint actions, byte* error);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_flow_create")]
    public static partial nint CreateFlow(ushort port, nint attributes, nint pattern, nint actions, byte* error);

    [LibraryImport(Abi23.EthdevLibrary, EntryPoint = "rte_flow_destroy")]
    public static partial int DestroyFlow(ushort port, nint flow, byte* error);
}
