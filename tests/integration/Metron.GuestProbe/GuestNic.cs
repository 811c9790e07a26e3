using System.Globalization;
using Metron.Dataplane.Nics;
using Metron.Dpdk;

namespace Metron.GuestProbe;

/// <summary>The guest's NIC, with DPDK started and RSS on.</summary>
internal sealed class GuestNic : IDisposable
{
    private const string Address = "0000:00:10.0";

    private readonly Stack<IDisposable> _opened = new();

    /// <param name="queues">RX and TX queues.</param>
    public GuestNic(int queues)
    {
        Eal = Opened(Eal.Start(new EalOptions { ProgramName = "probe", MemoryMegabytes = 128, PciDevices = [Address] }));
        var pool = Opened(MbufPool.Create("mbufs", 8191));
        Device = Opened(EthernetDevice.Open(Address));
        var configuration = new DeviceConfiguration(pool) { ReceiveQueues = queues, TransmitQueues = queues, ReceiveDescriptors = 256, TransmitDescriptors = 256 };
        Device.Configure(DpdkNic.Configure(configuration, Device.Capabilities));
        Device.Start();
        Nic = DpdkNic.Open(Device);
    }

    public Eal Eal { get; }

    public EthernetDevice Device { get; }

    public DpdkNic Nic { get; }

    /// <summary>What it is, in lines.</summary>
    public IEnumerable<string> Describe()
    {
        var capabilities = Device.Capabilities;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"nic {Nic.Kind} {capabilities.Driver} queues {Nic.Queues} entries {Nic.IndirectionSize} key {capabilities.HashKeySize} types {capabilities.RssHashTypes}");
        yield return $"hashes in {(Nic.HashesInSoftware ? "software" : "hardware")}";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"counts {Device.CountReceived(0)?.ToString(CultureInfo.InvariantCulture) ?? "no"} descriptors {Device.ReceiveDescriptors}");
        foreach (var finding in Nic.Findings)
        {
            yield return "finding " + finding;
        }
    }

    /// <summary>The queue of each entry.</summary>
    public ushort[] ReadTable()
    {
        var table = new ushort[Nic.IndirectionSize];
        Nic.ReadIndirection(table);
        return table;
    }

    public void Dispose()
    {
        while (_opened.TryPop(out var opened))
        {
            opened.Dispose();
        }
    }

    private T Opened<T>(T opened)
        where T : IDisposable
    {
        _opened.Push(opened);
        return opened;
    }
}
