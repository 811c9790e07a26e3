using System.Globalization;

namespace Metron.Packets;

/// <summary>An IP prefix: an address whose bits behind <paramref name="Length"/> are zero.</summary>
/// <param name="Address">The first address of the prefix.</param>
/// <param name="Length">Number of leading bits that count: 0-32 or 0-128.</param>
public readonly record struct IpPrefix(IpAddress Address, int Length)
{
    /// <summary>First address, as a number.</summary>
    public UInt128 First => Address.Value;

    /// <summary>Last address, as a number.</summary>
    public UInt128 Last => Address.Value | HostMask(Address.Width, Length);

    /// <summary>Reads "address/length" or a bare address. Host bits must be zero.</summary>
    public static bool TryParse(string? text, out IpPrefix prefix, out string error)
    {
        prefix = default;
        error = string.Empty;
        var slash = text?.IndexOf('/') ?? -1;
        var addressText = slash < 0 ? text : text![..slash];
        if (!IpAddress.TryParse(addressText, out var address))
        {
            error = $"'{text}' is not an IP prefix such as 10.0.0.0/8 or 2001:db8::/32";
            return false;
        }

        var length = address.Width;
        if (slash >= 0 && (!int.TryParse(text![(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > address.Width))
        {
            error = $"'{text}' has no prefix length between 0 and {address.Width} behind the slash";
            return false;
        }

        if ((address.Value & HostMask(address.Width, length)) != 0)
        {
            var first = new IpAddress(address.Value & ~HostMask(address.Width, length), address.IsV6);
            error = $"'{text}' has bits set behind the prefix length; did you mean {first}/{length}?";
            return false;
        }

        prefix = new IpPrefix(address, length);
        return true;
    }

    /// <summary>Reads a prefix that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static IpPrefix Parse(string text) => TryParse(text, out var prefix, out var error) ? prefix : throw new FormatException(error);

    /// <summary>Whether the address lies in the prefix (and is of the same version).</summary>
    public bool Contains(IpAddress address) =>
        address.IsV6 == Address.IsV6 && address.Value >= First && address.Value <= Last;

    /// <summary>"address/length".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    /// <summary>The bits behind the prefix. Shifting by the full 128 bits would shift by none, so ::/0 takes its own way.</summary>
    private static UInt128 HostMask(int width, int length) =>
        width - length == 128 ? UInt128.MaxValue : (UInt128.One << (width - length)) - 1;
}
