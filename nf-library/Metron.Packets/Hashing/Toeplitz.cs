using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Metron.Packets.Hashing;

/// <summary>
/// The hash by which NICs spread flows (Microsoft, "RSS Hashing Functions"): the exclusive or, over all bits of the input that are set, of the 32
/// bits of the key that begin where the bit stands. It is linear over GF(2): Hash(a ^ b) = Hash(a) ^ Hash(b). The parts of an input may
/// therefore be hashed one by one, each at its position, and put together by exclusive or.
/// </summary>
/// <remarks>
/// A table holds the part of each value of each byte: a hash of n bytes costs n loads (36 KiB in all; 12 KiB for IPv4). Input is in network byte
/// order: source address, destination address, and, where the hash takes ports, source port and destination port. Immutable.
/// </remarks>
public sealed class Toeplitz
{
    /// <summary>Shortest key, in bytes: what an input of <see cref="LongestInput"/> needs. Of a longer one the rest has no influence.</summary>
    public const int ShortestKey = LongestInput + sizeof(uint);

    /// <summary>Longest input, in bytes: IPv6 addresses and ports.</summary>
    public const int LongestInput = (2 * 16) + 4;

    private const int ValuesOfByte = 256;

    private readonly byte[] _key;
    private readonly uint[] _parts = new uint[LongestInput * ValuesOfByte];

    /// <param name="key">The key, at least <see cref="ShortestKey"/> bytes.</param>
    /// <exception cref="ArgumentException">It is shorter.</exception>
    public Toeplitz(ReadOnlySpan<byte> key)
    {
        if (key.Length < ShortestKey)
        {
            throw new ArgumentException($"a Toeplitz key has at least {ShortestKey} bytes, this one {key.Length}", nameof(key));
        }

        _key = key.ToArray();
        for (var position = 0; position < LongestInput; position++)
        {
            Fill(_parts.AsSpan(position * ValuesOfByte, ValuesOfByte), BitsFrom(key, position));
        }
    }

    /// <summary>The key that Microsoft verifies implementations with, and most drivers' default.</summary>
    public static ReadOnlySpan<byte> MicrosoftKey =>
    [
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    ];

    /// <summary>
    /// 0x6d5a repeated: gives both directions of a flow the same hash (Woo and Park, "Scalable TCP Session Monitoring with Symmetric Receive-side
    /// Scaling", 2012). As a port of 16 bits spans the whole period and the pattern is invertible, all hashes of 16 bits are equally likely.
    /// </summary>
    public static ReadOnlySpan<byte> SymmetricKey =>
    [
        0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
        0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a, 0x6d, 0x5a,
    ];

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>Whether source and destination may change places without changing any hash, of addresses or ports, IPv4 or IPv6.</summary>
    public bool IsSymmetric => IsSame(0, 4, 4) && IsSame(8, 10, 2) && IsSame(0, 16, 16) && IsSame(32, 34, 2);

    /// <summary>Hash of an input of at most <see cref="LongestInput"/> bytes.</summary>
    public uint Hash(ReadOnlySpan<byte> input) => Part(0, input);

    /// <summary>What bytes at a position of the input add to its hash.</summary>
    /// <param name="position">Where the first of the bytes stands in the input.</param>
    /// <param name="bytes">The bytes, none of them behind <see cref="LongestInput"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Part(int position, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)position + (uint)bytes.Length, (ulong)LongestInput, nameof(position));
        ref var row = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_parts), position * ValuesOfByte);
        var hash = 0U;
        for (var i = 0; i < bytes.Length; i++)
        {
            hash ^= Unsafe.Add(ref row, (i * ValuesOfByte) + bytes[i]);
        }

        return hash;
    }

    /// <summary>What an address adds to a hash.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isSource">Whether it is the source.</param>
    public uint PartOfAddress(IpAddress address, bool isSource)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Value);
        var width = address.Width / 8;
        return Part(isSource ? 0 : width, bytes[(16 - width)..]);
    }

    /// <summary>What a port adds to a hash.</summary>
    /// <param name="port">The port.</param>
    /// <param name="isV6">Whether the addresses are IPv6.</param>
    /// <param name="isSource">Whether it is the source port.</param>
    public uint PartOfPort(ushort port, bool isV6, bool isSource)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, port);
        return Part((isV6 ? 32 : 8) + (isSource ? 0 : 2), bytes);
    }

    /// <summary>The hash of a packet with these headers.</summary>
    /// <param name="headers">The headers, of which addresses and ports are used.</param>
    /// <param name="withPorts">Whether the NIC hashes ports too.</param>
    public uint Hash(in PacketHeaders headers, bool withPorts)
    {
        var hash = PartOfAddress(headers.Source, true) ^ PartOfAddress(headers.Destination, false);
        return withPorts
            ? hash ^ PartOfPort(headers.SourcePort, headers.IsV6, true) ^ PartOfPort(headers.DestinationPort, headers.IsV6, false)
            : hash;
    }

    /// <summary>The 40 bits of the key that the bits of one byte of the input look at.</summary>
    private static ulong BitsFrom(ReadOnlySpan<byte> key, int position) =>
        (ulong)BinaryPrimitives.ReadUInt32BigEndian(key[position..]) << 8 | key[position + sizeof(uint)];

    private static void Fill(Span<uint> parts, ulong key)
    {
        for (var value = 0; value < ValuesOfByte; value++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                if ((value & 0x80 >> bit) != 0)
                {
                    parts[value] ^= (uint)(key >> 8 - bit);
                }
            }
        }
    }

    private bool IsSame(int left, int right, int bytes) =>
        _parts.AsSpan(left * ValuesOfByte, bytes * ValuesOfByte).SequenceEqual(_parts.AsSpan(right * ValuesOfByte, bytes * ValuesOfByte));
}
