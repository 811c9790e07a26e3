using System.Text.RegularExpressions;

namespace Metron.Agent.Configuration;

/// <summary>Tells PCI addresses from names of virtual devices.</summary>
internal static partial class PciAddress
{
    /// <summary>Whether it is "0000:3b:00.0" or "3b:00.0", perhaps with device arguments behind a comma.</summary>
    public static bool IsPciDevice(string device) => Pattern().IsMatch(device);

    /// <summary>The name that DPDK gives the port: the address with its domain, or the vdev's name.</summary>
    public static string PortName(string device)
    {
        var comma = device.IndexOf(',', StringComparison.Ordinal);
        var name = comma < 0 ? device : device[..comma];
        return IsPciDevice(name) && name.Count(character => character == ':') == 1 ? $"0000:{name}" : name;
    }

    [GeneratedRegex(@"^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7](,.*)?$")]
    private static partial Regex Pattern();
}
