using Metron.Kernel.Bpf;
using Metron.Kernel.Interfaces;
using Metron.Kernel.Native;

namespace Metron.Kernel.Sockets;

/// <summary>A socket of AF_PACKET (packet(7)) and its options.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    public const int ReceiveRingOption = 5;
    public const int VersionOption = 10;
    public const int QdiscBypassOption = 20;
    public const ushort AllProtocols = 3;

    private const int Family = 17;
    private const int Raw = 3;
    private const int CloseOnExec = 0x80000;
    private const int Level = 263;
    private const int SocketLevel = 1;
    private const int AttachProgram = 50;
    private const int DetachFilter = 27;
    private const int AddMembership = 1;
    private const ushort Promiscuous = 1;
    private const int StatisticsOption = 6;
    private const int FanoutOption = 18;
    private const int FanoutDataOption = 22;
    private const int IgnoreOutgoingOption = 23;
    private const uint FanoutProgram = 7;
    private const uint FanoutNewNumber = 0x2000;
    private const uint FanoutIgnoreOutgoing = 0x4000;

    private readonly Descriptor _descriptor;
    private readonly NetworkLink _link;

    private PacketSocket(Descriptor descriptor, NetworkLink link) => (_descriptor, _link) = (descriptor, link);

    public int Descriptor => _descriptor.Number;

    /// <summary>Opens a socket that receives nothing yet.</summary>
    public static PacketSocket Create(NetworkLink link)
    {
        var socket = Libc.Socket(Family, Raw | CloseOnExec, 0);
        return socket >= 0
            ? new PacketSocket(new Descriptor(socket), link)
            : throw KernelException.Last($"open a packet socket for {link.Name}", "socket(AF_PACKET)");
    }

    /// <summary>Ties it to the interface.</summary>
    /// <param name="protocol">What to receive: 0 for nothing, <see cref="AllProtocols"/>.</param>
    public void Bind(ushort protocol)
    {
        var address = stackalloc byte[20]; // struct sockaddr_ll: family, protocol in network order, interface
        new Span<byte>(address, 20).Clear();
        *(ushort*)address = Family;
        *(ushort*)(address + 2) = (ushort)System.Net.IPAddress.HostToNetworkOrder((short)protocol);
        *(int*)(address + 4) = _link.Index;
        if (Libc.Bind(Descriptor, address, 20) < 0)
        {
            throw KernelException.Last($"tie a packet socket to {_link.Name}", "bind(AF_PACKET)");
        }

        if (protocol != 0)
        {
            Set(IgnoreOutgoingOption, 1);
        }
    }

    /// <summary>Drops everything that would come in, until <see cref="OpenGate"/>.</summary>
    public void CloseGate()
    {
        using var nothing = BpfProgram.Load(BpfProgramKind.SocketFilter, "metron_gate", new BpfAssembler().Move(BpfRegister.R0, 0).Exit().Assemble());
        Attach(nothing);
    }

    /// <summary>Runs a program for each packet: its result is the number of bytes that the socket gets.</summary>
    public void Attach(BpfProgram program)
    {
        var descriptor = program.Descriptor;
        if (Libc.SetOption(Descriptor, SocketLevel, AttachProgram, &descriptor, sizeof(int)) < 0)
        {
            throw KernelException.Last($"attach a program to a packet socket of {_link.Name}", "setsockopt(SO_ATTACH_BPF)");
        }
    }

    public void OpenGate()
    {
        var unused = 0;
        if (Libc.SetOption(Descriptor, SocketLevel, DetachFilter, &unused, sizeof(int)) < 0)
        {
            throw KernelException.Last($"open a packet socket of {_link.Name}", "setsockopt(SO_DETACH_FILTER)");
        }
    }

    public int Join(int? group, BpfProgram program)
    {
        const string Attempt = "make packet sockets a fan-out group";
        var value = (uint)(group ?? 0) | (FanoutProgram | FanoutIgnoreOutgoing | (group is null ? FanoutNewNumber : 0)) << 16;
        Set(FanoutOption, &value, sizeof(uint), Attempt);
        if (group is { } known)
        {
            return known;
        }

        var descriptor = program.Descriptor;
        Set(FanoutDataOption, &descriptor, sizeof(int), "set the program of a fan-out group");
        uint length = sizeof(uint);
        return Libc.GetOption(Descriptor, Level, FanoutOption, &value, &length) == 0
            ? (int)(value & 0xffff)
            : throw KernelException.Last(Attempt, "getsockopt(PACKET_FANOUT)");
    }

    public void ReceiveAll()
    {
        var request = stackalloc byte[16]; // struct packet_mreq
        new Span<byte>(request, 16).Clear();
        *(int*)request = _link.Index;
        *(ushort*)(request + 4) = Promiscuous;
        Set(AddMembership, request, 16, "receive frames for all addresses");
    }

    public void Set(int option, int value) => Set(option, &value, sizeof(int), $"set option {option}");

    public void Set(int option, void* value, uint length, string attempt)
    {
        if (Libc.SetOption(Descriptor, Level, option, value, length) < 0)
        {
            throw KernelException.Last($"{attempt} on {_link.Name}", $"setsockopt(SOL_PACKET, {option})");
        }
    }

    /// <summary>Packets and drops since the last call; the packets include the drops (af_packet.c, packet_getsockopt).</summary>
    public (uint Packets, uint Drops) TakeStatistics()
    {
        var values = stackalloc uint[3]; // struct tpacket_stats_v3
        uint length = 3 * sizeof(uint);
        return Libc.GetOption(Descriptor, Level, StatisticsOption, values, &length) == 0
            ? (values[0], values[1])
            : throw KernelException.Last($"read the statistics of a packet socket of {_link.Name}", "getsockopt(PACKET_STATISTICS)");
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
