using System.Buffers.Binary;
using System.Net.Sockets;

namespace Metron.Kernel.Steering;

/// <summary>
/// How packets are put into flow groups: group = hash &amp; (groups - 1). Over source and destination address of IPv4 and IPv6, and over the ports of
/// those protocols of which they are wanted. All fragments of a packet are hashed by their addresses alone, and so is IPv6 with other extension headers.
/// </summary>
public abstract record FlowHash
{
    private FlowHash()
    {
    }

    /// <summary>Protocols of IPv4 whose ports are hashed.</summary>
    public IReadOnlyList<byte> PortProtocols4 { get; init; } = FlowProtocols.WithPorts;

    /// <summary>Protocols of IPv6 whose ports are hashed.</summary>
    public IReadOnlyList<byte> PortProtocols6 { get; init; } = FlowProtocols.WithPorts;

    /// <summary>
    /// The kernel side's own hash: addresses, ports and protocol are mixed by sums and exclusive ors of both directions' fields, so that both directions
    /// of a flow have the same hash. Both programs and <see cref="Compute"/> give the same.
    /// </summary>
    public sealed record Symmetric : FlowHash
    {
        internal const uint Seed = 0x9e3779b9;
        internal const uint First = 0x85ebca6b;
        internal const uint Second = 0xc2b2ae35;

        /// <summary>The hash of a flow's packets.</summary>
        /// <param name="source">Source address: 4 or 16 bytes.</param>
        /// <param name="destination">Destination address, of the same length.</param>
        /// <param name="sourcePort">Source port; 0 when not hashed.</param>
        /// <param name="destinationPort">Destination port; 0 when not hashed.</param>
        /// <param name="protocol">Protocol; 0 for fragments.</param>
        public static uint Compute(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ushort sourcePort, ushort destinationPort, byte protocol)
        {
            var hash = Seed ^ protocol;
            for (var offset = 0; offset < source.Length; offset += 4)
            {
                hash = Step(hash, BinaryPrimitives.ReadUInt32BigEndian(source[offset..]), BinaryPrimitives.ReadUInt32BigEndian(destination[offset..]));
            }

            return Step(hash, sourcePort, destinationPort);
        }

        private static uint Step(uint hash, uint one, uint other)
        {
            hash = (hash ^ (one + other)) * First;
            hash ^= hash >> 15;
            hash = (hash ^ one ^ other) * Second;
            return hash ^ (hash >> 13);
        }
    }

    /// <summary>The hash of NICs (Microsoft, "RSS hashing functions"), with a key.</summary>
    /// <param name="Key">The key: at least 40 bytes, of which the first 40 count.</param>
    public sealed record Toeplitz(ReadOnlyMemory<byte> Key) : FlowHash
    {
        /// <summary>Bytes hashed at most: two addresses of IPv6 and two ports.</summary>
        internal const int Positions = 36;

        /// <summary>The hash of bytes in the order in which NICs take them: source, destination, source port, destination port.</summary>
        public uint Compute(ReadOnlySpan<byte> tuple)
        {
            var hash = 0u;
            for (var position = 0; position < tuple.Length; position++)
            {
                hash ^= Of(position, tuple[position]);
            }

            return hash;
        }

        /// <summary>What a byte adds to the hash at each place: [place * 256 + byte].</summary>
        internal uint[] ToTable()
        {
            var table = new uint[Positions * 256];
            for (var index = 0; index < table.Length; index++)
            {
                table[index] = Of(index >> 8, (byte)index);
            }

            return table;
        }

        // For each bit that is set, from the highest on: the 32 bits of the key that begin at its place.
        private uint Of(int position, byte value)
        {
            var key = Key.Span;
            var window = BinaryPrimitives.ReadUInt64BigEndian([.. key.Slice(position, 5), 0, 0, 0]);
            var hash = 0u;
            for (var bit = 0; bit < 8; bit++)
            {
                if ((value & 0x80 >> bit) != 0)
                {
                    hash ^= (uint)(window << bit >> 32);
                }
            }

            return hash;
        }
    }
}

/// <summary>Protocols over IP.</summary>
public static class FlowProtocols
{
    /// <summary>Those whose headers begin with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite.</summary>
    public static IReadOnlyList<byte> WithPorts { get; } = [(byte)ProtocolType.Tcp, (byte)ProtocolType.Udp, 33, 132, 136];
}
