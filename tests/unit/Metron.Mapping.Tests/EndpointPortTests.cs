using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping.Tests;

/// <summary>Endpoints with several ports.</summary>
public sealed class EndpointPortTests
{
    [Fact]
    public void Backup_ports_are_read_in_their_order()
    {
        Assert.True(ServiceChainMapper.Map(Chain("'backupPorts':[9,5]")).TryGetSpec(out var failover));
        Assert.True(ServiceChainMapper.Map(Chain("'backupPorts':[65279],'portUse':'SPREAD'")).TryGetSpec(out var spread));
        Assert.True(ServiceChainMapper.Map(Chain("'vlan':3")).TryGetSpec(out var plain));

        Assert.Equal(("7, 9, 5", PortUse.Failover), (failover.Endpoints[0].Ports.ToString(), failover.Endpoints[0].PortUse));
        Assert.Equal(("7, 65279", PortUse.Spread), (spread.Endpoints[0].Ports.ToString(), spread.Endpoints[0].PortUse));
        Assert.Equal((0, "7"), (plain.Endpoints[0].BackupPorts.Count, plain.Endpoints[0].Ports.ToString()));
    }

    [Theory]
    [InlineData("'backupPorts':[0]", "backupPorts[0]", "0 is out of range; expected 1-65279")]
    [InlineData("'backupPorts':[3,65280]", "backupPorts[1]", "65280 is out of range; expected 1-65279")]
    [InlineData("'backupPorts':[7]", "backupPorts[0]", "7 is the endpoint's port already; name other ports")]
    [InlineData("'backupPorts':[3,4,3]", "backupPorts[2]", "3 is named twice, by backupPorts[0] too")]
    [InlineData("'backupPorts':[1,2,3,4,5,6,8,9]", "backupPorts", "has 8 elements; at most 7 are allowed")]
    [InlineData("'portUse':'SPREAD'", "portUse", "says which of several ports packets leave by, but the endpoint has one port only; name others by backupPorts, or leave it out")]
    [InlineData("'backupPorts':[3],'portUse':9", "portUse", "9 is not a value of PortUse; expected one of FAILOVER, SPREAD")]
    public void A_wrong_port_is_named_with_its_place(string fields, string path, string message)
    {
        var violation = Assert.Single(ServiceChainMapper.Map(Chain(fields)).Violations);

        Assert.Equal(($"spec.endpoints[0].{path}", message), (violation.Path, violation.Message));
    }

    private static V1.ServiceChain Chain(string fields) => Chains.Parse($$$"""
        {'name':'web','spec':{
          'endpoints':[{'name':'a','switch':'br0','port':7,{{{fields}}}},{'name':'b','switch':'br0','port':10}],
          'functions':[{'name':'mon','monitor':{}}],
          'links':[{'from':'a','to':'mon'},{'from':'mon','to':'b'}]}}
        """);
}
