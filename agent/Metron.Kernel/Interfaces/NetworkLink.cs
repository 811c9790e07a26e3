using System.Runtime.InteropServices;
using Metron.Kernel.Native;

namespace Metron.Kernel.Interfaces;

/// <summary>A network interface of this process's network namespace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Index">The kernel's number for it.</param>
public sealed record NetworkLink(string Name, int Index)
{
    /// <summary>Name of its driver: "veth", "ixgbe"; "unknown" when it does not say.</summary>
    public string Driver => Ethtool.ReadDriver(this);

    /// <summary>Finds an interface.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KernelException">There is none of that name; the message lists those there are.</exception>
    public static NetworkLink Find(string name)
    {
        var index = Libc.InterfaceIndex(name);
        if (index != 0)
        {
            return new NetworkLink(name, (int)index);
        }

        var errno = Marshal.GetLastPInvokeError();
        var present = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Select(each => each.Name).Order(StringComparer.Ordinal);
        throw errno is Libc.NoDevice or 0
            ? new KernelException($"there is no interface {name}; there are {string.Join(", ", present)}")
            : new KernelException($"find the interface {name}", "if_nametoindex()", errno);
    }
}
