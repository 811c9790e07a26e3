namespace Metron.Offline.Tests;

/// <summary>The few addresses, ports and protocols that random rules and random packets are made of, so that they meet.</summary>
internal static class World
{
    public static IpAddress[] Clients4 { get; } = Parse("10.0.0.1", "10.0.0.2", "10.0.1.1");

    public static IpAddress[] Clients6 { get; } = Parse("fd00:1::1", "fd00:1::2", "fd00:1:0:1::1");

    public static IpAddress[] Servers4 { get; } = Parse("192.0.2.1", "192.0.2.2", "192.0.2.130");

    public static IpAddress[] Servers6 { get; } = Parse("2001:db8:2::1", "2001:db8:2::2", "2001:db8:3::1");

    public static IpAddress[] Pool4 { get; } = Parse("198.51.100.1", "198.51.100.2");

    public static IpAddress[] Pool6 { get; } = Parse("2001:db8:ffff::1", "2001:db8:ffff::2");

    public static IpAddress Virtual4 { get; } = IpAddress.Parse("203.0.113.80");

    public static IpAddress Virtual6 { get; } = IpAddress.Parse("2001:db8:80::80");

    /// <summary>NPTv6: inside and outside, of the same length.</summary>
    public static (string Inside, string Outside)[] TranslatedPrefixes { get; } =
        [("fd00:1::/48", "2001:db8:f::/48"), ("fd00:1::/32", "2001:dbb::/32"), ("fd00:1::/64", "2001:db8:f:1::/64")];

    /// <summary>Neither clients nor servers: unroutable, unknown, outside of everything.</summary>
    public static IpAddress[] Odd4 { get; } =
        Parse("10.9.9.9", "8.8.8.8", "169.254.1.1", "224.0.0.5", "240.0.0.1", "127.0.0.1", "0.0.0.0", "255.255.255.255");

    public static IpAddress[] Odd6 { get; } =
        Parse("2001:db8:f::5", "fe80::1", "ff02::1", "::1", "::", "::ffff:1.2.3.4", "fd00:1:0:ffff::1", "2001:db8:f:1:ffff:ffff:ffff:ffff");

    public static string[] Prefixes4 { get; } =
        ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/32", "10.0.1.0/24", "192.0.2.0/24", "192.0.2.128/25", "192.0.2.2/32", "0.0.0.0/0", "198.51.100.0/30", "203.0.113.80/32"];

    public static string[] Prefixes6 { get; } =
        ["fd00:1::/32", "fd00:1::/64", "fd00:1::1/128", "2001:db8::/32", "2001:db8:2::/48", "2001:db8:2::2/128", "::/0", "2001:db8:ffff::/64", "2001:db8:f::/48"];

    public static ushort[] ServicePorts { get; } = [80, 443, 53, 8080];

    public static ushort[] ClientPorts { get; } = [1024, 1025, 2050, 40000, 40001, 40003, 40006, 65535];

    public static byte[] Protocols { get; } = [IpProtocol.Tcp, IpProtocol.Tcp, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.Sctp, IpProtocol.Gre];

    public static MacAddress Mac(int number) => new(0x020000000000UL | (uint)number);

    private static IpAddress[] Parse(params string[] addresses) => [.. addresses.Select(IpAddress.Parse)];
}
