using Metron.Dataplane.Programs;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Tests;

/// <summary>Every program that refers to something that is not there is refused, with what and where.</summary>
public sealed class ProgramChecksTests
{
    private static readonly ResidualProgram Good = Chains.Line(ScriptedConfiguration.Pass("a"), ScriptedConfiguration.Pass("b"));

    public static TheoryData<string, string> Wrong => new()
    {
        { "worker", "worker 2; there are 2" },
        { "vlan 4095", "ingress tag 4095 is out of range" },
        { "vlan 0", "ingress tag 0 is out of range" },
        { "ingress endpoint", "for endpoint 9" },
        { "entry", "which is not there" },
        { "steering", "outside of its mask" },
        { "same tag", "two ingress tags" },
        { "egress endpoint", "egress tag 5 is for endpoint 9" },
        { "egress tag", "egress tag 4096 is out of range" },
        { "two egress tags", "an endpoint has two egress tags" },
        { "wire from", "which is not there" },
        { "wire to", "leads to something that is not there" },
        { "wire to endpoint", "leads to something that is not there" },
        { "two wires", "two wires begin at the same port" },
    };

    [Fact]
    public void A_right_program_is_taken() => Assert.Equal(4, new CompiledProgram(Good, 2).PortCount);

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_program_is_refused_with_its_reason(string kind, string reason)
    {
        var exception = Assert.Throws<ProgramRejectedException>(() => new CompiledProgram(Break(kind), 2));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_for_all_flow_groups_needs_a_hash_and_functions_that_can_do_with_it()
    {
        var dispatch = new HashDispatch(new FrameHash(new Toeplitz(Toeplitz.SymmetricKey), HashTypes.All), 2);
        var hashed = Hashed(new FirewallConfiguration("fw") { Stateful = true });
        Assert.Equal(2, new CompiledProgram(hashed, 2, dispatch).PortCount);
        AssertRefused("no NIC's hash", () => new CompiledProgram(hashed, 2));
        AssertRefused("function 'lb' has backends", () => new CompiledProgram(Hashed(new LoadBalancerConfiguration("lb")), 2, dispatch));
    }

    private static ResidualProgram Hashed(NetworkFunctionConfiguration function)
    {
        var program = Chains.Line(function);
        return program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { Worker = IngressTag.AnyGroup })] };
    }

    private static void AssertRefused(string reason, Func<object> make) =>
        Assert.Contains(reason, Assert.Throws<ProgramRejectedException>(make).Message, StringComparison.Ordinal);

    private static ResidualProgram Break(string kind)
    {
        var tag = Good.IngressTags[0];
        return kind switch
        {
            "worker" => WithTag(tag with { Worker = 2 }),
            "vlan 4095" => WithTag(tag with { Value = 4095 }),
            "vlan 0" => WithTag(tag with { Value = 0 }),
            "ingress endpoint" => WithTag(tag with { Endpoint = 9 }),
            "entry" => WithTag(tag with { Entry = new FunctionPort(1, 2) }),
            "steering" => WithTag(tag with { SteeringMask = 6, SteeringValues = [2, 8] }),
            "same tag" => WithTag(tag with { Value = Chains.FarTag }),
            "egress endpoint" => Good with { EgressTags = [new EgressTag(9, 5, null)] },
            "egress tag" => Good with { EgressTags = [new EgressTag(0, 4096, null)] },
            "two egress tags" => Good with { EgressTags = [new EgressTag(0, 5, null), new EgressTag(0, 6, null)] },
            "wire from" => Good with { Wires = [new Wire(new FunctionPort(2, 0), default)] },
            "wire to" => Good with { Wires = [new Wire(new FunctionPort(0, 0), new FunctionPort(0, 2))] },
            "wire to endpoint" => Good with { Wires = [new Wire(new FunctionPort(0, 0), default, 2)] },
            _ => Good with { Wires = [.. Good.Wires, Good.Wires[0]] },
        };
    }

    private static ResidualProgram WithTag(IngressTag tag) => Good with { IngressTags = [tag, Good.IngressTags[1]] };
}
