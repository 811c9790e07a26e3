using Metron.Dpdk;
using Metron.Kernel.Sockets;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Nics.Linux;

/// <summary>How a <see cref="LinuxNic"/> is made.</summary>
public sealed record LinuxNicOptions
{
    /// <summary>Name of the interface. It must be up; its own addresses, if any, stay in use by the kernel, which sees all packets, too.</summary>
    public required string Interface { get; init; }

    /// <summary>Where mbufs come from; needs no hugepages.</summary>
    public required MbufPool Pool { get; init; }

    /// <summary>Number of queues, 1 to 64: one per worker.</summary>
    public required int Queues { get; init; }

    /// <summary>Entries of the indirection table: a power of two to 4096. At first entry i names queue i modulo the number of queues.</summary>
    public int IndirectionSize { get; init; } = 128;

    /// <summary>Key of the hash, at least 40 bytes. The default gives both directions of a flow the same hash.</summary>
    public ReadOnlyMemory<byte> HashKey { get; init; } = Toeplitz.SymmetricKey.ToArray();

    /// <summary>The receive ring of each queue.</summary>
    public PacketRingOptions Ring { get; init; } = PacketRingOptions.Usual;

    /// <summary>Whether frames for other MAC addresses are received.</summary>
    public bool IsPromiscuous { get; init; } = true;
}
