using Metron.Mapping.Programs;

namespace Metron.Agent.Tests;

/// <summary>Residual programs as a controller sends them.</summary>
internal static class TestPrograms
{
    /// <summary>A monitor between two endpoints on worker 0; tag 5 in and 6 out one way, 7 in and 8 out the other.</summary>
    public static V1.ResidualProgram Monitor(string chain = "web", long revision = 1, uint worker = 0)
    {
        var program = new V1.ResidualProgram
        {
            Chain = chain,
            Revision = revision,
            TagKind = V1.TagKind.Vlan,
            Endpoints = { "clients", "internet" },
            Functions = { new V1.NetworkFunction { Name = "mon", Monitor = new V1.Monitor { TopTalkers = 5 } } },
            IngressTags =
            {
                new V1.IngressTag { Value = 5, Worker = worker, Endpoint = "clients", Function = "mon", Port = "inside" },
                new V1.IngressTag { Value = 7, Worker = worker, Endpoint = "internet", Function = "mon", Port = "outside" },
            },
            EgressTags = { new V1.EgressTag { Endpoint = "internet", Value = 6 }, new V1.EgressTag { Endpoint = "clients", Value = 8 } },
            Wires =
            {
                new V1.Wire { Function = "mon", Port = "outside", ToEndpoint = "internet" },
                new V1.Wire { Function = "mon", Port = "inside", ToEndpoint = "clients" },
            },
            Classes =
            {
                new V1.ResidualClass { Id = 1, Ingress = "clients", Egress = "internet", Decisions = { new V1.Decision { Function = "mon" } } },
                new V1.ResidualClass { Id = 2, Ingress = "internet", Egress = "clients", Decisions = { new V1.Decision { Function = "mon" } } },
            },
        };
        program.Digest = ResidualProgramWriter.Digest(program);
        return program;
    }

    /// <summary>A blackbox of the appliance "box" between two endpoints on worker 0.</summary>
    public static V1.ResidualProgram Blackbox(
        V1.BlackboxPolicy policy, V1.BlackboxProbe probe = V1.BlackboxProbe.Unspecified, long revision = 1, string appliance = "box")
    {
        string[] endpoints = ["clients", "internet", "ips.inside", "ips.outside"];
        string[] ports = ["inside", "outside", "program-inside", "program-outside"];
        var program = new V1.ResidualProgram
        {
            Chain = "web",
            Revision = revision,
            TagKind = V1.TagKind.Vlan,
            Endpoints = { endpoints },
            Functions =
            {
                new V1.NetworkFunction
                {
                    Name = "ips",
                    Blackbox = new V1.Blackbox { Appliance = appliance, Policy = policy, HealthCheck = new V1.BlackboxHealthCheck { Probe = probe } },
                },
            },
        };
        for (var i = 0; i < endpoints.Length; i++)
        {
            program.IngressTags.Add(new V1.IngressTag { Value = (uint)(10 + i), Endpoint = endpoints[i], Function = "ips", Port = ports[i] });
            program.EgressTags.Add(new V1.EgressTag { Value = (uint)(20 + i), Endpoint = endpoints[i] });
            program.Wires.Add(new V1.Wire { Function = "ips", Port = ports[i], ToEndpoint = endpoints[i] });
        }

        program.Digest = ResidualProgramWriter.Digest(program);
        return program;
    }
}
