using System.Numerics;
using System.Runtime.InteropServices;
using Metron.Kernel.Native;
using Metron.Kernel.Steering;

namespace Metron.Kernel.Interfaces;

/// <summary>Hash functions of NICs (linux/ethtool.h, ETH_RSS_HASH_*).</summary>
[Flags]
public enum HardwareHash
{
    /// <summary>Not said.</summary>
    Unknown = 0,

    /// <summary>Toeplitz.</summary>
    Toeplitz = 1,

    /// <summary>Exclusive or.</summary>
    ExclusiveOr = 2,

    /// <summary>CRC-32.</summary>
    Crc32 = 4,
}

/// <summary>How a NIC spreads packets over its RX queues, as its driver tells (ethtool -x).</summary>
/// <param name="Queues">Indirection table: the queue of each entry.</param>
/// <param name="Key">Key of the hash.</param>
/// <param name="Hash">Hash function.</param>
/// <param name="IsTransformed">Whether the NIC changes the fields before it hashes them (symmetric-xor, Linux 6.8).</param>
/// <param name="Rings">Number of RX queues.</param>
public sealed record HardwareIndirection(IReadOnlyList<ushort> Queues, ReadOnlyMemory<byte> Key, HardwareHash Hash, bool IsTransformed, int Rings)
{
    // struct ethtool_rxfh: command, context, table size, key size, function, transformation, 2 + 4 reserved bytes; then the table and the key.
    private const int HeaderBytes = 24;
    private const int SizeOffset = 8;
    private const int KeySizeOffset = 12;
    private const int HashOffset = 16;
    private const int TransformOffset = 17;
    private const int ShortestKey = 40;
    private const int RxnfcBytes = 192; // struct ethtool_rxnfc
    private const ulong PortFields = 1 << 6 | 1 << 7; // RXH_L4_B_0_1, RXH_L4_B_2_3
    private const ulong AddressFields = 1 << 4 | 1 << 5; // RXH_IP_SRC, RXH_IP_DST

    private static readonly (uint FlowType, int Family, byte Protocol)[] s_flowTypes = [(1, 4, 6), (2, 4, 17), (3, 4, 132), (5, 6, 6), (6, 6, 17), (7, 6, 132)];

    /// <summary>Reads it.</summary>
    /// <returns>Null when the driver has no indirection table.</returns>
    /// <exception cref="KernelException">The driver has one and refuses to tell.</exception>
    public static HardwareIndirection? Read(NetworkLink link)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BitConverter.TryWriteBytes(header, Ethtool.ReadHashCommand);
        var errno = Ethtool.Call(link, header);
        var (size, keySize) = (BitConverter.ToInt32(header[SizeOffset..]), BitConverter.ToInt32(header[KeySizeOffset..]));
        if (errno == Libc.NotSupported || errno == 0 && size == 0)
        {
            return null;
        }

        ThrowIf(errno, link, "read", "ETHTOOL_GRSSH");
        var block = new byte[HeaderBytes + size * sizeof(uint) + keySize];
        header.CopyTo(block);
        ThrowIf(Ethtool.Call(link, block), link, "read", "ETHTOOL_GRSSH");
        var entries = MemoryMarshal.Cast<byte, uint>(block.AsSpan(HeaderBytes, size * sizeof(uint)));
        return new HardwareIndirection(
            [.. entries.ToArray().Select(entry => (ushort)entry)],
            block.AsMemory(HeaderBytes + size * sizeof(uint)),
            (HardwareHash)block[HashOffset],
            block[TransformOffset] != 0,
            ReadRings(link));
    }

    /// <summary>Writes the table, reads it back, and compares.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="queues">The queue of each entry: as many as the table has.</param>
    /// <exception cref="KernelException">The driver refuses it or did something else.</exception>
    public static void Write(NetworkLink link, IReadOnlyList<ushort> queues)
    {
        var now = Read(link) ?? throw new KernelException($"the driver of {link.Name} has no indirection table");
        if (now.Queues.Count != queues.Count)
        {
            throw new KernelException($"the indirection table of {link.Name} has {now.Queues.Count} entries, not {queues.Count}");
        }

        var block = new byte[HeaderBytes + queues.Count * sizeof(uint)];
        BitConverter.TryWriteBytes(block, Ethtool.WriteHashCommand);
        BitConverter.TryWriteBytes(block.AsSpan(SizeOffset), queues.Count);
        block[TransformOffset] = now.IsTransformed ? (byte)0xff : (byte)0; // RXH_XFRM_NO_CHANGE; older kernels want 0
        for (var entry = 0; entry < queues.Count; entry++)
        {
            BitConverter.TryWriteBytes(block.AsSpan(HeaderBytes + entry * sizeof(uint)), (uint)queues[entry]);
        }

        ThrowIf(Ethtool.Call(link, block), link, "write", "ETHTOOL_SRSSH");
        var found = Read(link)!.Queues;
        for (var entry = 0; entry < queues.Count; entry++)
        {
            if (found[entry] != queues[entry])
            {
                throw new KernelException($"entry {entry} of the indirection table of {link.Name} should name queue {queues[entry]} and names {found[entry]}");
            }
        }
    }

    /// <summary>The hash by which the NIC finds an entry, so that programs can compute it.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="why">Why it cannot be computed, when the result is null.</param>
    public FlowHash.Toeplitz? TryGetFlowHash(NetworkLink link, out string why)
    {
        why = (Hash, IsTransformed, Key.Length, Queues.Count) switch
        {
            (not HardwareHash.Toeplitz, _, _, _) => $"its hash function is {Hash}, not Toeplitz",
            (_, true, _, _) => "it changes the fields before it hashes them (symmetric-xor)",
            (_, _, < ShortestKey, _) => $"its key of {Key.Length} bytes is not told or too short",
            (_, _, _, var size) when !BitOperations.IsPow2(size) || size > SteeringProgram.MostGroups => $"its table has {size} entries, not a power of two up to {SteeringProgram.MostGroups}",
            _ => string.Empty,
        };
        if (why.Length > 0)
        {
            return null;
        }

        var hashed = s_flowTypes.Where(type => HashesPorts(link, type.FlowType)).ToLookup(type => type.Family, type => type.Protocol);
        return new FlowHash.Toeplitz(Key) { PortProtocols4 = [.. hashed[4]], PortProtocols6 = [.. hashed[6]] };
    }

    // What a driver does not say is as Microsoft's standard wants it: ports of TCP, not of UDP.
    private static bool HashesPorts(NetworkLink link, uint flowType)
    {
        Span<byte> block = stackalloc byte[RxnfcBytes];
        block.Clear();
        BitConverter.TryWriteBytes(block, Ethtool.HashedFieldsCommand);
        BitConverter.TryWriteBytes(block[4..], flowType);
        return Ethtool.Call(link, block) == 0 && BitConverter.ToUInt64(block[8..]) is var fields && (fields & AddressFields) != 0
            ? (fields & PortFields) == PortFields
            : flowType is 1 or 5;
    }

    private static int ReadRings(NetworkLink link)
    {
        Span<byte> block = stackalloc byte[RxnfcBytes];
        block.Clear();
        BitConverter.TryWriteBytes(block, Ethtool.ReceiveRingsCommand);
        ThrowIf(Ethtool.Call(link, block), link, "count the queues of", "ETHTOOL_GRXRINGS");
        return checked((int)BitConverter.ToUInt64(block[8..]));
    }

    private static void ThrowIf(int errno, NetworkLink link, string verb, string command)
    {
        if (errno != 0)
        {
            throw new KernelException($"{verb} the indirection table of {link.Name}", $"ioctl(SIOCETHTOOL, {command})", errno);
        }
    }
}
