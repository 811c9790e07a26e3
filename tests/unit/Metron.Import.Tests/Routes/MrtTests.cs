using System.Buffers.Binary;
using Metron.Import.Routes;
using Metron.Import.Tests.Support;

namespace Metron.Import.Tests.Routes;

public class MrtTests
{
    [Fact]
    public void The_shortest_AS_path_wins_and_then_the_lowest_peer()
    {
        byte[] dump =
        [
            .. Peers(),
            .. Rib4("198.51.100.0", 22, (2, Path(2, 65001, 65002), "203.0.113.1"), (1, Path(2, 65003), "203.0.113.2"), (0, [.. Path(2, 65004), .. Path(1, 65005, 65006)], "203.0.113.3")),
            .. Rib4("10.0.0.0", 8, (7, Path(2, 1, 2), "203.0.113.4"), (3, Path(2, 3, 4), "203.0.113.5"), (5, Path(2, 5, 6), "203.0.113.6")),
            .. Rib4("0.0.0.0", 0, (0, Path(3, 64512, 64513), "203.0.113.1")),
        ];
        var result = MrtImporter.Import("rib", dump, RouteImportTests.Options);
        Assert.Empty(result.Problems);
        Assert.Equal("203.0.113.2", HopOf(result, "198.51.101.1"));
        Assert.Equal("203.0.113.5", HopOf(result, "10.1.2.3"));
        Assert.Equal("203.0.113.1", HopOf(result, "8.8.8.8"));
    }

    [Fact]
    public void Next_hops_of_IPv6_are_read_in_both_forms()
    {
        var hop = IpAddress.Parse("2001:db8::99");
        var options = RouteImportTests.Options with { NextHops = new Dictionary<IpAddress, NextHopPlace> { [hop] = new("wan", MacAddress.Parse("02:00:00:00:00:99")) } };
        byte[] shortened = [.. Attribute(2, Path(2, 1)), .. Attribute(14, [16, .. Bytes(hop)])];
        byte[] whole = [.. Attribute(2, Path(2, 1)), .. Attribute(14, [0, 2, 1, 32, .. Bytes(hop), .. new byte[16], 0])];
        foreach (var attributes in new[] { shortened, whole })
        {
            byte[] body = [0, 0, 0, 1, 32, 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, .. Short(attributes.Length), .. attributes];
            var result = MrtImporter.Import("rib", Record(13, 4, body), options);
            Assert.Empty(result.Problems);
            Assert.Equal("2001:db8::/32", Assert.Single(result.Value!.Routes).Prefix.ToString());
        }
    }

    [Fact]
    public void TABLE_DUMP_has_AS_numbers_of_two_bytes_and_one_path_per_record()
    {
        byte[] one = [.. Attribute(2, [2, 3, 0, 1, 0, 2, 0, 3]), .. Attribute(3, [203, 0, 113, 1])];
        byte[] two = [.. Attribute(2, [2, 2, 0, 1, 0, 2]), .. Attribute(3, [203, 0, 113, 2])];
        byte[] dump = [.. Record(12, 1, Old(one)), .. Record(12, 1, Old(two))];
        Assert.Equal("203.0.113.2", HopOf(MrtImporter.Import("rib", dump, RouteImportTests.Options), "10.5.5.5"));

        static byte[] Old(byte[] attributes) => [0, 0, 0, 1, 10, 0, 0, 0, 8, 1, 0, 0, 0, 0, 192, 0, 2, 1, 0, 9, .. Short(attributes.Length), .. attributes];
    }

    [Fact]
    public void A_table_of_many_routes_is_imported_and_what_is_broken_is_named_by_record()
    {
        var many = Enumerable.Range(0, 5000).SelectMany(i => Rib4($"10.{i / 256}.{i % 256}.0", 24, (0, Path(2, 1), $"203.0.113.{1 + (i % 6)}"))).ToArray();
        Assert.Equal(5000, MrtImporter.Import("rib", many, RouteImportTests.Options).Value!.Routes.Count);
        Assert.Contains("cut off", Assert.Single(MrtImporter.Import("rib", many.AsSpan(0, many.Length - 3), RouteImportTests.Options).Problems).Message, StringComparison.Ordinal);
        Assert.Equal(5000, Assert.Single(MrtImporter.Import("rib", many.AsSpan(0, many.Length - 3), RouteImportTests.Options).Problems).Line);
        Assert.Contains("unpack", Assert.Single(MrtImporter.Import("rib", [0x1f, 0x8b, 8, 0], RouteImportTests.Options).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("BGP message", Assert.Single(MrtImporter.Import("rib", Record(16, 4, [1, 2, 3]), RouteImportTests.Options).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("40 bits", Assert.Single(MrtImporter.Import("rib", Record(13, 2, [0, 0, 0, 1, 40, 1, 2, 3, 4, 5, 0, 0]), RouteImportTests.Options).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("203.0.113.77", Assert.Single(MrtImporter.Import("rib", Rib4("10.0.0.0", 8, (0, Path(2, 1), "203.0.113.77")), RouteImportTests.Options).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_dumps_never_crash()
    {
        byte[] dump = [.. Peers(), .. Rib4("198.51.100.0", 22, (2, Path(2, 65001), "203.0.113.1"), (1, Path(2, 65003), "203.0.113.2")), .. Rib4("10.0.0.0", 8, (7, Path(2, 1, 2), "203.0.113.4"))];
        Fuzz.Bytes(dump, 2000, bytes => MrtImporter.Import("f", bytes, RouteImportTests.Options));
    }

    private static string HopOf(ImportResult<NetworkFunctions.Router.RouterConfiguration> result, string address)
    {
        var found = RouteImportTests.Find(result.Value!, address);
        return RouteImportTests.Options.NextHops.Single(hop => hop.Value.Mac == found?.Mac).Key.ToString();
    }

    private static byte[] Peers() => Record(13, 1, [192, 0, 2, 1, 0, 0, 0, 0]);

    private static byte[] Rib4(string address, byte length, params (ushort Peer, byte[] Path, string NextHop)[] entries)
    {
        byte[] prefix = Bytes(IpAddress.Parse(address))[..((length + 7) / 8)];
        var body = entries.SelectMany(entry =>
        {
            byte[] attributes = [.. Attribute(1, [0]), .. Attribute(2, entry.Path), .. Attribute(3, Bytes(IpAddress.Parse(entry.NextHop)))];
            return (byte[])[.. Short(entry.Peer), 1, 2, 3, 4, .. Short(attributes.Length), .. attributes];
        });
        return Record(13, 2, [0, 0, 0, 9, length, .. prefix, .. Short(entries.Length), .. body]);
    }

    private static byte[] Path(byte kind, params uint[] numbers) => [kind, (byte)numbers.Length, .. numbers.SelectMany(Long)];

    // The first attribute with the long form of the length, the others with the short one.
    private static byte[] Attribute(byte type, byte[] value) =>
        type == 2 ? [0x50, type, .. Short(value.Length), .. value] : [0x40, type, (byte)value.Length, .. value];

    private static byte[] Record(int type, int subtype, byte[] body) => [1, 2, 3, 4, .. Short(type), .. Short(subtype), .. Long((uint)body.Length), .. body];

    private static byte[] Bytes(IpAddress address)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Value);
        return address.IsV6 ? bytes : bytes[12..];
    }

    private static byte[] Short(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Long(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
