using Metron.Kernel.Interfaces;
using Metron.Kernel.Steering;

namespace Metron.Kernel.Sockets;

/// <summary>Runs a counting program on copies of an interface's packets: nothing about the interface or its packets changes. Ends with this object or the process.</summary>
public sealed class PacketCounter : IDisposable
{
    private readonly PacketSocket _socket;

    private PacketCounter(PacketSocket socket) => _socket = socket;

    /// <summary>Starts to count.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="program">A program of <see cref="SteeringAction.CountCopies"/>.</param>
    /// <exception cref="KernelException">The kernel refuses it.</exception>
    public static PacketCounter Start(NetworkLink link, SteeringProgram program)
    {
        var socket = PacketSocket.Create(link);
        try
        {
            socket.Attach(program.Program);
            socket.Bind(PacketSocket.AllProtocols);
            return new PacketCounter(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
