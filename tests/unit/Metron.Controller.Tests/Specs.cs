namespace Metron.Controller.Tests;

/// <summary>Chains to work with.</summary>
internal static class Specs
{
    /// <summary>Two endpoints with a monitor between them: needs a server.</summary>
    public static V1.ServiceChain Monitor(string name = "web", uint from = 1, uint to = 2) => new()
    {
        Name = name,
        Spec = new V1.ServiceChainSpec
        {
            Endpoints = { new V1.Endpoint { Name = "a", Switch = "br0", Port = from }, new V1.Endpoint { Name = "b", Switch = "br0", Port = to } },
            Functions = { new V1.NetworkFunction { Name = "count", Monitor = new V1.Monitor() } },
            Links = { new V1.Link { From = "a", To = "count" }, new V1.Link { From = "count", To = "b" } },
        },
    };

    /// <summary>Two endpoints with a stateless firewall between them: the switch does everything.</summary>
    public static V1.ServiceChain Firewall(string name = "edge", string deniedPort = "22") => new()
    {
        Name = name,
        Spec = new V1.ServiceChainSpec
        {
            Endpoints = { new V1.Endpoint { Name = "a", Switch = "br0", Port = 1 }, new V1.Endpoint { Name = "b", Switch = "br0", Port = 2 } },
            Functions =
            {
                new V1.NetworkFunction
                {
                    Name = "fw",
                    Firewall = new V1.Firewall
                    {
                        DefaultAction = V1.FirewallAction.Allow,
                        Rules =
                        {
                            new V1.FirewallRule
                            {
                                Name = "deny",
                                Action = V1.FirewallAction.Deny,
                                Match = new V1.PacketMatch { Protocol = "tcp", DestinationPort = deniedPort },
                            },
                        },
                    },
                },
            },
            Links = { new V1.Link { From = "a", To = "fw" }, new V1.Link { From = "fw", To = "b" } },
        },
    };
}
