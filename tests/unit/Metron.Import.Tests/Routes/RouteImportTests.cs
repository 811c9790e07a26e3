using System.Text;
using Metron.Import.Routes;
using Metron.Import.Syntax;
using Metron.Import.Tests.Support;
using Metron.NetworkFunctions.Router;

namespace Metron.Import.Tests.Routes;

public class RouteImportTests
{
    private const string Neighbors = """
        [{"dst":"192.0.2.1","dev":"wan","lladdr":"02:00:00:00:00:01","state":["REACHABLE"]},
         {"dst":"10.0.0.7","dev":"lan","lladdr":"02:00:00:00:00:07","state":["STALE"]},
         {"dst":"10.0.0.8","dev":"lan","state":["FAILED"]},
         {"dst":"fe80::1","dev":"wan","lladdr":"02:00:00:00:00:01","router":null,"state":["REACHABLE"]}]
        """;

    internal static readonly RouteImportOptions Options = new()
    {
        Ports = [new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")), new RouterPort("wan", MacAddress.Parse("02:00:00:00:01:02"))],
        NextHops = Enumerable.Range(1, 6).ToDictionary(i => IpAddress.Parse($"203.0.113.{i}"), i => new NextHopPlace(i % 2 == 0 ? "lan" : "wan", new MacAddress(0x020000000100UL + (ulong)i))),
        Neighbors = [new SourceText("neigh.json", Neighbors)],
    };

    [Fact]
    public void Routes_of_ip_are_imported_with_their_neighbours()
    {
        const string Text = """
            [{"dst":"default","gateway":"192.0.2.1","dev":"wan","protocol":"dhcp","metric":100,"flags":[]},
            {"dst":"default","gateway":"192.0.2.9","dev":"wan","protocol":"static","metric":600,"flags":[]},
            {"dst":"10.0.0.0/24","dev":"lan","protocol":"kernel","scope":"link","prefsrc":"10.0.0.254","flags":[]},
            {"type":"blackhole","dst":"10.0.0.0/8","flags":[]},
            {"dst":"172.16.0.0/12","gateway":"203.0.113.2","dev":"lan","flags":["dead"]},
            {"dst":"10.9.0.0/16","gateway":"203.0.113.2","dev":"lan","flags":["onlink"]}]
            """;
        const string Text6 = """[{"dst":"default","gateway":"fe80::1","dev":"wan","metric":1024,"flags":[],"pref":"medium"},{"dst":"fe80::/64","dev":"wan","flags":[]}]""";
        var result = IpRouteImporter.Import([new SourceText("v4", Text), new SourceText("v6", Text6)], Options with { Connected = ConnectedRoutes.Hosts });
        Assert.Empty(result.Problems);
        var router = result.Value!;
        Assert.Equal("02:00:00:00:00:01", Find(router, "198.51.100.1")?.Mac.ToString());
        Assert.Equal("02:00:00:00:00:07", Find(router, "10.0.0.7")?.Mac.ToString());
        Assert.Null(Find(router, "10.0.0.8"));
        Assert.Null(Find(router, "10.200.0.1"));
        Assert.NotNull(Find(router, "10.9.1.1"));
        Assert.NotNull(Find(router, "2001:db8::1"));
    }

    [Theory]
    [InlineData("""{"dst":"10.0.0.0/8","nexthops":[{"gateway":"192.0.2.1","dev":"wan","weight":1},{"gateway":"203.0.113.2","dev":"lan","weight":1}],"flags":[]}""", "multipath")]
    [InlineData("""{"dst":"10.0.0.0/8","dev":"lan","scope":"link","flags":[]}""", "directly connected")]
    [InlineData("""{"type":"local","dst":"10.0.0.1","dev":"lan","flags":[]}""", "'local'")]
    [InlineData("""{"type":"throw","dst":"10.0.0.0/8","flags":[]}""", "'throw'")]
    [InlineData("""{"dst":"10.0.0.0/8","gateway":"192.0.2.77","dev":"wan","flags":[]}""", "192.0.2.77 is not known")]
    [InlineData("""{"dst":"10.0.0.0/8","gateway":"192.0.2.1","dev":"eth9","flags":[]}""", "'eth9'")]
    [InlineData("""{"dst":"10.0.0.0/99","gateway":"192.0.2.1","dev":"wan","flags":[]}""", "'10.0.0.0/99'")]
    [InlineData("""{"gateway":"192.0.2.1"}""", "no destination")]
    [InlineData("""{"dst":"10.0.0.0/8","gateway":"192.0.2.1","dev":"wan","encap":"mpls","flags":[]}""", "encapsulates")]
    [InlineData("""17""", "a number")]
    public void What_a_router_cannot_do_is_refused_with_its_line(string route, string says)
    {
        var problem = Assert.Single(IpRouteImporter.Import([new SourceText("r", $"[\n{route}\n]")], Options).Problems);
        Assert.Equal(2, problem.Line);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_next_hops_are_listed_once_each_with_the_number_of_their_routes()
    {
        var text = string.Join('\n', Enumerable.Range(0, 300).Select(i => $"10.{i % 256}.{i / 256}.0/24 via 192.0.2.{50 + (i % 3)}"));
        var problems = PrefixListImporter.Import(new SourceText("r", text), Options).Problems;
        Assert.Equal([1, 2, 3], problems.Select(problem => problem.Line));
        Assert.All(problems, problem => Assert.Contains("(100 routes need it)", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Longest_prefixes_lead_where_the_list_says_and_dropped_ones_nowhere() => Draws.Sample(900, random =>
    {
        var routes = new Dictionary<IpPrefix, int>();
        var text = new StringBuilder("# routes\n\n");
        for (var i = random.Next(1, 301); i > 0; i--)
        {
            // A small part of the address space, so that prefixes nest.
            var length = random.Next(0, 33);
            var value = 0x0a000000u | (uint)random.Next(1 << 12);
            var prefix = new IpPrefix(IpAddress.V4(length == 0 ? 0 : value & (uint.MaxValue << (32 - length))), length);
            if (routes.TryAdd(prefix, random.Next(4) == 0 ? 0 : random.Next(1, 7)))
            {
                text.AppendLine(routes[prefix] == 0 ? $"blackhole   {prefix}  # dropped" : $"{prefix}\tvia 203.0.113.{routes[prefix]}");
            }
        }

        var result = PrefixListImporter.Import(new SourceText("r", text.ToString()), Options);
        Assert.Empty(result.Problems);
        var destinations = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var address = IpAddress.V4(0x0a000000u | (uint)destinations.Next(1 << 13));
            var hop = routes.Where(route => route.Key.Contains(address)).OrderByDescending(route => route.Key.Length).Select(route => route.Value).FirstOrDefault();
            Assert.Equal(hop == 0 ? null : Options.NextHops[IpAddress.Parse($"203.0.113.{hop}")].Mac, Find(result.Value!, address.ToString())?.Mac);
        }
    });

    [Theory]
    [InlineData("10.0.0.0/8 203.0.113.1", "not a route")]
    [InlineData("10.0.0.1/8 via 203.0.113.1", "did you mean 10.0.0.0/8")]
    [InlineData("10.0.0.0/8 via nobody", "'nobody'")]
    [InlineData("10.0.0.0/8 via 203.0.113.1\n10.0.0.0/8 via 203.0.113.2", "same preference")]
    public void A_wrong_line_is_refused(string text, string says) =>
        Assert.Contains(says, Assert.Single(PrefixListImporter.Import(new SourceText("r", text), Options).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_files_never_crash()
    {
        Fuzz.Texts("10.0.0.0/8 via 203.0.113.1 dev wan\n# x\nblackhole 10.1.0.0/16\n::/0 via 203.0.113.1\n", 300, text => PrefixListImporter.Import(new SourceText("f", text), Options));
        Fuzz.Texts(Neighbors, 200, text => IpRouteImporter.Import([new SourceText("f", text)], Options));
        Fuzz.Texts(Neighbors, 200, text => IpRouteImporter.Import([], Options with { Neighbors = [new SourceText("n", text)] }));
    }

    internal static NextHop? Find(RouterConfiguration router, string address) => router.Routes
        .Where(route => route.Prefix.Contains(IpAddress.Parse(address)))
        .OrderByDescending(route => route.Prefix.Length)
        .Select(route => (NextHop?)route.NextHop)
        .FirstOrDefault();
}
