using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Tunnel;
using Metron.Packets;
using Metron.Packets.Hashing;
using static Metron.NetworkFunctions.Tests.Napt.NaptFunctionTests;

namespace Metron.NetworkFunctions.Tests.Hashing;

public class HashDispatchCheckTests
{
    private static readonly FirewallConfiguration Stateful = new("fw") { Stateful = true };
    private static readonly NaptConfiguration Napt = new("nat") { Pool = [Range("198.51.100.1", "198.51.100.2")] };

    private static readonly NaptConfiguration Prefixes = new("npt")
    {
        PrefixTranslation = new(IpPrefix.Parse("fd00:1::/48"), IpPrefix.Parse("2001:db8:1::/48")),
    };

    [Fact]
    public void Functions_that_leave_addresses_alone_and_a_NAPT_can_be_dispatched_by_hash() =>
        Assert.Empty(Problems(Stateful, new RouterConfiguration("rt"), new MonitorConfiguration("m"), new DpiConfiguration("d"), new PolicerConfiguration("p"), Napt));

    [Fact]
    public void Static_translation_parts_the_directions_where_another_function_needs_both()
    {
        var nat = new StaticNatConfiguration("one");
        Assert.Empty(Problems(nat, new RouterConfiguration("rt"), new FirewallConfiguration("stateless"), new MonitorConfiguration("m")));
        Assert.Contains("function 'fw' needs both", Assert.Single(Problems(Stateful, nat)), StringComparison.Ordinal);
        Assert.Contains("function 'nat' needs both", Assert.Single(Problems(nat, Napt)), StringComparison.Ordinal);
        Assert.Empty(Problems(Prefixes));
        Assert.StartsWith("function 'npt' rewrites addresses", Assert.Single(Problems(Prefixes, Stateful)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_hides_or_changes_what_is_hashed_cannot_be_dispatched_by_hash()
    {
        Assert.StartsWith("function 'lb' has backends", Assert.Single(Problems(new LoadBalancerConfiguration("lb"), Stateful)), StringComparison.Ordinal);
        Assert.StartsWith("function 't' has packets inside", Assert.Single(Problems(new TunnelConfiguration("t"))), StringComparison.Ordinal);
        Assert.Contains("portBlockSize", Assert.Single(Problems(Napt with { PortBlockSize = 64 })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_NAPT_needs_a_NIC_that_hashes_the_ports_of_what_it_translates()
    {
        var both = Napt with { Pool6 = [Range("2001:db8::1", "2001:db8::2")] };
        Assert.Contains("IPv4", Assert.Single(HashDispatchCheck.Problems([Napt], HashTypes.All & ~HashTypes.Ipv4Udp)), StringComparison.Ordinal);
        Assert.Empty(HashDispatchCheck.Problems([Napt], HashTypes.All & ~HashTypes.Ipv6Udp));
        Assert.Equal(2, HashDispatchCheck.Problems([both], HashTypes.Ipv4 | HashTypes.Ipv6).Count);
    }

    [Fact]
    public void Every_kind_of_function_says_how_it_gets_on() =>
        Assert.All(NetworkFunctionKind.All, kind => Assert.Equal(
            kind.ConfigurationType,
            kind.ConfigurationType.GetProperty(nameof(NetworkFunctionConfiguration.UnderHashDispatch))!.DeclaringType));

    private static IReadOnlyList<string> Problems(params NetworkFunctionConfiguration[] functions) => HashDispatchCheck.Problems(functions, HashTypes.All);
}
