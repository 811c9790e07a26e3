using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Metron.Packets;

/// <summary>An IPv4 or IPv6 address as a number in host order, so that ranges and prefixes are arithmetic.</summary>
/// <param name="Value">The address: 128 bits for IPv6; for IPv4 the low 32 bits, the others 0.</param>
/// <param name="IsV6">Whether it is an IPv6 address.</param>
public readonly record struct IpAddress(UInt128 Value, bool IsV6) : IComparable<IpAddress>
{
    /// <summary>Number of bits: 32 or 128.</summary>
    public int Width => IsV6 ? 128 : 32;

    /// <summary>Makes an IPv4 address from its 32 bits in host order.</summary>
    public static IpAddress V4(uint value) => new(value, false);

    /// <summary>Makes an IPv6 address from its 128 bits in host order.</summary>
    public static IpAddress V6(UInt128 value) => new(value, true);

    /// <summary>Reads dotted or colon notation. Refuses everything else, also shortened IPv4 ("10.1") and zones ("%eth0").</summary>
    public static bool TryParse(string? text, out IpAddress address)
    {
        address = default;
        if (string.IsNullOrEmpty(text) || text.Contains('%') || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetwork)
        {
            if (text.Split('.').Length != 4 || parsed.ToString() != text)
            {
                return false;
            }

            address = V4(BinaryPrimitives.ReadUInt32BigEndian(parsed.GetAddressBytes()));
            return true;
        }

        address = V6(BinaryPrimitives.ReadUInt128BigEndian(parsed.GetAddressBytes()));
        return true;
    }

    /// <summary>Reads an address that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static IpAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IP address");

    /// <summary>IPv4 before IPv6, then by number.</summary>
    public int CompareTo(IpAddress other) => IsV6 == other.IsV6 ? Value.CompareTo(other.Value) : IsV6.CompareTo(other.IsV6);

    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;

    /// <summary>Dotted or (RFC 5952) colon notation.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(IsV6 ? bytes : bytes[12..]).ToString();
    }
}
