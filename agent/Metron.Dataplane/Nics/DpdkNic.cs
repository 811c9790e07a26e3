using System.Globalization;
using System.Numerics;
using Metron.Dpdk;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Nics;

/// <summary>
/// A NIC in hardware (or in a hypervisor), driven by DPDK: its own RSS hash and its own indirection table (rte_eth_dev_rss_reta_query, _update). What a device
/// lacks for that is said when it is opened, and never emulated; the emulated NIC is for those.
/// </summary>
/// <remarks>
/// The hash of each packet is wanted by the flow groups too. Where the device does not deliver it in the mbuf (virtio), ports compute it with the device's key.
/// <para>
/// Positions. A queue cannot be asked how many packets were ever put into it. rte_eth_rx_queue_count is exact only on the thread that polls the queue, so a
/// position is a bound that needs nobody's help: what the queue's reader has taken, and all descriptors of the queue, since no more can wait in it; and
/// <see cref="InFlight"/> for bursts that are being taken at this moment. Most often the reader's poll finds the queue empty long before.
/// </para>
/// <para>
/// The table is read back from the device, or from what its driver remembers (virtio does so: it has no other way). A device whose packets are under way
/// between its table and the queue when the new entry is read back may put some into the old queue after that.
/// </para>
/// </remarks>
public sealed class DpdkNic : INic
{
    /// <summary>Packets of a queue that are neither in its descriptors nor counted as taken: one burst of the reader, and one that drivers hold back.</summary>
    private const int InFlight = 128;

    private static readonly (HashTypes Ours, RssHashTypes Its)[] s_hashTypes =
    [
        (HashTypes.Ipv4, RssHashTypes.Ipv4), (HashTypes.Ipv4Tcp, RssHashTypes.Ipv4Tcp), (HashTypes.Ipv4Udp, RssHashTypes.Ipv4Udp),
        (HashTypes.Ipv6, RssHashTypes.Ipv6), (HashTypes.Ipv6Tcp, RssHashTypes.Ipv6Tcp), (HashTypes.Ipv6Udp, RssHashTypes.Ipv6Udp),
    ];

    private readonly EthernetDevice? _device;
    private readonly IRetaCalls _reta;
    private readonly int _descriptors;
    private readonly PortCount[] _taken;
    private readonly ushort[] _before;
    private readonly ushort[] _after;

    private DpdkNic(EthernetDevice device, FrameHash hash)
        : this(new DeviceReta(device), device.ReceiveQueues, device.Capabilities.RetaSize, device.ReceiveDescriptors, hash) => _device = device;

    /// <summary>For tests: over a table of their own.</summary>
    internal DpdkNic(IRetaCalls reta, int queues, int entries, int descriptors, FrameHash hash)
    {
        _reta = reta;
        _descriptors = descriptors;
        Hash = hash;
        _taken = new PortCount[queues];
        for (var queue = 0; queue < queues; queue++)
        {
            _taken[queue] = new PortCount();
        }

        _before = new ushort[entries];
        _after = new ushort[entries];
    }

    /// <inheritdoc/>
    public string Kind => "dpdk";

    /// <inheritdoc/>
    public int Queues => _taken.Length;

    /// <inheritdoc/>
    public int IndirectionSize => _before.Length;

    /// <summary>How the device hashes.</summary>
    public FrameHash Hash { get; }

    /// <summary>Whether ports compute the hash, because the device uses it but does not deliver it.</summary>
    public bool HashesInSoftware => (Device.ReceiveOffloads & ReceiveOffloads.RssHash) == 0;

    /// <summary>What is wrong with the table as the device had it when it was opened, in sentences; empty when nothing is.</summary>
    public IReadOnlyList<string> Findings { get; private set; } = [];

    /// <summary>
    /// Adds to a configuration what flow groups need of a device: hash of addresses and ports as far as it can, its key, and the hash in the mbuf if it can deliver it.
    /// </summary>
    /// <param name="configuration">The rest, with the number of queues.</param>
    /// <param name="capabilities">What the device can do.</param>
    /// <param name="key">Key; its first bytes are used if the device's is shorter. Null: both directions of a flow have one hash (<see cref="Toeplitz.SymmetricKey"/>).</param>
    public static DeviceConfiguration Configure(DeviceConfiguration configuration, DeviceCapabilities capabilities, ReadOnlyMemory<byte>? key = null)
    {
        // The pattern of the symmetric key goes on in longer keys.
        var given = (key ?? Toeplitz.SymmetricKey.ToArray()).Span;
        var fitting = new byte[capabilities.HashKeySize];
        for (var i = 0; i < fitting.Length; i++)
        {
            fitting[i] = given[i % given.Length];
        }

        return configuration with
        {
            RssHashTypes = capabilities.RssHashTypes & RssHashTypes.Flows,
            RssKey = fitting,
            ReceiveOffloads = configuration.ReceiveOffloads | (capabilities.ReceiveOffloads & ReceiveOffloads.RssHash),
        };
    }

    /// <summary>Takes a started device, which was configured with hash types.</summary>
    /// <exception cref="NicException">The device cannot do what this is for; the message says what it lacks.</exception>
    public static DpdkNic Open(EthernetDevice device)
    {
        var lacks = WhatLacks(device).ToList();
        if (lacks.Count > 0)
        {
            throw new NicException($"{device.Name} ({device.Capabilities.Driver}) cannot balance flow groups: {string.Join("; ", lacks)}");
        }

        var settings = device.ReadRss();
        var nic = new DpdkNic(device, new FrameHash(new Toeplitz(settings.Key.Span), ToHashTypes(device.RssHashTypes)));
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
        else if ((device.RssHashTypes & ~RssHashTypes.Flows) != 0)
        {
            yield return $"it is configured to hash {device.RssHashTypes & ~RssHashTypes.Flows}, which is not known here";
        }
        else if (device.ReadRss().Key.Length < Toeplitz.ShortestKey)
        {
            yield return "it does not tell its RSS key";
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
    public DpdkPort OpenPort(int queue) => new(Device.GetReceiveQueue(queue), Device.GetTransmitQueue(queue), _taken[queue], Hash);

    /// <inheritdoc/>
    public void ReadIndirection(Span<ushort> queues)
    {
        try
        {
            _reta.Read(queues);
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
            positions[i] = old < _taken.Length ? _taken[old].Packets + (uint)(_descriptors + InFlight) : 0;
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

    /// <summary>Count of what the reader of a queue took.</summary>
    internal PortCount TakenOf(int queue) => _taken[queue];

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

    private EthernetDevice Device => _device ?? throw new InvalidOperationException("a table without a device has no ports");

    private static HashTypes ToHashTypes(RssHashTypes types)
    {
        var known = HashTypes.None;
        foreach (var (ours, its) in s_hashTypes)
        {
            known |= (types & its) != 0 ? ours : HashTypes.None;
        }

        return known;
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
            _reta.Write(entries);
        }
        catch (DpdkException failure)
        {
            throw new NicException(failure.Message, failure);
        }
    }
}
