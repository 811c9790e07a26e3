using System.Globalization;
using System.Numerics;
using Metron.Dpdk;

namespace Metron.Dataplane.Nics;

/// <summary>
/// A NIC in hardware (or in a hypervisor), driven by DPDK: its own RSS hash and its own indirection table (rte_eth_dev_rss_reta_query, _update). What a device
/// lacks for that is said when it is opened, and never emulated; the emulated NIC is for those.
/// </summary>
/// <remarks>
/// Positions. A queue cannot be asked how many packets were ever put into it. rte_eth_rx_queue_count is exact only on the thread that polls the queue, so a
/// position is a bound that needs nobody's help: what the queue's reader has taken, and all descriptors of the queue, since no more can wait in it; and
/// <see cref="InFlight"/> for bursts that are being taken at this moment. Most often the reader's poll finds the queue empty long before.
/// <para>
/// The table is read back from the device, or from what its driver remembers (virtio does so: it has no other way). A device whose packets are under way
/// between its table and the queue when the new entry is read back may put some into the old queue after that.
/// </para>
/// </remarks>
public sealed class DpdkNic : INic
{
    /// <summary>Packets of a queue that are neither in its descriptors nor counted as taken: one burst of the reader, and one that drivers hold back.</summary>
    private const int InFlight = 128;

    private readonly EthernetDevice _device;
    private readonly PortCount[] _taken;
    private readonly ushort[] _before;
    private readonly ushort[] _after;

    private DpdkNic(EthernetDevice device)
    {
        _device = device;
        _taken = new PortCount[device.ReceiveQueues];
        for (var queue = 0; queue < _taken.Length; queue++)
        {
            _taken[queue] = new PortCount();
        }

        _before = new ushort[device.Capabilities.RetaSize];
        _after = new ushort[device.Capabilities.RetaSize];
    }

    /// <inheritdoc/>
    public string Kind => "dpdk";

    /// <inheritdoc/>
    public int Queues => _taken.Length;

    /// <inheritdoc/>
    public int IndirectionSize => _before.Length;

    /// <summary>What is wrong with the table as the device had it when it was opened, in sentences; empty when nothing is.</summary>
    public IReadOnlyList<string> Findings { get; private set; } = [];

    /// <summary>Takes a started device, which was configured with hash types.</summary>
    /// <exception cref="NicException">The device cannot do what this is for; the message says what it lacks.</exception>
    public static DpdkNic Open(EthernetDevice device)
    {
        var lacks = WhatLacks(device).ToList();
        if (lacks.Count > 0)
        {
            throw new NicException($"{device.Name} ({device.Capabilities.Driver}) cannot balance flow groups: {string.Join("; ", lacks)}");
        }

        var nic = new DpdkNic(device);
        nic.ReadIndirection(nic._before);
        nic.Findings = FindingsOf(nic._before, nic.Queues);
        return nic;
    }

    /// <summary>What a device lacks for flow groups, one part of a sentence each; empty when it has everything.</summary>
    public static IEnumerable<string> WhatLacks(EthernetDevice device)
    {
        if (device.Capabilities.RssHashTypes == RssHashTypes.None)
        {
            yield return "it has no RSS";
        }
        else if (device.RssHashTypes == RssHashTypes.None)
        {
            yield return "its RSS is off";
        }

        var size = device.Capabilities.RetaSize;
        if (size == 0)
        {
            yield return "it has no indirection table";
        }
        else if (!BitOperations.IsPow2(size))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"its indirection table has {size} entries, which is no power of two");
        }
    }

    /// <summary>The RX and TX queue of a number, for the worker that reads it. Positions count what this port takes.</summary>
    public DpdkPort OpenPort(int queue) => new(_device.GetReceiveQueue(queue), _device.GetTransmitQueue(queue), _taken[queue]);

    /// <inheritdoc/>
    public void ReadIndirection(Span<ushort> queues)
    {
        try
        {
            _device.ReadReta(queues);
        }
        catch (DpdkException failure)
        {
            throw new NicException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public void WriteIndirection(ReadOnlySpan<IndirectionChange> changes, Span<ulong> positions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(positions.Length, changes.Length, nameof(positions));
        ReadIndirection(_before);
        Write(changes);
        ReadIndirection(_after);
        for (var i = 0; i < changes.Length; i++)
        {
            var old = _before[changes[i].Entry];

            // In a queue that the device does not have nothing can be.
            positions[i] = old < _taken.Length ? _taken[old].Packets + (uint)(_device.ReceiveDescriptors + InFlight) : 0;
        }

        foreach (var change in changes)
        {
            _before[change.Entry] = change.Queue;
        }

        for (var entry = 0; entry < _before.Length; entry++)
        {
            if (_after[entry] != _before[entry])
            {
                throw new NicException(entry, _before[entry], _after[entry]);
            }
        }
    }

    /// <summary>What is wrong with a table, in sentences.</summary>
    internal static IReadOnlyList<string> FindingsOf(ReadOnlySpan<ushort> table, int queues)
    {
        var findings = new List<string>();
        var named = new int[queues];
        for (var entry = 0; entry < table.Length; entry++)
        {
            if (table[entry] < queues)
            {
                named[table[entry]]++;
            }
            else
            {
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"entry {entry} of the indirection table names queue {table[entry]}, but there are {queues}"));
            }
        }

        if (queues > 1 && named[0] == table.Length)
        {
            findings.Add(string.Create(
                CultureInfo.InvariantCulture, $"all {table.Length} entries of the indirection table name queue 0: the driver has not spread them over {queues} queues"));
        }
        else if (Array.IndexOf(named, 0) is >= 0 and var idle)
        {
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"no entry of the indirection table names queue {idle}"));
        }

        return findings;
    }

    private void Write(ReadOnlySpan<IndirectionChange> changes)
    {
        var entries = new RetaEntry[changes.Length];
        for (var i = 0; i < changes.Length; i++)
        {
            entries[i] = new RetaEntry(changes[i].Entry, changes[i].Queue);
        }

        try
        {
            _device.WriteReta(entries);
        }
        catch (DpdkException failure)
        {
            throw new NicException(failure.Message, failure);
        }
    }
}
