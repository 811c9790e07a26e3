using Metron.NetworkFunctions.Napt;
using Metron.Packets;

namespace Metron.Mapping.Syntax;

/// <summary>IP addresses, prefixes, ranges and MAC addresses as text.</summary>
internal static class Addresses
{
    /// <summary>Reads an address of a host: not unspecified, loopback, multicast or broadcast.</summary>
    public static bool TryHost(string text, SpecNode at, string field, out IpAddress address)
    {
        address = default;
        if (text.Length == 0)
        {
            at.Report(field, "must be given: an IP address such as 192.0.2.1 or 2001:db8::1");
        }
        else if (!TryAddress(text, out address))
        {
            at.Report(field, $"{Text.Quote(text)} is not an IP address such as 192.0.2.1 or 2001:db8::1");
        }
        else if (NotAHost(address) is { } kind)
        {
            at.Report(field, $"{address} is {kind}; give the address of a host");
        }
        else
        {
            return true;
        }

        return false;
    }

    /// <summary>Reads "address/length" or an address.</summary>
    public static bool TryPrefix(string text, SpecNode at, string field, out IpPrefix prefix)
    {
        prefix = default;
        if (text.Length == 0)
        {
            at.Report(field, "must be given: a prefix such as 10.0.0.0/8 or 2001:db8::/32");
            return false;
        }

        if (!HasAddressCharacters(text, "/"))
        {
            at.Report(field, $"{Text.Quote(text)} is not an IP prefix such as 10.0.0.0/8 or 2001:db8::/32");
            return false;
        }

        if (!IpPrefix.TryParse(text, out prefix, out var error))
        {
            at.Report(field, error);
            return false;
        }

        return true;
    }

    /// <summary>Reads an address or prefix of hosts: none of it unspecified, loopback, multicast or broadcast.</summary>
    public static bool TryHosts(string text, SpecNode at, string field, out IpPrefix prefix)
    {
        if (!TryPrefix(text, at, field, out prefix))
        {
            return false;
        }

        if ((NotAHost(prefix.Address) ?? NotAHost(prefix.Address with { Value = prefix.Last })) is { } kind)
        {
            at.Report(field, $"{prefix} has an address that is {kind}; give addresses of hosts");
            return false;
        }

        return true;
    }

    /// <summary>Reads an address, "first-last" or a prefix, as a range of host addresses of the wanted IP version.</summary>
    public static bool TryRange(string text, bool v6, SpecNode at, out AddressRange range)
    {
        range = default;
        var example = v6 ? "2001:db8::1 or 2001:db8::1-2001:db8::8" : "198.51.100.1, 198.51.100.8-198.51.100.15 or 198.51.100.0/28";
        if (TryReadRange(text, out range) is { } problem)
        {
            at.Report($"{Text.Quote(text)} {problem}; expected {example}");
        }
        else if (range.First.IsV6 != v6)
        {
            at.Report($"{Text.Quote(text)} is IPv{(v6 ? 4 : 6)}, but this pool is for IPv{(v6 ? 6 : 4)}");
        }
        else if ((NotAHost(range.First) ?? NotAHost(range.Last)) is { } kind)
        {
            at.Report($"{Text.Quote(text)} has an address that is {kind}; a pool needs addresses of hosts");
        }
        else
        {
            return true;
        }

        return false;
    }

    /// <summary>Reads a unicast MAC address; empty counts as wrong only when it is required.</summary>
    public static MacAddress? Mac(string text, SpecNode at, string field, bool required)
    {
        if (text.Length == 0)
        {
            if (required)
            {
                at.Report(field, "must be given: a MAC address such as 02:00:00:00:00:01");
            }
        }
        else if (!MacAddress.TryParse(text, out var mac))
        {
            at.Report(field, $"{Text.Quote(text)} is not a MAC address such as 02:00:00:00:00:01");
        }
        else if (mac.IsGroup)
        {
            at.Report(field, $"{mac} is a multicast or broadcast address; give the address of one interface (the first octet is even)");
        }
        else if (mac.Value == 0)
        {
            at.Report(field, $"{mac} is nobody's address; give the address of one interface");
        }
        else
        {
            return mac;
        }

        return null;
    }

    private static string? TryReadRange(string text, out AddressRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (dash >= 0)
        {
            if (!TryAddress(text[..dash], out var first) || !TryAddress(text[(dash + 1)..], out var last))
            {
                return "is not a range of two IP addresses";
            }

            range = new AddressRange(first, last);
            return first.IsV6 != last.IsV6 ? "mixes IPv4 and IPv6" : first > last ? "ends before it begins" : null;
        }

        if (!HasAddressCharacters(text, "/"))
        {
            return "is not an IP address, range or prefix";
        }

        if (!IpPrefix.TryParse(text, out var prefix, out var error))
        {
            // The error names the text itself, and says more than that it is no prefix only when there is a slash.
            return text.Contains('/') && error.StartsWith($"'{text}' ", StringComparison.Ordinal)
                ? error[(text.Length + 3)..].TrimEnd('?')
                : "is not an IP address, range or prefix";
        }

        range = new AddressRange(prefix.Address, prefix.Address with { Value = prefix.Last });
        return null;
    }

    private static bool TryAddress(string text, out IpAddress address)
    {
        address = default;
        return HasAddressCharacters(text, string.Empty) && IpAddress.TryParse(text, out address);
    }

    // The class library also takes "[::1]:80", blanks and hexadecimal IPv4 for addresses.
    private static bool HasAddressCharacters(string text, string more) =>
        text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' || more.Contains(c));

    private static string? NotAHost(IpAddress address)
    {
        var value = address.Value;
        return address.IsV6
            ? value == 0 ? "the unspecified address"
                : value == 1 ? "the loopback address"
                : value >> 120 == 0xff ? "a multicast address" : null
            : value >> 24 == 0 ? "in 0.0.0.0/8, which means this network"
                : value >> 24 == 127 ? "a loopback address"
                : value == 0xffffffff ? "the broadcast address"
                : value >> 28 == 0xe ? "a multicast address"
                : value >> 28 == 0xf ? "in the reserved block 240.0.0.0/4" : null;
    }
}
