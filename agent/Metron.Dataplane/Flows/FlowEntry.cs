using System.Runtime.InteropServices;

namespace Metron.Dataplane.Flows;

/// <summary>
/// A flow and its consolidated action: what the functions of the chain together do to each of its packets. Values stand as on the wire,
/// ready to be stored; deltas are those of RFC 1624, in wire order too. 64 bytes for IPv4: one cache line; 112 for IPv6, in two.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowEntry<TAddresses>
    where TAddresses : unmanaged, IFlowAddresses<TAddresses>
{
    public FlowKey<TAddresses> Key;

    /// <summary>Addresses that packets leave with.</summary>
    public TAddresses Addresses;

    /// <summary>Ports that packets leave with; for ICMP the low 16 bits are the identifier.</summary>
    public uint Ports;

    /// <summary>Change of the IPv4 header checksum, TTL included.</summary>
    public ushort NetworkDelta;

    /// <summary>Change of the TCP, UDP or ICMP checksum.</summary>
    public ushort TransportDelta;

    public ulong Packets;

    public ulong Bytes;

    /// <summary>Low 32 bits of the worker's milliseconds at the last packet.</summary>
    public uint LastSeen;

    /// <summary>Index of the exit: MACs, tag and class counters.</summary>
    public uint Exit;

    /// <summary>What functions do with every packet: the first in the <see cref="WorkPool"/>, plus 1; 0 for nothing.</summary>
    public int Work;

    /// <summary>By how much the TTL or hop limit is lowered.</summary>
    public byte TimeToLiveDecrement;

    /// <summary>Packets with a TTL up to this one take the slow path.</summary>
    public byte TimeToLiveLimit;

    public TransportKind Transport;

    /// <summary>Where the checksum stands in the transport header.</summary>
    public byte ChecksumOffset;
}

/// <summary>How the transport header of a flow is rewritten.</summary>
internal enum TransportKind : byte
{
    /// <summary>Not at all: nothing in it changes, or it has no checksum that covers what changes.</summary>
    None,

    /// <summary>The identifier and the checksum.</summary>
    Icmp,

    /// <summary>Ports and checksum.</summary>
    Tcp,

    /// <summary>Ports and checksum, of which 0 says that there is none.</summary>
    Udp,
}

/// <summary>What is kept about a flow entry beside the fast path.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowRecord
{
    /// <summary>Low half of the key's hash.</summary>
    public uint Hash;

    /// <summary>High 16 bits of the key's hash.</summary>
    public ushort Signature;

    /// <summary>Worker's number of the program that made it, from 1 on; 0 when the entry is free.</summary>
    public ushort Program;

    /// <summary>First of its dependencies in the pool; -1 for none.</summary>
    public int FirstDependency;

    /// <summary>When free: the next free entry; -1 for none.</summary>
    public int NextFree;
}
