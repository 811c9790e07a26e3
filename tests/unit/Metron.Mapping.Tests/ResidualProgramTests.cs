using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Optimization;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Mapping.Tests;

public sealed class ResidualProgramTests
{
    [Fact]
    public void A_program_survives_the_wire_with_a_different_value_in_every_field()
    {
        var (program, functions) = Sample();

        Assert.True(ResidualProgramReader.TryRead(ResidualProgramWriter.ToProto(program, functions), out var read, out var violations), string.Join("; ", violations));

        Assert.Equal(("web", 9L, TagKind.Mac), (read.Chain, read.Revision, read.TagKind));
        Assert.Equal(program.Endpoints, read.Endpoints);
        Assert.Equal(["rt", "mon"], read.Functions.Select(function => function.Name));
        Assert.Equal(["lan", "wan"], Assert.IsType<RouterConfiguration>(read.Functions[0]).Ports);
        var tag = Assert.Single(read.IngressTags);
        Assert.Equivalent(program.IngressTags[0], tag, strict: true);
        Assert.Equal(program.EgressTags, read.EgressTags);
        Assert.Equal(program.Wires, read.Wires);
        Assert.Equivalent(program.Classes, read.Classes, strict: true);
    }

    [Fact]
    public void Metered_limits_survive_the_wire_and_those_of_nothing_are_refused()
    {
        var chain = Chains.Parse("{'name':'web','spec':{'functions':[{'name':'limit','policer':{'limits':[{'packetsPerSecond':30},{'packetsPerSecond':5}]}}]}}");
        Assert.True(ServiceChainMapper.TryMapFunction(chain.Spec.Functions[0], out var mapped, out _));
        var policer = Assert.IsType<PolicerConfiguration>(mapped);
        var program = new ResidualProgram("web", 1, TagKind.Vlan)
        {
            Functions = [policer with { Limits = [policer.Limits[0], policer.Limits[1] with { MeteredPorts = 2 }] }],
        };

        var message = ResidualProgramWriter.ToProto(program, chain.Spec.Functions);
        Assert.True(ResidualProgramReader.TryRead(message, out var read, out _));
        Assert.Equal([0, 2], Assert.IsType<PolicerConfiguration>(read.Functions[0]).Limits.Select(limit => (int)limit.MeteredPorts));

        message.MeteredLimits[0].Limit = 2;
        Assert.False(ResidualProgramReader.TryRead(message, out _, out var violations));
        Assert.Contains("meteredLimits", violations[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_digest_ignores_the_revision_and_nothing_else()
    {
        var (program, functions) = Sample();
        var digest = ResidualProgramWriter.ToProto(program, functions).Digest;

        Assert.Equal(64, digest.Length);
        Assert.Equal(digest, ResidualProgramWriter.ToProto(program with { Revision = 10 }, functions).Digest);
        Assert.NotEqual(digest, ResidualProgramWriter.ToProto(program with { TagKind = TagKind.Vlan }, functions).Digest);
        Assert.NotEqual(digest, ResidualProgramWriter.ToProto(program with { Chain = "other" }, functions).Digest);
        functions[1].Monitor.TopTalkers = 5;
        Assert.NotEqual(digest, ResidualProgramWriter.ToProto(program, functions).Digest);
    }

    [Fact]
    public void The_digest_of_a_known_program_never_changes()
    {
        var (program, functions) = Sample();

        var digest = ResidualProgramWriter.ToProto(program, functions).Digest;

        Assert.True(digest == "198b380c722fc56b808e6250e4093ab9f1e163fb19a81bb3c048119b0612d561", digest);
    }

    [Fact]
    public void A_function_that_the_spec_lacks_is_an_error_of_the_caller()
    {
        var (program, functions) = Sample();

        var error = Assert.Throws<ArgumentException>(() => ResidualProgramWriter.ToProto(program, functions[..1]));

        Assert.Contains("'mon'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_cannot_be_resolved_is_refused()
    {
        var (program, functions) = Sample();
        var message = ResidualProgramWriter.ToProto(program, functions);
        message.TagKind = V1.TagKind.Unspecified;
        message.Functions[1].Monitor.TopTalkers = 5000;
        message.IngressTags[0].Endpoint = "nowhere";
        message.IngressTags[0].Port = "wann";
        message.IngressTags[0].SteeringMask = 10;
        message.IngressTags[0].SteeringValues.Add(1);
        message.EgressTags[0].Value = 0;
        message.Wires[0].ToEndpoint = "internet";
        message.Classes[0].Decisions[0].Function = "fw";

        Assert.False(ResidualProgramReader.TryRead(message, out _, out var violations));

        Assert.Equal(
            [
                "tagKind", "functions[1].monitor.topTalkers", "ingressTags[0].steeringMask", "ingressTags[0].steeringValues",
                "ingressTags[0].endpoint", "ingressTags[0].port", "egressTags[0].value", "wires[0]", "classes[0].decisions[0].function",
            ],
            violations.Select(violation => violation.Path));
    }

    [Fact]
    public void Rules_and_routes_that_a_program_lacks_stay_behind_and_the_others_keep_their_numbers()
    {
        var chain = Chains.Parse("""
            {'name':'web','spec':{'functions':[
              {'name':'fw','firewall':{'stateful':true,'timeouts':{'udpSeconds':9},'defaultAction':'ALLOW','rules':[
                {'action':'DENY','match':{'protocol':'tcp'}},{'action':'ALLOW','match':{'protocol':'tcp'}},{'name':'z','action':'DENY','match':{'protocol':'udp'}}]}},
              {'name':'rt','router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'wan','mac':'02:00:00:00:00:02'}],'routes':[
                {'prefix':'10.0.0.0/8','port':'wan','nextHopMac':'02:00:00:00:00:09'},{'prefix':'10.1.0.0/16','port':'wan','nextHopMac':'02:00:00:00:00:09'}]}}]}}
            """);
        var functions = chain.Spec.Functions.Select(function => ServiceChainMapper.TryMapFunction(function, out var configuration, out _) ? configuration : null!);
        var reduced = functions.Select(function => FunctionOptimizer.Optimize(function).Configuration).ToList();
        var message = ResidualProgramWriter.ToProto(new ResidualProgram("web", 1, TagKind.Mac) { Functions = reduced }, chain.Spec.Functions);

        Assert.True(ResidualProgramReader.TryRead(message, out var read, out var violations), string.Join("; ", violations));
        var firewall = Assert.IsType<FirewallConfiguration>(read.Functions[0]);
        Assert.Equal([0, 2], firewall.Rules.Select(rule => rule.Position));
        Assert.Equal(reduced[0] with { Name = "" }, firewall with { Name = "", Rules = ((FirewallConfiguration)reduced[0]).Rules });
        Assert.Equal(((FirewallConfiguration)reduced[0]).Rules, firewall.Rules);
        Assert.Equal(((RouterConfiguration)reduced[1]).Routes, Assert.IsType<RouterConfiguration>(read.Functions[1]).Routes);
        message.KeptRules[0].Rules[0] = 2;
        Assert.False(ResidualProgramReader.TryRead(message, out _, out violations));
        Assert.Equal("functions[0].firewall.rules", Assert.Single(violations).Path);
    }

    [Fact]
    public void Reports_of_workers_are_summed()
    {
        var first = new FunctionReport { Counters = { ["bindings"] = 2 }, TopTalkers = { Talker(1, 10), Talker(2, 50) } };
        var second = new FunctionReport { Counters = { ["bindings"] = 3, ["drop.noRoute"] = 1 }, TopTalkers = { Talker(1, 45) } };

        var load = FunctionLoads.ToProto("mon", [first, second], topTalkers: 1);

        Assert.Equal(5ul, load.Counters["bindings"]);
        Assert.Equal(1ul, load.Counters["drop.noRoute"]);
        var talker = Assert.Single(load.TopTalkers);
        Assert.Equal(("10.0.0.1", 55ul, 2ul), (talker.Source, talker.Counters.Bytes, talker.Counters.Packets));
        Assert.Equal("timeToLiveExpired", FunctionLoads.Name(DropReason.TimeToLiveExpired));
    }

    private static Talker Talker(uint host, ulong bytes) => new(IpAddress.V4(0x0a000000 + host), IpAddress.V4(1), 1, bytes);

    private static (ResidualProgram Program, V1.NetworkFunction[] Functions) Sample()
    {
        var chain = Chains.Parse("""
            {'name':'web','spec':{'functions':[
              {'name':'rt','router':{'ports':[{'name':'lan','mac':'02:00:00:00:00:01'},{'name':'wan','mac':'02:00:00:00:00:02'}]}},
              {'name':'mon','monitor':{'topTalkers':4}}]}}
            """);
        var program = new ResidualProgram("web", 9, TagKind.Mac)
        {
            Endpoints = ["unused", "clients", "internet"],
            Functions = [.. chain.Spec.Functions.Select(function =>
            {
                Assert.True(ServiceChainMapper.TryMapFunction(function, out var configuration, out _));
                return configuration;
            })],
            IngressTags = [new IngressTag(77, 3, 1, new FunctionPort(0, 1), SteeringField.DestinationPort, 14, [2, 12])],
            EgressTags = [new EgressTag(2, 78, MacAddress.Parse("02:00:00:00:00:09")), new EgressTag(1, 79, null, IsEgress: false)],
            Wires = [new Wire(new FunctionPort(0, 0), new FunctionPort(1, 1)), new Wire(new FunctionPort(1, 0), default, 2)],
            Classes = [new ResidualClass(6, 1, [new Decision(1, 0), new Decision(0, 8)], 2)],
        };
        return (program, [.. chain.Spec.Functions]);
    }
}
