using Metron.Dpdk;
using Metron.Kernel.Interfaces;
using Metron.Packets;

namespace Metron.Agent.Server;

/// <summary>What there is to see of a port, whatever drives it.</summary>
/// <param name="Driver">Its driver.</param>
/// <param name="Mac">Its MAC address.</param>
/// <param name="IsLinkUp">Tells whether its link is up now.</param>
internal sealed record PortSight(string Driver, MacAddress Mac, Func<bool> IsLinkUp)
{
    /// <summary>Of a device of DPDK.</summary>
    public static PortSight Of(EthernetDevice device) => new(device.Capabilities.Driver, new MacAddress(device.Mac), () => device.Link.IsUp);

    /// <summary>Of an interface of the kernel.</summary>
    /// <param name="name">Its name; there is one of that name.</param>
    public static PortSight Of(string name) => new(
        NetworkLink.Find(name).Driver,
        MacAddress.Parse(File.ReadAllText($"/sys/class/net/{name}/address").Trim()),
        () => File.ReadAllText($"/sys/class/net/{name}/carrier").Trim() == "1");
}
