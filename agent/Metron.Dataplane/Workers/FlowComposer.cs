using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>Composes what the functions of a chain did to the first packet of a flow into one action for all others.</summary>
internal static unsafe class FlowComposer
{
    /// <summary>Addresses as on the wire.</summary>
    public static Ipv4Addresses Ipv4(in PacketHeaders headers) =>
        new(BinaryPrimitives.ReverseEndianness((uint)headers.Source.Value)
            | (ulong)BinaryPrimitives.ReverseEndianness((uint)headers.Destination.Value) << 32);

    /// <summary>Addresses as on the wire.</summary>
    public static Ipv6Addresses Ipv6(in PacketHeaders headers) => new(
        BinaryPrimitives.ReverseEndianness((ulong)(headers.Source.Value >> 64)),
        BinaryPrimitives.ReverseEndianness((ulong)headers.Source.Value),
        BinaryPrimitives.ReverseEndianness((ulong)(headers.Destination.Value >> 64)),
        BinaryPrimitives.ReverseEndianness((ulong)headers.Destination.Value));

    /// <summary>Fills an entry that holds its key.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="before">Headers as they came.</param>
    /// <param name="after">Headers as they leave.</param>
    /// <param name="exit">Number of the exit.</param>
    /// <param name="now">Worker's milliseconds.</param>
    public static void Fill<TAddresses>(
        FlowEntry<TAddresses>* entry, in PacketHeaders before, in PacketHeaders after, int exit, long now)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        entry->Addresses = AddressesOf<TAddresses>(after);
        entry->Ports = PlainPacketReader.Pack(after.SourcePort, after.DestinationPort);
        entry->TimeToLiveDecrement = (byte)(before.TimeToLive - after.TimeToLive);
        entry->TimeToLiveLimit = Math.Max(entry->TimeToLiveDecrement, (byte)1);
        entry->NetworkDelta = NetworkDelta(before, after);
        entry->TransportDelta = TransportDelta(before, after);
        entry->Transport = entry->TransportDelta == 0 ? TransportKind.None : KindOf(before);
        entry->ChecksumOffset = ChecksumOffsetOf(entry->Transport);
        entry->Exit = (uint)exit;
        entry->LastSeen = (uint)now;
    }

    private static TAddresses AddressesOf<TAddresses>(in PacketHeaders headers)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (typeof(TAddresses) == typeof(Ipv4Addresses))
        {
            var addresses = Ipv4(headers);
            return Unsafe.As<Ipv4Addresses, TAddresses>(ref addresses);
        }

        var wide = Ipv6(headers);
        return Unsafe.As<Ipv6Addresses, TAddresses>(ref wide);
    }

    private static TransportKind KindOf(in PacketHeaders headers) => headers.Protocol switch
    {
        IpProtocol.Tcp => TransportKind.Tcp,
        IpProtocol.Udp => TransportKind.Udp,
        IpProtocol.Icmp when !headers.IsV6 => TransportKind.Icmp,
        IpProtocol.IcmpV6 when headers.IsV6 => TransportKind.Icmp,
        _ => TransportKind.None,
    };

    private static byte ChecksumOffsetOf(TransportKind kind) => kind switch
    {
        TransportKind.Tcp => 16,
        TransportKind.Udp => 6,
        TransportKind.Icmp => 2,
        _ => 0,
    };

    private static ushort NetworkDelta(in PacketHeaders before, in PacketHeaders after)
    {
        var delta = default(ChecksumDelta);
        AddAddresses(ref delta, before, after);
        if (before.TimeToLive != after.TimeToLive)
        {
            delta.AddTimeToLive(before.TimeToLive, after.TimeToLive);
        }

        return BinaryPrimitives.ReverseEndianness(delta.Value);
    }

    /// <summary>0 when nothing changes that the transport header or its checksum must know.</summary>
    private static ushort TransportDelta(in PacketHeaders before, in PacketHeaders after)
    {
        var delta = default(ChecksumDelta);
        if (before.IsV6 || before.Protocol != IpProtocol.Icmp)
        {
            AddAddresses(ref delta, before, after);
        }

        if (before.SourcePort != after.SourcePort)
        {
            delta.Add(before.SourcePort, after.SourcePort);
        }

        if (before.IcmpKind == IcmpKind.None && before.DestinationPort != after.DestinationPort)
        {
            delta.Add(before.DestinationPort, after.DestinationPort);
        }

        return BinaryPrimitives.ReverseEndianness(delta.Value);
    }

    private static void AddAddresses(ref ChecksumDelta delta, in PacketHeaders before, in PacketHeaders after)
    {
        if (before.Source != after.Source)
        {
            delta.Add(before.Source, after.Source);
        }

        if (before.Destination != after.Destination)
        {
            delta.Add(before.Destination, after.Destination);
        }
    }
}
