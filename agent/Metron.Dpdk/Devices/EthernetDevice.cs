using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// A port of DPDK (rte_ethdev.h): a NIC or a virtual device. Configure it, start it, then poll its queues; stop it before the pool goes.
/// Not thread-safe, but for <see cref="ReadStatistics"/> and <see cref="Link"/>, and the queues, each of which belongs to one thread.
/// </summary>
public sealed unsafe partial class EthernetDevice : IDisposable
{
    private const int NameBytes = 64;

    private readonly bool _isProbed;

    private DeviceConfiguration? _configuration;
    private bool _started;
    private bool _closed;

    private EthernetDevice(ushort port, bool isProbed)
    {
        Port = port;
        _isProbed = isProbed;
        var name = stackalloc byte[NameBytes];
        Name = EthdevNative.GetName(port, name) == 0 ? Marshal.PtrToStringUTF8((nint)name)! : $"port {port}";
        Capabilities = ReadCapabilities(port, Name);
    }

    /// <summary>Index in DPDK.</summary>
    public ushort Port { get; }

    /// <summary>Name: the PCI address, or the vdev's name.</summary>
    public string Name { get; }

    /// <summary>What it can do.</summary>
    public DeviceCapabilities Capabilities { get; }

    /// <summary>RX queues that it is configured with; 0 before.</summary>
    public int ReceiveQueues => _configuration?.ReceiveQueues ?? 0;

    /// <summary>What it is configured to hash; none before.</summary>
    public RssHashTypes RssHashTypes => _configuration?.RssHashTypes ?? RssHashTypes.None;

    /// <summary>What it is configured to do on receive.</summary>
    public ReceiveOffloads ReceiveOffloads => _configuration?.ReceiveOffloads ?? ReceiveOffloads.None;

    /// <summary>Descriptors of each RX queue, adjusted to what the device can: more frames than that never wait in a queue. 0 before it is configured.</summary>
    public int ReceiveDescriptors { get; private set; }

    /// <summary>NUMA node; -1 when unknown.</summary>
    public int Socket => EthdevNative.GetSocket(Port);

    /// <summary>Number of devices that DPDK has.</summary>
    public static int Count => EthdevNative.Count();

    /// <summary>Finds a device that DPDK has already.</summary>
    /// <param name="name">PCI address, or vdev name without arguments.</param>
    /// <exception cref="DpdkException">There is none of that name.</exception>
    public static EthernetDevice Open(string name) => new(FindPort(name), isProbed: false);

    /// <summary>All devices that DPDK has.</summary>
    public static IReadOnlyList<EthernetDevice> List()
    {
        var devices = new List<EthernetDevice>();
        for (ulong port = 0; (port = EthdevNative.FindNext((ushort)port, 0)) < Abi23.MaximumPorts; port++)
        {
            devices.Add(new EthernetDevice((ushort)port, isProbed: false));
        }

        return devices;
    }

    /// <summary>Creates a virtual device, or takes a PCI device over, after DPDK was started (rte_dev_probe).</summary>
    /// <param name="arguments">As behind --vdev or -a: "net_pcap0,rx_pcap=in.pcap".</param>
    /// <exception cref="DpdkException">The driver is unknown, or refused the arguments.</exception>
    public static EthernetDevice Probe(string arguments)
    {
        DpdkException.ThrowIfNegative(EalNative.ProbeDevice(arguments), $"DPDK cannot make a device of '{arguments}'");
        var comma = arguments.IndexOf(',', StringComparison.Ordinal);
        return new EthernetDevice(FindPort(comma < 0 ? arguments : arguments[..comma]), isProbed: true);
    }

    /// <summary>Sets up queues and offloads. The device must not be started.</summary>
    /// <exception cref="DpdkException">The device cannot do what is asked of it.</exception>
    public void Configure(DeviceConfiguration configuration)
    {
        CheckAgainstCapabilities(configuration);
        var native = stackalloc byte[Abi23.ConfigurationSize];
        new Span<byte>(native, Abi23.ConfigurationSize).Clear();
        *(uint*)(native + Abi23.ConfigurationMtu) = (uint)configuration.Mtu;
        *(ulong*)(native + Abi23.ConfigurationReceiveOffloads) = (ulong)configuration.ReceiveOffloads;
        *(ulong*)(native + Abi23.ConfigurationTransmitOffloads) = (ulong)configuration.TransmitOffloads;
        var receiveQueues = (ushort)configuration.ReceiveQueues;
        var transmitQueues = (ushort)configuration.TransmitQueues;
        fixed (byte* key = configuration.RssKey.Span)
        {
            if (configuration.RssHashTypes != RssHashTypes.None)
            {
                *(uint*)(native + Abi23.ConfigurationReceiveMode) = Abi23.ReceiveModeRss;
                SetRss(native + Abi23.ConfigurationRss, key, configuration.RssKey.Length, configuration.RssHashTypes);
            }

            // The driver copies the key.
            Check(EthdevNative.Configure(Port, receiveQueues, transmitQueues, native), "cannot be configured");
        }

        var receiveDescriptors = configuration.ReceiveDescriptors;
        var transmitDescriptors = configuration.TransmitDescriptors;
        Check(EthdevNative.AdjustDescriptors(Port, &receiveDescriptors, &transmitDescriptors), "takes no such number of descriptors");
        for (ushort queue = 0; queue < receiveQueues; queue++)
        {
            Check(
                EthdevNative.SetUpReceiveQueue(Port, queue, receiveDescriptors, (uint)Socket, null, configuration.Pool.Address),
                $"cannot set up RX queue {queue}");
        }

        for (ushort queue = 0; queue < transmitQueues; queue++)
        {
            Check(EthdevNative.SetUpTransmitQueue(Port, queue, transmitDescriptors, (uint)Socket, null), $"cannot set up TX queue {queue}");
        }

        ReceiveDescriptors = receiveDescriptors;
        _configuration = configuration;
    }

    /// <summary>Starts the device.</summary>
    /// <exception cref="DpdkException">It is not configured, or does not start.</exception>
    public void Start()
    {
        if (_configuration is null)
        {
            throw new DpdkException($"{Name} must be configured before it is started");
        }

        Check(EthdevNative.Start(Port), "does not start");
        _started = true;
        if (_configuration.Promiscuous)
        {
            // A device that knows no promiscuous mode receives everything anyhow.
            _ = EthdevNative.EnablePromiscuous(Port);
        }
    }

    /// <summary>Stops the device. No thread may use its queues any more.</summary>
    public void Stop()
    {
        if (_started)
        {
            _started = false;
            Check(EthdevNative.Stop(Port), "does not stop");
        }
    }

    /// <summary>An RX queue. The device must be started, and the queue is good until it is stopped.</summary>
    public ReceiveQueue GetReceiveQueue(int queue)
    {
        CheckQueue(queue, _configuration?.ReceiveQueues ?? 0);
        var table = DpdkLibraries.FastPathTable + (Port * Abi23.FastPathSize);
        return new ReceiveQueue(
            *(nint*)(table + Abi23.FastPathReceiveBurst), (*(nint**)(table + Abi23.FastPathReceiveQueues))[queue], MakesSystemCalls);
    }

    /// <summary>A TX queue. The device must be started, and the queue is good until it is stopped.</summary>
    public TransmitQueue GetTransmitQueue(int queue)
    {
        CheckQueue(queue, _configuration?.TransmitQueues ?? 0);
        var table = DpdkLibraries.FastPathTable + (Port * Abi23.FastPathSize);
        return new TransmitQueue(
            *(nint*)(table + Abi23.FastPathTransmitBurst), (*(nint**)(table + Abi23.FastPathTransmitQueues))[queue], MakesSystemCalls);
    }

    /// <summary>State of the link, as far as it is known without waiting.</summary>
    public LinkState Link
    {
        get
        {
            var link = stackalloc byte[Abi23.LinkSize];
            Check(EthdevNative.GetLink(Port, link), "does not tell its link state");
            var speed = *(uint*)(link + Abi23.LinkSpeed);
            return new LinkState((link[Abi23.LinkFlags] & Abi23.LinkUp) != 0, speed == Abi23.LinkSpeedUnknown ? 0 : speed);
        }
    }

    /// <summary>MAC address in the low 48 bits; the first octet on the wire is bits 47-40.</summary>
    public ulong Mac
    {
        get
        {
            var octets = stackalloc byte[6];
            Check(EthdevNative.GetMac(Port, octets), "does not tell its MAC address");
            ulong mac = 0;
            for (var i = 0; i < 6; i++)
            {
                mac = (mac << 8) | octets[i];
            }

            return mac;
        }
    }

    /// <summary>Whether frames to other MAC addresses are received too.</summary>
    public bool IsPromiscuous => EthdevNative.IsPromiscuous(Port) == 1;

    /// <summary>Receives frames to other MAC addresses too, or not.</summary>
    /// <exception cref="DpdkException">The device knows no such mode.</exception>
    public void SetPromiscuous(bool on) =>
        Check(on ? EthdevNative.EnablePromiscuous(Port) : EthdevNative.DisablePromiscuous(Port), "cannot change its promiscuous mode");

    /// <summary>Reads the counters.</summary>
    public DeviceStatistics ReadStatistics()
    {
        var statistics = stackalloc byte[Abi23.StatisticsSize];
        Check(EthdevNative.GetStatistics(Port, statistics), "does not tell its statistics");
        return new DeviceStatistics(
            *(ulong*)(statistics + Abi23.StatisticsReceivedPackets),
            *(ulong*)(statistics + Abi23.StatisticsReceivedBytes),
            *(ulong*)(statistics + Abi23.StatisticsSentPackets),
            *(ulong*)(statistics + Abi23.StatisticsSentBytes),
            *(ulong*)(statistics + Abi23.StatisticsMissed),
            *(ulong*)(statistics + Abi23.StatisticsReceiveErrors),
            *(ulong*)(statistics + Abi23.StatisticsSendErrors),
            *(ulong*)(statistics + Abi23.StatisticsNoMbuf));
    }

    /// <summary>Sets the counters to 0.</summary>
    public void ResetStatistics() => Check(EthdevNative.ResetStatistics(Port), "cannot reset its statistics");

    /// <summary>Stops and closes the device; DPDK forgets it. One that was probed is taken off its bus, and can be probed again.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        Stop();
        var device = stackalloc byte[Abi23.DeviceSize];
        var onBus = EthdevNative.GetDevice(Port, device) == 0 ? *(nint*)(device + Abi23.DeviceOnBus) : 0;
        _ = EthdevNative.Close(Port);
        if (_isProbed && onBus != 0)
        {
            _ = EalNative.RemoveDevice(onBus);
        }
    }

    /// <summary>
    /// Whether a burst may make system calls, and so may take long or block: then the garbage collector must not wait for it. These drivers
    /// get a GC transition per burst (about 10 ns), all others none.
    /// </summary>
    private bool MakesSystemCalls => Capabilities.Driver is "net_af_packet" or "net_af_xdp" or "net_tap" or "net_virtio_user" or "net_vhost"
        || (Capabilities.Driver is "net_pcap" && Capabilities.InterfaceIndex != 0);

    private static ushort FindPort(string name)
    {
        ushort port;
        DpdkException.ThrowIfNegative(EthdevNative.FindByName(name, &port), $"DPDK has no device '{name}'");
        return port;
    }

    private static DeviceCapabilities ReadCapabilities(ushort port, string name)
    {
        var device = stackalloc byte[Abi23.DeviceSize];
        DpdkException.ThrowIfNegative(EthdevNative.GetDevice(port, device), $"{name} does not tell its capabilities");
        return new DeviceCapabilities(
            Marshal.PtrToStringUTF8(*(nint*)(device + Abi23.DeviceDriverName)) ?? string.Empty,
            *(uint*)(device + Abi23.DeviceInterfaceIndex),
            *(ushort*)(device + Abi23.DeviceMaximumReceiveQueues),
            *(ushort*)(device + Abi23.DeviceMaximumTransmitQueues),
            *(ushort*)(device + Abi23.DeviceMinimumMtu),
            *(ushort*)(device + Abi23.DeviceMaximumMtu),
            (ReceiveOffloads)(*(ulong*)(device + Abi23.DeviceReceiveOffloads)),
            (TransmitOffloads)(*(ulong*)(device + Abi23.DeviceTransmitOffloads)),
            *(ushort*)(device + Abi23.DeviceRetaSize),
            device[Abi23.DeviceHashKeySize],
            (RssHashTypes)(*(ulong*)(device + Abi23.DeviceRssHashTypes)));
    }

    private void CheckAgainstCapabilities(DeviceConfiguration configuration)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(configuration.ReceiveQueues, nameof(configuration));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(configuration.TransmitQueues, nameof(configuration));
        var receive = configuration.ReceiveQueues;
        if (receive > Capabilities.MaximumReceiveQueues)
        {
            throw new DpdkException($"{Describe()} has at most {Capabilities.MaximumReceiveQueues} RX queues; {receive} were asked for");
        }

        var transmit = configuration.TransmitQueues;
        if (transmit > Capabilities.MaximumTransmitQueues)
        {
            throw new DpdkException($"{Describe()} has at most {Capabilities.MaximumTransmitQueues} TX queues; {transmit} were asked for");
        }

        var missingOnReceive = configuration.ReceiveOffloads & ~Capabilities.ReceiveOffloads;
        var missingOnTransmit = configuration.TransmitOffloads & ~Capabilities.TransmitOffloads;
        if (missingOnReceive != 0 || missingOnTransmit != 0)
        {
            throw new DpdkException($"{Describe()} cannot do: receive {missingOnReceive}, transmit {missingOnTransmit}");
        }

        CheckRss(configuration.RssHashTypes, configuration.RssKey.Length);
    }

    private void CheckQueue(int queue, int count)
    {
        if (!_started)
        {
            throw new DpdkException($"{Name} is not started: its queues cannot be used");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)queue, (uint)count, nameof(queue));
    }

    private string Describe() => $"{Name} ({Capabilities.Driver})";

    private void Check(int result, string message) => DpdkException.ThrowIfNegative(result, $"{Describe()} {message}");
}
