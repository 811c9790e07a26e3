using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <content>Receive side scaling: hash, key and indirection table (rte_ethdev.h). Only a started device is asked: many drivers write their table when they start.</content>
public sealed unsafe partial class EthernetDevice
{
    /// <summary>Reads what the device hashes by, and its key (rte_eth_dev_rss_hash_conf_get).</summary>
    /// <exception cref="DpdkException">The device has no RSS, or does not tell.</exception>
    public RssSettings ReadRss()
    {
        CheckHasRss();
        var key = new byte[Capabilities.HashKeySize];
        var rss = stackalloc byte[Abi23.RssSize];
        fixed (byte* first = key)
        {
            SetRss(rss, first, key.Length, RssHashTypes.None);
            Check(EthdevNative.GetRss(Port, rss), "does not tell its RSS settings");
            var isTold = *(byte**)(rss + Abi23.RssKey) != null && rss[Abi23.RssKeyLength] == key.Length;
            return new RssSettings((RssHashTypes)(*(ulong*)(rss + Abi23.RssHashTypes)), isTold ? key : ReadOnlyMemory<byte>.Empty);
        }
    }

    /// <summary>
    /// Changes what the device hashes by (rte_eth_dev_rss_hash_update). Packets of a flow may come by another queue from then on, at once: nothing is
    /// migrated here.
    /// </summary>
    /// <param name="settings">Types that the device can, and a key of <see cref="DeviceCapabilities.HashKeySize"/> bytes, or an empty one to keep its own.</param>
    /// <exception cref="DpdkException">The device has no RSS, or refuses.</exception>
    public void UpdateRss(RssSettings settings)
    {
        CheckHasRss();
        CheckRss(settings.Types, settings.Key.Length);
        var rss = stackalloc byte[Abi23.RssSize];
        fixed (byte* key = settings.Key.Span)
        {
            SetRss(rss, key, settings.Key.Length, settings.Types);
            Check(EthdevNative.UpdateRss(Port, rss), $"does not hash by {settings.Types} with a key of {settings.Key.Length} bytes");
        }
    }

    /// <summary>Reads the indirection table (rte_eth_dev_rss_reta_query).</summary>
    /// <param name="queues">Room for the RX queue of each of the <see cref="DeviceCapabilities.RetaSize"/> entries.</param>
    /// <exception cref="DpdkException">The device has no table, or does not tell it.</exception>
    public void ReadReta(Span<ushort> queues)
    {
        CheckHasReta();
        ArgumentOutOfRangeException.ThrowIfNotEqual(queues.Length, Capabilities.RetaSize, nameof(queues));
        var groups = stackalloc byte[RetaBytes];
        new Span<byte>(groups, RetaBytes).Clear();
        for (var i = 0; i < queues.Length; i++)
        {
            *MaskOf(groups, i) |= BitOf(i);
        }

        Check(EthdevNative.QueryReta(Port, groups, (ushort)queues.Length), "does not tell its indirection table");
        for (var i = 0; i < queues.Length; i++)
        {
            queues[i] = *QueueOf(groups, i);
        }
    }

    /// <summary>Changes entries of the indirection table, all by one call (rte_eth_dev_rss_reta_update). What the device made of it only <see cref="ReadReta"/> tells.</summary>
    /// <param name="entries">Entries to change; of several with one index, the last counts.</param>
    /// <exception cref="DpdkException">The device has no table, or refuses.</exception>
    public void WriteReta(ReadOnlySpan<RetaEntry> entries)
    {
        CheckHasReta();
        var groups = stackalloc byte[RetaBytes];
        new Span<byte>(groups, RetaBytes).Clear();
        foreach (var entry in entries)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)entry.Index, (uint)Capabilities.RetaSize, nameof(entries));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(entry.Queue, _configuration!.ReceiveQueues, nameof(entries));
            *MaskOf(groups, entry.Index) |= BitOf(entry.Index);
            *QueueOf(groups, entry.Index) = entry.Queue;
        }

        Check(EthdevNative.UpdateReta(Port, groups, (ushort)Capabilities.RetaSize), $"does not change {entries.Length} entries of its indirection table");
    }

    /// <summary>
    /// Number of descriptors of an RX queue that hold received frames (rte_eth_rx_queue_count); null when the driver cannot tell. Some drivers count in steps
    /// of four. Exact only on the thread that polls the queue: from another one it may be too small, since drivers look at descriptors from the queue's
    /// tail on, and the poll moves that and empties them.
    /// </summary>
    public int? CountReceived(int queue)
    {
        CheckQueue(queue, _configuration?.ReceiveQueues ?? 0);
        var table = DpdkLibraries.FastPathTable + (Port * Abi23.FastPathSize);
        var count = *(delegate* unmanaged<void*, int>*)(table + Abi23.FastPathReceiveQueueCount);
        var result = count == null ? -1 : count((*(void***)(table + Abi23.FastPathReceiveQueues))[queue]);

        // For a driver without it, ethdev may put in a function that says -ENOTSUP.
        return result < 0 ? null : result;
    }

    /// <summary>Size of the table in groups of 64 entries, as its functions want it: about 1 KiB for 512 entries, so it is put on the stack.</summary>
    private int RetaBytes => (Capabilities.RetaSize + Abi23.RetaGroupEntries - 1) / Abi23.RetaGroupEntries * Abi23.RetaGroupSize;

    private static ulong* MaskOf(byte* groups, int index) =>
        (ulong*)(groups + (index / Abi23.RetaGroupEntries * Abi23.RetaGroupSize) + Abi23.RetaGroupMask);

    private static ulong BitOf(int index) => 1ul << (index % Abi23.RetaGroupEntries);

    private static ushort* QueueOf(byte* groups, int index) =>
        (ushort*)(groups + (index / Abi23.RetaGroupEntries * Abi23.RetaGroupSize) + Abi23.RetaGroupQueues) + (index % Abi23.RetaGroupEntries);

    private static void SetRss(byte* rss, byte* key, int keyLength, RssHashTypes types)
    {
        new Span<byte>(rss, Abi23.RssSize).Clear();
        *(byte**)(rss + Abi23.RssKey) = keyLength == 0 ? null : key;
        rss[Abi23.RssKeyLength] = (byte)keyLength;
        *(ulong*)(rss + Abi23.RssHashTypes) = (ulong)types;
    }

    private void CheckRss(RssHashTypes types, int keyLength)
    {
        var missing = types & ~Capabilities.RssHashTypes;
        if (missing != 0)
        {
            throw new DpdkException($"{Describe()} cannot hash by {missing} (RTE_ETH_RSS_*); it can by {Capabilities.RssHashTypes}");
        }

        if (keyLength != 0 && keyLength != Capabilities.HashKeySize)
        {
            throw new DpdkException(Capabilities.HashKeySize == 0
                ? $"{Describe()} does not tell how long its RSS key is, so none can be set"
                : $"{Describe()} takes an RSS key of {Capabilities.HashKeySize} bytes; one of {keyLength} was given");
        }
    }

    private void CheckHasRss()
    {
        if (Capabilities.RssHashTypes == RssHashTypes.None)
        {
            throw new DpdkException($"{Describe()} has no RSS");
        }
    }

    private void CheckHasReta()
    {
        if (Capabilities.RetaSize == 0)
        {
            throw new DpdkException($"{Describe()} has no indirection table");
        }

        if (!_started)
        {
            throw new DpdkException($"{Name} is not started: its indirection table cannot be used");
        }
    }
}
