namespace Metron.Agent.Appliances;

/// <summary>
/// Links of interfaces of the kernel, which drivers such as net_af_packet do not look at: a veth has a carrier while its other end is up.
/// </summary>
internal static class KernelInterfaces
{
    private const string Argument = "iface=";

    /// <summary>Whether an interface has a carrier; true for devices that have none of the kernel's.</summary>
    /// <param name="index">Index of the interface as the driver tells it; 0 for none.</param>
    /// <param name="device">The device with its arguments.</param>
    public static bool HasCarrier(uint index, string device)
    {
        var name = NameIn(device);
        if (name is null)
        {
            return true;
        }

        try
        {
            // An interface that was made anew has another index: the driver's socket is still bound to the old one.
            var folder = $"/sys/class/net/{name}";
            return (index == 0 || File.ReadAllText($"{folder}/ifindex").Trim() == index.ToString(System.Globalization.CultureInfo.InvariantCulture))
                && File.ReadAllText($"{folder}/carrier").StartsWith('1');
        }
        catch (IOException)
        {
            // The interface is gone, or (EINVAL) it is down.
            return false;
        }
    }

    /// <summary>Name of the kernel's interface in a device's arguments; null when there is none.</summary>
    public static string? NameIn(string device) => device.Split(',')
        .Where(argument => argument.StartsWith(Argument, StringComparison.Ordinal))
        .Select(argument => argument[Argument.Length..])
        .FirstOrDefault(name => name.Length > 0 && !name.Contains('/', StringComparison.Ordinal));
}
