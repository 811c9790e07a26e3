using System.Runtime.InteropServices;
using System.Text;
using Metron.Kernel.Native;

namespace Metron.Kernel.Interfaces;

/// <summary>The ioctl SIOCETHTOOL (linux/ethtool.h): a command is a block of bytes that begins with its number.</summary>
internal static unsafe class Ethtool
{
    public const uint DriverCommand = 0x03;
    public const uint ReceiveRingsCommand = 0x2d;
    public const uint HashedFieldsCommand = 0x29;
    public const uint ReadHashCommand = 0x46;
    public const uint WriteHashCommand = 0x47;

    private const nuint Request = 0x8946;
    private const int NameBytes = 16;
    private const int InterNetwork = 2;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;

    /// <summary>Carries out a command; what it finds is written into the block.</summary>
    /// <returns>Its error, 0 for success.</returns>
    public static int Call(NetworkLink link, Span<byte> command)
    {
        var request = stackalloc byte[NameBytes + 24];
        new Span<byte>(request, NameBytes + 24).Clear();
        _ = Encoding.UTF8.GetBytes(link.Name, new Span<byte>(request, NameBytes - 1));
        var socket = Libc.Socket(InterNetwork, Datagram | CloseOnExec, 0);
        if (socket < 0)
        {
            throw KernelException.Last($"ask the driver of {link.Name}", "socket()");
        }

        using var descriptor = new Descriptor(socket);
        fixed (byte* bytes = command)
        {
            *(byte**)(request + NameBytes) = bytes;
            return Libc.Control(socket, Request, request) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Name of the driver of an interface: "veth", "ixgbe"; "unknown" when it has none.</summary>
    public static string ReadDriver(NetworkLink link)
    {
        Span<byte> block = stackalloc byte[196]; // struct ethtool_drvinfo; the name is its second field, 32 bytes
        BitConverter.TryWriteBytes(block, DriverCommand);
        if (Call(link, block) != 0)
        {
            return "unknown";
        }

        var name = block.Slice(4, 32);
        return Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]);
    }
}
