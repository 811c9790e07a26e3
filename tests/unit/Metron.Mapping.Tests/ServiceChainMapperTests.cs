using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dpi;
namespace Metron.Mapping.Tests;

public sealed class ServiceChainMapperTests
{
    [Fact]
    public void A_complete_chain_is_read_field_by_field()
    {
        var chain = Chains.Parse("""
            {'name':'web','labels':{'team':'edge'},'spec':{
              'endpoints':[
                {'name':'clients','switch':'br0','port':7,'vlan':12,'role':'INGRESS','peerMac':'02:00:00:00:00:01','localMac':'02:00:00:00:00:02',
                 'match':{'source':'10.0.0.0/8'}},
                {'name':'internet','switch':'br1','port':8,'role':'EGRESS'}],
              'functions':[{'name':'mon','monitor':{'topTalkers':3}}],
              'links':[{'from':'clients','to':'mon'},{'from':'mon','to':'internet'}],
              'resources':{'minCores':2,'maxCores':4,'server':'s1','serverLabels':{'rack':'7'},'apartFrom':['blue']}}}
            """);

        Assert.True(ServiceChainMapper.Map(chain).TryGetSpec(out var spec));

        Assert.Equal("web", spec.Name);
        var clients = spec.Endpoints[0];
        Assert.Equal(("clients", "br0", 7u, (ushort)12, true, false), (clients.Name, clients.Switch, clients.Port, clients.Vlan, clients.IsIngress, clients.IsEgress));
        Assert.Equal("02:00:00:00:00:01", clients.PeerMac.ToString());
        Assert.Equal("02:00:00:00:00:02", clients.LocalMac.ToString());
        Assert.Equal("10.0.0.0/8", clients.Match.Source?.Value.ToString());
        Assert.False(spec.Endpoints[1].IsIngress);
        Assert.True(spec.Endpoints[1].IsEgress);
        Assert.Equal("clients -> mon, mon -> internet", string.Join(", ", spec.Links.Select(link => $"{link.From} -> {link.To}")));
        Assert.Equal((2, 4, "s1"), (spec.Resources.MinimumCores, spec.Resources.MaximumCores, spec.Resources.Server));
        Assert.Equal([KeyValuePair.Create("rack", "7")], spec.Resources.ServerLabels);
        Assert.Equal(["blue"], spec.Resources.ApartFrom);
    }

    [Fact]
    public void Defaults_are_those_of_the_api()
    {
        Assert.True(ServiceChainMapper.Map(Chains.With("{'name':'f','monitor':{}}")).TryGetSpec(out var spec));

        Assert.True(spec.Endpoints[0].IsIngress);
        Assert.True(spec.Endpoints[0].IsEgress);
        Assert.Null(spec.Endpoints[0].PeerMac);
        Assert.Equal((1, 0, null), (spec.Resources.MinimumCores, spec.Resources.MaximumCores, spec.Resources.Server));
        Assert.Equal(10, Assert.IsType<NetworkFunctions.Monitor.MonitorConfiguration>(spec.Functions[0]).TopTalkers);
    }

    [Fact]
    public void Every_problem_is_told_in_one_answer_in_the_order_of_the_spec()
    {
        var chain = Chains.Parse("""
            {'name':'Web','spec':{
              'endpoints':[{'name':'a','switch':'','port':0},{'name':'a','switch':'br0','port':70000,'vlan':4095}],
              'functions':[{'name':'f','firewall':{'rules':[{'match':{'destinationPort':'80'}}]}}],
              'links':[{'from':'a','to':'f.x.y'}]}}
            """);

        var violations = ServiceChainMapper.Map(chain).Violations;

        Assert.Equal(
            [
                "name", "spec.endpoints[0].switch", "spec.endpoints[0].port", "spec.endpoints[1].name", "spec.endpoints[1].port",
                "spec.endpoints[1].vlan", "spec.functions[0].firewall.rules[0].action",
                "spec.functions[0].firewall.rules[0].match.destinationPort", "spec.links[0].to",
            ],
            violations.Select(violation => violation.Path));
    }

    [Theory]
    [InlineData("{'name':'','spec':{}}", "name", "must be given")]
    [InlineData("{'name':'9web','spec':{}}", "name", "must begin with a lower-case letter")]
    [InlineData("{'name':'we_b','spec':{}}", "name", "lower-case letters, digits and hyphens")]
    [InlineData("{'name':'web-','spec':{}}", "name", "must not end with a hyphen")]
    [InlineData("{'name':'web'}", "spec", "must be given")]
    [InlineData("{'name':'web','spec':{}}", "spec.endpoints", "has 0 elements; at least 1 is needed")]
    [InlineData("{'name':'web','labels':{'a b':'c'},'spec':{}}", "labels[\"a b\"]", "the key must have 1-63")]
    [InlineData("{'name':'web','labels':{'a':'b\\u0007'},'spec':{}}", "labels[\"a\"]", "the value 'b\\u0007' must have at most 63")]
    [InlineData("{'name':'web','spec':{'endpoints':[{'name':'a','switch':'br 0','port':1}]}}", "spec.endpoints[0].switch", "'br 0' may only have")]
    [InlineData("{'name':'web','spec':{'endpoints':[{'name':'a','switch':'b','port':1,'role':9}]}}", "spec.endpoints[0].role", "9 is not a value of EndpointRole; expected one of BIDIRECTIONAL, INGRESS, EGRESS")]
    [InlineData("{'name':'web','spec':{'endpoints':[{'name':'a','switch':'b','port':1,'peerMac':'01:00:00:00:00:01'}]}}", "spec.endpoints[0].peerMac", "multicast")]
    [InlineData("{'name':'web','spec':{'endpoints':[{'name':'a','switch':'b','port':1,'localMac':'02-00-00-00-00-01'}]}}", "spec.endpoints[0].localMac", "is not a MAC address")]
    [InlineData("{'name':'web','spec':{'resources':{'minCores':4,'maxCores':2}}}", "spec.resources.minCores", "4 is more than 'maxCores: 2'")]
    [InlineData("{'name':'web','spec':{'resources':{'maxCores':257}}}", "spec.resources.maxCores", "257 is out of range; expected 0-256")]
    [InlineData("{'name':'web','spec':{'passNeighborDiscovery':true}}", "spec.passNeighborDiscovery", "exactly two endpoints; this one has 0")]
    [InlineData("{'name':'web','spec':{'functions':[{'name':'f'}]}}", "spec.functions[0]", "give one of firewall, router, napt, loadBalancer, monitor, dpi, ")]
    [InlineData("{'name':'web','spec':{'links':[{'to':'f'}]}}", "spec.links[0].from", "must be given")]
    [InlineData("{'name':'web','spec':{'links':[{'from':'a','to':'rt.'}]}}", "spec.links[0].to", "neither a name nor 'function.port'")]
    public void A_wrong_chain_is_refused_with_path_and_remedy(string json, string path, string message)
    {
        var mapped = ServiceChainMapper.Map(Chains.Parse(json));

        Assert.Contains(mapped.Violations, violation => violation.Path == path && violation.Message.Contains(message, StringComparison.Ordinal));
        Assert.False(mapped.TryGetSpec(out _));
    }

    [Fact]
    public void Deep_packet_inspection_is_read_whole_and_its_defaults_are_filled_in()
    {
        var mapped = ServiceChainMapper.Map(Chains.With(
            "{'name':'f','dpi':{'failMode':'CLOSED','rules':[{'name':'r','description':'d','from':'OUTSIDE','direction':'TO_CLIENT','action':'DROP_FLOW',"
            + "'matches':[{'protocol':'tcp','sourcePort':'80'}],'patterns':[{'content':'a|0d|','nocase':true,'offset':1,'depth':9},{'pcre':'b+c','dotall':true,'multiline':true}]}]}}"));

        var dpi = Assert.IsType<DpiConfiguration>(Assert.Single(mapped.Graph!.Functions));
        Assert.Equal((true, true, 65_536, 64), (dpi.IsStreaming, dpi.FailsClosed, dpi.InspectedBytes, dpi.StreamMebibytes));
        var rule = Assert.Single(dpi.Rules);
        Assert.Equal(("r", "d", (int?)1, DpiDirection.ToClient, false, true), (rule.Name, rule.Description, rule.FromPort, rule.Direction, rule.Alerts, rule.Denies));
        Assert.Equal(
            [
                new DpiPattern("a|0d|", IsRegex: false) { IgnoresCase = true, Offset = 1, Depth = 9 },
                new DpiPattern("b+c", IsRegex: true) { DotMatchesNewline = true, IsMultiline = true },
            ],
            rule.Patterns);
        Assert.Equal(new PortRange(80, 80), Assert.Single(rule.Matches).SourcePort!.Value.Value);
    }

    [Fact]
    public void The_graph_stays_readable_when_only_values_are_wrong()
    {
        var mapped = ServiceChainMapper.Map(Chains.With("{'name':'f','firewall':{'rules':[{}]}}"));

        Assert.NotEmpty(mapped.Violations);
        Assert.Equal("f", Assert.Single(mapped.Graph!.Functions).Name);
    }

    [Theory]
    [InlineData("{'name':'f'}")]
    [InlineData("{'name':'a','monitor':{}}")]
    public void The_graph_is_not_given_when_elements_cannot_be_told_apart(string function)
    {
        Assert.Null(ServiceChainMapper.Map(Chains.With(function)).Graph);
    }

    [Fact]
    public void Long_lists_of_problems_are_cut_and_counted()
    {
        var chain = Chains.With("{'name':'f','firewall':{}}");
        for (var i = 0; i < 250; i++)
        {
            chain.Spec.Functions[0].Firewall.Rules.Add(new V1.FirewallRule());
        }

        var violations = ServiceChainMapper.Map(chain).Violations;

        Assert.Equal(SpecLimits.Violations + 1, violations.Count);
        Assert.StartsWith("150 more problems", violations[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_beyond_the_limits_are_refused()
    {
        var chain = Chains.With("{'name':'f','firewall':{}}");
        chain.Spec.Functions[0].Firewall.Rules.AddRange(Enumerable.Repeat(new V1.FirewallRule { Action = V1.FirewallAction.Allow }, 100_001));
        chain.Spec.Functions.AddRange(Enumerable.Range(0, 64).Select(i => new V1.NetworkFunction { Name = $"m{i}", Monitor = new() }));
        chain.Spec.Endpoints.AddRange(Enumerable.Range(0, 63).Select(i => new V1.Endpoint { Name = $"e{i}", Switch = "br0", Port = 3 }));

        var violations = ServiceChainMapper.Map(chain).Violations.Select(violation => violation.ToString());

        Assert.Equal(
            [
                "spec.endpoints: has 65 elements; at most 64 are allowed",
                "spec.functions: has 65 elements; at most 64 are allowed",
                "spec.functions[0].firewall.rules: has 100001 elements; at most 100000 are allowed",
            ],
            violations);
    }
}
