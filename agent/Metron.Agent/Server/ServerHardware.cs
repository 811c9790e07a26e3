using System.Globalization;
using Metron.Agent.Appliances;
using Metron.Agent.Configuration;
using Metron.Agent.Programs;
using Metron.Dataplane.Nics;
using Metron.Dataplane.Tags;
using Metron.Dpdk;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Server;

/// <summary>DPDK, the mbufs and the started devices of the server, from opening to closing in the right order.</summary>
internal sealed class ServerHardware : IDisposable
{
    /// <summary>Memory beside the mbufs that DPDK needs without hugepages, in MiB.</summary>
    private const int OtherMegabytes = 64;

    private readonly Stack<IDisposable> _opened = new();

    private ServerHardware()
    {
    }

    /// <summary>DPDK.</summary>
    public Eal Eal { get; private set; } = null!;

    /// <summary>The devices of DPDK, by the ports' indices; none when the kernel drives the port.</summary>
    public IReadOnlyList<EthernetDevice> Devices { get; private set; } = [];

    /// <summary>What there is to see of the ports, by their indices.</summary>
    public IReadOnlyList<PortSight> Ports { get; private set; } = [];

    /// <summary>Interfaces to closed programs.</summary>
    public DpdkAppliances Appliances { get; private set; } = null!;

    /// <summary>Tags that workers do not read themselves.</summary>
    public WireTags Tags { get; } = new();

    /// <summary>Rules from tags to queues, or to flow groups.</summary>
    public ITagRules TagRules { get; private set; } = null!;

    /// <summary>The port of a server that balances; null on others.</summary>
    public BalancedPort? Balanced { get; private set; }

    /// <summary>Starts DPDK and all ports.</summary>
    /// <exception cref="DpdkException">DPDK or a device does not start.</exception>
    /// <exception cref="ConfigurationException">A device cannot do what the configuration asks of it.</exception>
    public static ServerHardware Open(AgentConfiguration configuration, ILogger log)
    {
        var hardware = new ServerHardware();
        try
        {
            hardware.OpenAll(configuration, log);
            return hardware;
        }
        catch
        {
            hardware.Dispose();
            throw;
        }
    }

    /// <summary>Stops and closes everything, the last opened first. Workers must have ended.</summary>
    public void Dispose()
    {
        while (_opened.TryPop(out var opened))
        {
            opened.Dispose();
        }
    }

    private static EalOptions ToEalOptions(AgentConfiguration configuration, ILogger log)
    {
        var dpdk = configuration.Dpdk;
        var mbufs = MbufPool.EstimateMegabytes(configuration.Mbufs.Count, (ushort)configuration.Mbufs.Bytes, dpdk.HugePages);
        return new EalOptions
        {
            ProgramName = "metron-agent",
            HugePages = dpdk.HugePages,
            MemoryMegabytes = dpdk is { MemoryMegabytes: 0, HugePages: false } ? mbufs + OtherMegabytes : dpdk.MemoryMegabytes,
            FilePrefix = dpdk.FilePrefix,
            PciDevices =
            [
                .. configuration.Ports.Select(port => port.Device)
                    .Concat(configuration.Appliances.SelectMany(appliance => appliance.Interfaces).SelectMany(pair => new[] { pair.Inside, pair.Outside }))
                    .Where(PciAddress.IsPciDevice),
            ],
            ExtraArguments = dpdk.Arguments,
            Log = line => AgentLog.Dpdk(log, line),
        };
    }

    private void OpenAll(AgentConfiguration configuration, ILogger log)
    {
        Eal = Opened(Eal.Start(ToEalOptions(configuration, log)));
        AgentLog.Starting(log, AgentVersion.Text, configuration.Server, configuration.Workers.Count, configuration.Ports.Count, Eal.Version);
        var pool = Opened(MbufPool.Create("mbufs", configuration.Mbufs.Count, configuration.Mbufs.Cache, (ushort)configuration.Mbufs.Bytes));
        var isOfKernel = configuration.Balancing is { Nic: BalancedNic.Linux };
        if (isOfKernel)
        {
            TagRules = Balanced = Opened(new LinuxBalancedPort(configuration, pool, Tags));
            Ports = [PortSight.Of(configuration.Ports[0].Device)];
        }
        else
        {
            Devices = [.. configuration.Ports.Select((port, index) => OpenPort(configuration, port, index, pool))];
            Ports = [.. Devices.Select(PortSight.Of)];
        }

        foreach (var (port, index) in configuration.Ports.Select((port, index) => (port, index)))
        {
            AgentLog.PortStarted(
                log, index, port.Device, Ports[index].Driver, Ports[index].Mac.ToString(), port.SwitchPort, port.Switch, ServerDescription.NameOf(port.Dispatch));
        }

        Appliances = new DpdkAppliances(configuration, OpenAppliances(configuration, pool, log), pool);
        if (!isOfKernel)
        {
            Balanced = configuration.Ports[0].Dispatch == Dispatch.FlowGroups ? Opened(OpenBalanced(configuration, Devices[0], Tags, log)) : null;
            TagRules = Balanced ?? (ITagRules)Opened(new DeviceTagRules(configuration, Devices));
        }

        foreach (var shared in configuration.Workers.Select((worker, index) => (worker.Core, index)).GroupBy(worker => worker.Core).Where(group => group.Count() > 1))
        {
            AgentLog.CoreShared(log, string.Join(" and ", shared.Select(worker => worker.index.ToString(CultureInfo.InvariantCulture))), shared.Key);
        }
    }

    /// <summary>Opens the devices that lead to closed programs, with one queue each: every worker has devices of its own.</summary>
    private Dictionary<ApplianceInterface, EthernetDevice> OpenAppliances(AgentConfiguration configuration, MbufPool pool, ILogger log)
    {
        var opened = new Dictionary<ApplianceInterface, EthernetDevice>();
        foreach (var appliance in configuration.Appliances)
        {
            foreach (var (pair, side) in appliance.Interfaces.SelectMany(pair => new[] { (pair, 0), (pair, 1) }))
            {
                var port = new PortConfiguration(pair.Device(side))
                {
                    Mtu = appliance.Mtu,
                    ReceiveDescriptors = appliance.Descriptors,
                    TransmitDescriptors = appliance.Descriptors,
                };
                var device = OpenDevice(port.Device);
                Start(device, port, configuration, queues: 1, pool);
                opened[new ApplianceInterface(pair.Worker, appliance.Name, side)] = device;
                AgentLog.ApplianceStarted(log, appliance.Name, side == 0 ? "inside" : "outside", pair.Worker, port.Device, device.Capabilities.Driver);
            }
        }

        return opened;
    }

    private EthernetDevice OpenPort(AgentConfiguration configuration, PortConfiguration port, int index, MbufPool pool)
    {
        var device = OpenDevice(port.Device);
        Start(device, port, configuration, configuration.QueuesOf(index), pool);
        return device;
    }

    private EthernetDevice OpenDevice(string device) =>
        Opened(PciAddress.IsPciDevice(device) ? EthernetDevice.Open(PciAddress.PortName(device)) : EthernetDevice.Probe(device));

    private static BalancedPort OpenBalanced(AgentConfiguration configuration, EthernetDevice device, WireTags tags, ILogger log)
    {
        if (configuration.Balancing!.Nic == BalancedNic.Emulated)
        {
            return new EmulatedBalancedPort(configuration, device, tags);
        }

        var port = new DeviceBalancedPort(configuration, device, tags);
        foreach (var finding in port.Findings)
        {
            AgentLog.IndirectionFinding(log, device.Name, finding);
        }

        return port;
    }

    private static void Start(EthernetDevice device, PortConfiguration port, AgentConfiguration whole, int queues, MbufPool pool)
    {
        var isSpread = port.Dispatch == Dispatch.FlowGroups && whole.Balancing!.Nic == BalancedNic.Device;
        var configuration = new DeviceConfiguration(pool)
        {
            // In front of an emulated NIC there is one queue.
            ReceiveQueues = port.Dispatch == Dispatch.FlowGroups && !isSpread ? 1 : queues,
            TransmitQueues = port.Dispatch == Dispatch.FlowGroups && !isSpread ? 1 : queues,
            ReceiveDescriptors = (ushort)port.ReceiveDescriptors,
            TransmitDescriptors = (ushort)port.TransmitDescriptors,
            Mtu = port.Mtu,
        };
        device.Configure(isSpread ? DpdkNic.Configure(configuration, device.Capabilities) : configuration);
        device.Start();
    }

    private T Opened<T>(T opened)
        where T : IDisposable
    {
        _opened.Push(opened);
        return opened;
    }
}
