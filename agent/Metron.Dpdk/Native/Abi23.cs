namespace Metron.Dpdk.Native;

/// <summary>
/// Everything about DPDK's binary interface that its exported functions do not tell: names of the libraries, offsets and sizes of structures,
/// values of enumerations. This file is for ABI 23 (DPDK 22.11, soname <c>.so.23</c>) on x86-64; another ABI gets a file of its own.
/// </summary>
internal static class Abi23
{
    /// <summary>Major number of the ABI: the end of every library's soname.</summary>
    public const int Version = 23;

    /// <summary>How rte_version() begins.</summary>
    public const string Release = "DPDK 22.11";

    public const string EalLibrary = "librte_eal.so.23";
    public const string EthdevLibrary = "librte_ethdev.so.23";
    public const string MbufLibrary = "librte_mbuf.so.23";
    public const string MempoolLibrary = "librte_mempool.so.23";

    // Limits of the Debian build (rte_build_config.h).
    [NativeValue("RTE_MAX_ETHPORTS")]
    public const int MaximumPorts = 32;

    [NativeValue("RTE_MAX_LCORE")]
    public const int MaximumLcores = 128;

    [NativeValue("SOCKET_ID_ANY")]
    public const int AnySocket = -1;

    [NativeValue("LCORE_ID_ANY")]
    public const uint AnyLcore = 0xffffffff;

    // rte_ethdev_core.h: struct rte_eth_fp_ops, one per port in the exported table rte_eth_fp_ops.
    [NativeValue("sizeof(struct rte_eth_fp_ops)")]
    public const int FastPathSize = 128;

    [NativeValue("offsetof(struct rte_eth_fp_ops, rx_pkt_burst)")]
    public const int FastPathReceiveBurst = 0;

    [NativeValue("offsetof(struct rte_eth_fp_ops, rx_queue_count)")]
    public const int FastPathReceiveQueueCount = 8;

    [NativeValue("offsetof(struct rte_eth_fp_ops, rxq.data)")]
    public const int FastPathReceiveQueues = 24;

    [NativeValue("offsetof(struct rte_eth_fp_ops, tx_pkt_burst)")]
    public const int FastPathTransmitBurst = 64;

    [NativeValue("offsetof(struct rte_eth_fp_ops, txq.data)")]
    public const int FastPathTransmitQueues = 88;

    // rte_mbuf_core.h: struct rte_mbuf.
    [NativeValue("sizeof(struct rte_mbuf)")]
    public const int MbufSize = 128;

    [NativeValue("offsetof(struct rte_mbuf, buf_addr)")]
    public const int MbufBufferAddress = 0;

    [NativeValue("offsetof(struct rte_mbuf, data_off)")]
    public const int MbufDataOffset = 16;

    [NativeValue("offsetof(struct rte_mbuf, refcnt)")]
    public const int MbufReferenceCount = 18;

    [NativeValue("offsetof(struct rte_mbuf, nb_segs)")]
    public const int MbufSegmentCount = 20;

    [NativeValue("offsetof(struct rte_mbuf, port)")]
    public const int MbufPort = 22;

    [NativeValue("offsetof(struct rte_mbuf, ol_flags)")]
    public const int MbufOffloadFlags = 24;

    [NativeValue("offsetof(struct rte_mbuf, packet_type)")]
    public const int MbufPacketType = 32;

    [NativeValue("offsetof(struct rte_mbuf, pkt_len)")]
    public const int MbufPacketLength = 36;

    [NativeValue("offsetof(struct rte_mbuf, data_len)")]
    public const int MbufDataLength = 40;

    [NativeValue("offsetof(struct rte_mbuf, vlan_tci)")]
    public const int MbufVlanTci = 42;

    [NativeValue("offsetof(struct rte_mbuf, hash.rss)")]
    public const int MbufRssHash = 44;

    [NativeValue("offsetof(struct rte_mbuf, vlan_tci_outer)")]
    public const int MbufVlanTciOuter = 52;

    [NativeValue("offsetof(struct rte_mbuf, buf_len)")]
    public const int MbufBufferLength = 54;

    [NativeValue("offsetof(struct rte_mbuf, pool)")]
    public const int MbufPool = 56;

    [NativeValue("offsetof(struct rte_mbuf, next)")]
    public const int MbufNext = 64;

    [NativeValue("offsetof(struct rte_mbuf, tx_offload)")]
    public const int MbufTransmitOffload = 72;

    [NativeValue("RTE_PKTMBUF_HEADROOM")]
    public const int MbufHeadroom = 128;

    [NativeValue("RTE_MBUF_PORT_INVALID")]
    public const ushort MbufInvalidPort = 0xffff;

    [NativeValue("RTE_MBUF_F_RX_VLAN")]
    public const ulong MbufFlagReceiveVlan = 1UL << 0;

    [NativeValue("RTE_MBUF_F_RX_RSS_HASH")]
    public const ulong MbufFlagReceiveRssHash = 1UL << 1;

    [NativeValue("RTE_MBUF_F_RX_VLAN_STRIPPED")]
    public const ulong MbufFlagReceiveVlanStripped = 1UL << 6;

    [NativeValue("RTE_MBUF_F_TX_VLAN")]
    public const ulong MbufFlagTransmitVlan = 1UL << 57;

    [NativeValue("RTE_MBUF_F_EXTERNAL")]
    public const ulong MbufFlagExternal = 1UL << 61;

    // rte_mempool.h: struct rte_mempool, its per-lcore caches and the exported table rte_mempool_ops_table.
    [NativeValue("offsetof(struct rte_mempool, size)")]
    public const int MempoolSize = 64;

    [NativeValue("offsetof(struct rte_mempool, ops_index)")]
    public const int MempoolOpsIndex = 88;

    [NativeValue("offsetof(struct rte_mempool, local_cache)")]
    public const int MempoolLocalCache = 96;

    [NativeValue("sizeof(struct rte_mempool_cache)")]
    public const int CacheSize = 8256;

    [NativeValue("offsetof(struct rte_mempool_cache, size)")]
    public const int CacheLimit = 0;

    [NativeValue("offsetof(struct rte_mempool_cache, len)")]
    public const int CacheLength = 8;

    [NativeValue("offsetof(struct rte_mempool_cache, objs)")]
    public const int CacheObjects = 64;

    [NativeValue("RTE_MEMPOOL_CACHE_MAX_SIZE")]
    public const int CacheMaximum = 512;

    [NativeValue("offsetof(struct rte_mempool_ops_table, ops)")]
    public const int OpsTableEntries = 64;

    [NativeValue("sizeof(struct rte_mempool_ops)")]
    public const int OpsSize = 128;

    [NativeValue("offsetof(struct rte_mempool_ops, dequeue)")]
    public const int OpsDequeue = 56;

    // rte_ethdev.h: struct rte_eth_conf.
    [NativeValue("sizeof(struct rte_eth_conf)")]
    public const int ConfigurationSize = 2272;

    [NativeValue("offsetof(struct rte_eth_conf, rxmode.mq_mode)")]
    public const int ConfigurationReceiveMode = 8;

    [NativeValue("offsetof(struct rte_eth_conf, rxmode.mtu)")]
    public const int ConfigurationMtu = 12;

    [NativeValue("offsetof(struct rte_eth_conf, rxmode.offloads)")]
    public const int ConfigurationReceiveOffloads = 24;

    [NativeValue("offsetof(struct rte_eth_conf, txmode.offloads)")]
    public const int ConfigurationTransmitOffloads = 72;

    [NativeValue("offsetof(struct rte_eth_conf, rx_adv_conf.rss_conf)")]
    public const int ConfigurationRss = 128;

    [NativeValue("RTE_ETH_MQ_RX_RSS")]
    public const uint ReceiveModeRss = 1;

    // rte_ethdev.h: struct rte_eth_dev_info.
    [NativeValue("sizeof(struct rte_eth_dev_info)")]
    public const int DeviceSize = 376;

    [NativeValue("offsetof(struct rte_eth_dev_info, device)")]
    public const int DeviceOnBus = 0;

    [NativeValue("offsetof(struct rte_eth_dev_info, driver_name)")]
    public const int DeviceDriverName = 8;

    [NativeValue("offsetof(struct rte_eth_dev_info, if_index)")]
    public const int DeviceInterfaceIndex = 16;

    [NativeValue("offsetof(struct rte_eth_dev_info, min_mtu)")]
    public const int DeviceMinimumMtu = 20;

    [NativeValue("offsetof(struct rte_eth_dev_info, max_mtu)")]
    public const int DeviceMaximumMtu = 22;

    [NativeValue("offsetof(struct rte_eth_dev_info, max_rx_queues)")]
    public const int DeviceMaximumReceiveQueues = 44;

    [NativeValue("offsetof(struct rte_eth_dev_info, max_tx_queues)")]
    public const int DeviceMaximumTransmitQueues = 46;

    [NativeValue("offsetof(struct rte_eth_dev_info, rx_offload_capa)")]
    public const int DeviceReceiveOffloads = 72;

    [NativeValue("offsetof(struct rte_eth_dev_info, tx_offload_capa)")]
    public const int DeviceTransmitOffloads = 80;

    [NativeValue("offsetof(struct rte_eth_dev_info, reta_size)")]
    public const int DeviceRetaSize = 104;

    [NativeValue("offsetof(struct rte_eth_dev_info, hash_key_size)")]
    public const int DeviceHashKeySize = 106;

    [NativeValue("offsetof(struct rte_eth_dev_info, flow_type_rss_offloads)")]
    public const int DeviceRssHashTypes = 112;

    // rte_ethdev.h: struct rte_eth_rss_conf and struct rte_eth_rss_reta_entry64.
    [NativeValue("sizeof(struct rte_eth_rss_conf)")]
    public const int RssSize = 24;

    [NativeValue("offsetof(struct rte_eth_rss_conf, rss_key)")]
    public const int RssKey = 0;

    [NativeValue("offsetof(struct rte_eth_rss_conf, rss_key_len)")]
    public const int RssKeyLength = 8;

    [NativeValue("offsetof(struct rte_eth_rss_conf, rss_hf)")]
    public const int RssHashTypes = 16;

    [NativeValue("RTE_ETH_RETA_GROUP_SIZE")]
    public const int RetaGroupEntries = 64;

    [NativeValue("sizeof(struct rte_eth_rss_reta_entry64)")]
    public const int RetaGroupSize = 136;

    [NativeValue("offsetof(struct rte_eth_rss_reta_entry64, mask)")]
    public const int RetaGroupMask = 0;

    [NativeValue("offsetof(struct rte_eth_rss_reta_entry64, reta)")]
    public const int RetaGroupQueues = 8;

    // rte_ethdev.h: what RSS hashes by.
    [NativeValue("RTE_ETH_RSS_IPV4")]
    public const ulong RssIpv4 = 1UL << 2;

    [NativeValue("RTE_ETH_RSS_FRAG_IPV4")]
    public const ulong RssIpv4Fragment = 1UL << 3;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV4_TCP")]
    public const ulong RssIpv4Tcp = 1UL << 4;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV4_UDP")]
    public const ulong RssIpv4Udp = 1UL << 5;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV4_SCTP")]
    public const ulong RssIpv4Sctp = 1UL << 6;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV4_OTHER")]
    public const ulong RssIpv4Other = 1UL << 7;

    [NativeValue("RTE_ETH_RSS_IPV6")]
    public const ulong RssIpv6 = 1UL << 8;

    [NativeValue("RTE_ETH_RSS_FRAG_IPV6")]
    public const ulong RssIpv6Fragment = 1UL << 9;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV6_TCP")]
    public const ulong RssIpv6Tcp = 1UL << 10;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV6_UDP")]
    public const ulong RssIpv6Udp = 1UL << 11;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV6_SCTP")]
    public const ulong RssIpv6Sctp = 1UL << 12;

    [NativeValue("RTE_ETH_RSS_NONFRAG_IPV6_OTHER")]
    public const ulong RssIpv6Other = 1UL << 13;

    [NativeValue("RTE_ETH_RSS_L2_PAYLOAD")]
    public const ulong RssLayer2 = 1UL << 14;

    [NativeValue("RTE_ETH_RSS_IPV6_EX")]
    public const ulong RssIpv6Extended = 1UL << 15;

    [NativeValue("RTE_ETH_RSS_IPV6_TCP_EX")]
    public const ulong RssIpv6TcpExtended = 1UL << 16;

    [NativeValue("RTE_ETH_RSS_IPV6_UDP_EX")]
    public const ulong RssIpv6UdpExtended = 1UL << 17;

    // rte_ethdev.h: offloads.
    [NativeValue("RTE_ETH_RX_OFFLOAD_VLAN_STRIP")]
    public const ulong ReceiveOffloadVlanStrip = 1UL << 0;

    [NativeValue("RTE_ETH_RX_OFFLOAD_RSS_HASH")]
    public const ulong ReceiveOffloadRssHash = 1UL << 19;

    [NativeValue("RTE_ETH_TX_OFFLOAD_VLAN_INSERT")]
    public const ulong TransmitOffloadVlanInsert = 1UL << 0;

    [NativeValue("RTE_ETH_TX_OFFLOAD_MULTI_SEGS")]
    public const ulong TransmitOffloadMultipleSegments = 1UL << 15;

    // rte_ethdev.h: struct rte_eth_link and struct rte_eth_stats.
    [NativeValue("sizeof(struct rte_eth_link)")]
    public const int LinkSize = 8;

    [NativeValue("offsetof(struct rte_eth_link, link_speed)")]
    public const int LinkSpeed = 0;

    [NativeValue("offsetof(struct rte_eth_link, link_speed) + sizeof(uint32_t)")]
    public const int LinkFlags = 4;

    [NativeValue("((uint8_t *)&(struct rte_eth_link){ .link_status = 1 })[4]")]
    public const int LinkUp = 4;

    [NativeValue("RTE_ETH_SPEED_NUM_UNKNOWN")]
    public const uint LinkSpeedUnknown = 0xffffffff;

    [NativeValue("sizeof(struct rte_eth_stats)")]
    public const int StatisticsSize = 704;

    [NativeValue("offsetof(struct rte_eth_stats, ipackets)")]
    public const int StatisticsReceivedPackets = 0;

    [NativeValue("offsetof(struct rte_eth_stats, opackets)")]
    public const int StatisticsSentPackets = 8;

    [NativeValue("offsetof(struct rte_eth_stats, ibytes)")]
    public const int StatisticsReceivedBytes = 16;

    [NativeValue("offsetof(struct rte_eth_stats, obytes)")]
    public const int StatisticsSentBytes = 24;

    [NativeValue("offsetof(struct rte_eth_stats, imissed)")]
    public const int StatisticsMissed = 32;

    [NativeValue("offsetof(struct rte_eth_stats, ierrors)")]
    public const int StatisticsReceiveErrors = 40;

    [NativeValue("offsetof(struct rte_eth_stats, oerrors)")]
    public const int StatisticsSendErrors = 48;

    [NativeValue("offsetof(struct rte_eth_stats, rx_nombuf)")]
    public const int StatisticsNoMbuf = 56;

    // rte_flow.h: attributes, pattern items, actions and errors.
    [NativeValue("sizeof(struct rte_flow_attr)")]
    public const int FlowAttributesSize = 12;

    [NativeValue("offsetof(struct rte_flow_attr, priority)")]
    public const int FlowAttributesPriority = 4;

    [NativeValue("offsetof(struct rte_flow_attr, priority) + sizeof(uint32_t)")]
    public const int FlowAttributesFlags = 8;

    [NativeValue("((uint8_t *)&(struct rte_flow_attr){ .ingress = 1 })[8]")]
    public const int FlowAttributesIngress = 1;

    [NativeValue("sizeof(struct rte_flow_item)")]
    public const int FlowItemSize = 32;

    [NativeValue("offsetof(struct rte_flow_item, type)")]
    public const int FlowItemType = 0;

    [NativeValue("offsetof(struct rte_flow_item, spec)")]
    public const int FlowItemSpecification = 8;

    [NativeValue("offsetof(struct rte_flow_item, mask)")]
    public const int FlowItemMask = 24;

    [NativeValue("RTE_FLOW_ITEM_TYPE_END")]
    public const int FlowItemTypeEnd = 0;

    [NativeValue("RTE_FLOW_ITEM_TYPE_ETH")]
    public const int FlowItemTypeEthernet = 6;

    [NativeValue("RTE_FLOW_ITEM_TYPE_VLAN")]
    public const int FlowItemTypeVlan = 7;

    [NativeValue("sizeof(struct rte_flow_item_eth)")]
    public const int FlowEthernetSize = 20;

    [NativeValue("offsetof(struct rte_flow_item_eth, hdr.dst_addr)")]
    public const int FlowEthernetDestination = 0;

    [NativeValue("sizeof(struct rte_flow_item_vlan)")]
    public const int FlowVlanSize = 8;

    [NativeValue("offsetof(struct rte_flow_item_vlan, hdr.vlan_tci)")]
    public const int FlowVlanTci = 0;

    [NativeValue("sizeof(struct rte_flow_action)")]
    public const int FlowActionSize = 16;

    [NativeValue("offsetof(struct rte_flow_action, type)")]
    public const int FlowActionType = 0;

    [NativeValue("offsetof(struct rte_flow_action, conf)")]
    public const int FlowActionConfiguration = 8;

    [NativeValue("RTE_FLOW_ACTION_TYPE_END")]
    public const int FlowActionTypeEnd = 0;

    [NativeValue("RTE_FLOW_ACTION_TYPE_QUEUE")]
    public const int FlowActionTypeQueue = 6;

    [NativeValue("sizeof(struct rte_flow_action_queue)")]
    public const int FlowActionQueueSize = 2;

    [NativeValue("RTE_FLOW_ACTION_TYPE_RSS")]
    public const int FlowActionTypeRss = 9;

    [NativeValue("sizeof(struct rte_flow_action_rss)")]
    public const int FlowActionRssSize = 40;

    [NativeValue("offsetof(struct rte_flow_action_rss, func)")]
    public const int FlowActionRssFunction = 0;

    [NativeValue("offsetof(struct rte_flow_action_rss, level)")]
    public const int FlowActionRssLevel = 4;

    [NativeValue("offsetof(struct rte_flow_action_rss, types)")]
    public const int FlowActionRssTypes = 8;

    [NativeValue("offsetof(struct rte_flow_action_rss, key_len)")]
    public const int FlowActionRssKeyLength = 16;

    [NativeValue("offsetof(struct rte_flow_action_rss, queue_num)")]
    public const int FlowActionRssQueueCount = 20;

    [NativeValue("offsetof(struct rte_flow_action_rss, key)")]
    public const int FlowActionRssKey = 24;

    [NativeValue("offsetof(struct rte_flow_action_rss, queue)")]
    public const int FlowActionRssQueues = 32;

    [NativeValue("RTE_ETH_HASH_FUNCTION_TOEPLITZ")]
    public const int RssFunctionToeplitz = 1;

    [NativeValue("sizeof(struct rte_flow_error)")]
    public const int FlowErrorSize = 24;

    [NativeValue("offsetof(struct rte_flow_error, message)")]
    public const int FlowErrorMessage = 16;
}
