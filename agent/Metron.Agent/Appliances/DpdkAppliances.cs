using System.Security.Cryptography;
using Metron.Agent.Configuration;
using Metron.Dataplane;
using Metron.Dpdk;
using Metron.NetworkFunctions.Blackbox;

namespace Metron.Agent.Appliances;

/// <summary>The interfaces to closed programs: DPDK devices, two for each appliance and worker.</summary>
internal sealed class DpdkAppliances : IApplianceHardware
{
    private readonly AgentConfiguration _configuration;
    private readonly IReadOnlyDictionary<ApplianceInterface, EthernetDevice> _devices;
    private readonly MbufPool _pool;
    private MbufAllocator? _mbufs;
    private Dataplane.Dataplane? _dataplane;

    /// <param name="configuration">Appliances and workers.</param>
    /// <param name="devices">The started devices.</param>
    /// <param name="pool">Where probes come from.</param>
    public DpdkAppliances(AgentConfiguration configuration, IReadOnlyDictionary<ApplianceInterface, EthernetDevice> devices, MbufPool pool) =>
        (_configuration, _devices, _pool) = (configuration, devices, pool);

    /// <summary>Secret number of the probes of this process; never 0.</summary>
    public ulong ProbeToken { get; } = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    /// <summary>Names of the appliances that a worker has interfaces to, in the order of the configuration.</summary>
    public IReadOnlyList<string> NamesOf(int worker) => _configuration.AppliancesOf(worker);

    /// <summary>The ports of a worker: two for each of <see cref="NamesOf"/>, inside first.</summary>
    public IReadOnlyList<DpdkPort> PortsOf(int worker) =>
        [.. NamesOf(worker).SelectMany(name => Enumerable.Range(0, 2).Select(side => DpdkPort.Open(_devices[new ApplianceInterface(worker, name, side)], 0)))];

    /// <summary>The dataplane has started with the ports.</summary>
    public void Attach(Dataplane.Dataplane dataplane) => _dataplane = dataplane;

    /// <inheritdoc/>
    public IReadOnlyList<ApplianceStatistics> Read() => _dataplane!.ReadAppliances();

    /// <inheritdoc/>
    public bool IsLinkUp(int worker, string appliance, int side)
    {
        var device = _devices[new ApplianceInterface(worker, appliance, side)];
        return device.Link.IsUp && KernelInterfaces.HasCarrier(device.Capabilities.InterfaceIndex, _configuration.DeviceOf(worker, appliance, side));
    }

    /// <inheritdoc/>
    public void SetGate(int worker, string appliance, ApplianceGate gate) => _dataplane!.SetGate(worker, appliance, gate);

    /// <inheritdoc/>
    public void SendProbe(int worker, string appliance, int side, uint number, BlackboxConfiguration blackbox)
    {
        // The monitor's looks come one after the other, on threads that DPDK does not know: none of them has a cache.
        _mbufs ??= new MbufAllocator(_pool);
        if (!_mbufs.TryAllocate(out var mbuf))
        {
            return;
        }

        mbuf.SetLength(ProbeFrame.Length);
        var check = blackbox.HealthCheck;
        if (check is { Probe: BlackboxProbe.Udp, InsideAddress: { } inside, OutsideAddress: { } outside })
        {
            var (source, destination) = side == 0 ? (inside, outside) : (outside, inside);
            ProbeFrame.WriteUdp(mbuf.Bytes, ProbeToken, number, side, source, destination, blackbox.MacOf(side));
        }
        else
        {
            ProbeFrame.WriteEthernet(mbuf.Bytes, ProbeToken, number, side);
        }

        if (!_dataplane!.TryProbe(worker, appliance, side, mbuf))
        {
            mbuf.Free();
        }
    }
}

/// <summary>Names an interface to a closed program.</summary>
/// <param name="Worker">Index of the worker.</param>
/// <param name="Appliance">Name of the appliance.</param>
/// <param name="Side">0 inside, 1 outside.</param>
internal readonly record struct ApplianceInterface(int Worker, string Appliance, int Side);
