using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>Compilers that are wrong in one thing each.</summary>
/// <param name="Spec">A chain where it matters.</param>
/// <param name="Break">What they make of the right result.</param>
/// <param name="IsSeenBySwitch">Whether the switch alone shows it, so that a packet can be tried there.</param>
internal sealed record BrokenCompiler(Func<ChainSpec> Spec, Func<Compiled, Compiled> Break, bool IsSeenBySwitch = true)
{
    public TagKind TagKind { get; init; } = TagKind.Vlan;
}

/// <summary>All of them.</summary>
internal static class BrokenCompilers
{
    private static ChainSpec WithVlan(ChainSpec spec) => spec with { Endpoints = [spec.Endpoints[0] with { Vlan = 30 }, .. spec.Endpoints.Skip(1)] };

    public static IReadOnlyDictionary<string, BrokenCompiler> All { get; } = new Dictionary<string, BrokenCompiler>
    {
        ["negation lost"] = new(Rich, right => right.AsIfFirewall(firewall => Rule(firewall, "not-lan", match => match with { Source = match.Source!.Value with { Negated = false } }))),
        ["range one too short"] = new(Rich, right => right.AsIfFirewall(firewall => Rule(firewall, "range", match => match with { DestinationPort = new(new PortRange(1000, 1999)) }))),
        ["range one too long"] = new(Rich, right => right.AsIfFirewall(firewall => Rule(firewall, "range", match => match with { DestinationPort = new(new PortRange(999, 2000)) }))),
        ["default flipped"] = new(Rich, right => right.AsIfFirewall(firewall => firewall with { AllowByDefault = !firewall.AllowByDefault })),
        ["flags dropped"] = new(Rich, right => right.AsIfFirewall(firewall => Rule(firewall, "syn", match => match with { TcpFlagsClear = TcpFlags.None }))),
        ["flag mask inverted"] = new(Rich, right => right.AsIfFirewall(firewall => Rule(firewall, "syn", match => match with { TcpFlagsClear = match.TcpFlagsSet, TcpFlagsSet = match.TcpFlagsClear }))),
        ["fragments passed"] = new(Rich, right => right.AsIfFirewall(firewall => firewall with { PassFragments = true })),
        ["live rule dropped as shadowed"] = new(Rich, right => right.AsIfFirewall(firewall => firewall with { Rules = [.. firewall.Rules.Where(rule => rule.Name != "dns")] })),
        ["two rules swapped"] = new(Rich, right => right.AsIfFirewall(firewall => firewall with { Rules = [firewall.Rules[1], firewall.Rules[0], .. firewall.Rules.Skip(2)] })),
        ["rule of one side applied to both"] = new(Rich, right => right.AsIfFirewall(firewall => firewall with { Rules = [.. firewall.Rules.Select(rule => rule with { FromPort = null })] })),
        ["port mask wrong"] = new(Rich, right => right.ChangeFirst(HasMaskedPort, flow => Field(flow, Oxm.TcpDestination, field => OxmField.Masked(field.Type, field.Value, field.Mask & (field.Mask << 1))))),
        ["one address bit wrong"] = new(Rich, right => right.ChangeFirst(rule => IsStage(rule) && Has(rule, Oxm.Ipv4Source), flow => Field(flow, Oxm.Ipv4Source, field => OxmField.Masked(field.Type, field.Value ^ (field.Mask & ~(field.Mask - 1)), field.Mask)))),
        ["IPv6 forgotten"] = new(Rich, right => right.Change(rule => rule.Flow.Match[Oxm.EthernetType]?.Value == 0x86dd, _ => null)),
        ["ICMP type in the wrong family"] = new(Rich, right => right.Change(rule => Has(rule, Oxm.Icmpv4Type), flow => flow with
        {
            Match = Match.Of(OxmField.Metadata((ulong)flow.Match[Oxm.Metadata]!.Value), OxmField.EthernetType(0x86dd), OxmField.IpProtocol(58), OxmField.Icmpv6Type((byte)flow.Match[Oxm.Icmpv4Type]!.Value)),
        })),
        ["priorities of a stage equal"] = new(Rich, right => right.Change(IsStage, flow => flow with { Priority = 1 })),
        ["stage rule missing"] = new(Rich, right => right.ChangeFirst(rule => rule.Purpose.Contains("syn", StringComparison.Ordinal), _ => null)),
        ["drop made a pass"] = new(Rich, right => right.ChangeFirst(rule => rule.Purpose.Contains("no-telnet", StringComparison.Ordinal), flow => flow with { Instructions = right.Rules.First(rule => rule.Purpose.Contains("range", StringComparison.Ordinal)).Flow.Instructions })),
        ["wrong port of a backup"] = new(WithBackup, right => right.ChangeBackup(bucket => bucket with { Actions = [new OutputAction(1)] }), false),
        ["backup that watches another port"] = new(WithBackup, right => right.ChangeBackup(bucket => bucket with { WatchPort = 4 }), false),
        ["backup forgotten"] = new(WithBackup, right => right.ChangeBackup(_ => null), false),
        ["backup that is used at once"] = new(WithBackup, right => right with { Groups = [.. right.Groups.Select(group => group with { Kind = GroupKind.All })] }, false),
        ["ports of a failover in the wrong order"] = new(WithBackup, right => right with { Groups = [.. right.Groups.Select(group => group with { Buckets = group.Buckets.Reverse().ToEquatableArray() })] }, false),
        ["share that nothing goes to"] = new(
            () => WithBackup() with { Endpoints = [.. WithBackup().Endpoints.Select(endpoint => endpoint.BackupPorts.Count == 0 ? endpoint : endpoint with { PortUse = PortUse.Spread })] },
            right => right.ChangeBackup(bucket => bucket with { Weight = 0 }),
            false),
        ["group that is not there"] = new(WithBackup, right => right.ChangeActions(_ => true, action => action is GroupAction ? new GroupAction(5) : action), false),
        ["main port instead of the group"] = new(WithBackup, right => right.ChangeActions(_ => true, action => action is GroupAction ? new OutputAction(4) : action), false),
        ["entrance missing at a backup"] = new(WithBackup, right => right.Change(rule => IsEntrance(rule) && Has(rule.Flow, Oxm.InPort, 2), _ => null)),
        ["VLAN not stripped"] = new(SampleVlan, right => right.ChangeActions(IsEntrance, action => action is PopVlanAction ? null : action)),
        ["VLAN of the other side not put on"] = new(SampleVlan, right => right.ChangeActions(rule => IsStage(rule) && right.Plan.Spec.Endpoints[0].Vlan == 7, action => action is PushVlanAction or SetFieldAction ? null : action)),
        ["wrong VLAN taken"] = new(SampleVlan, right => right.Change(IsEntrance, flow => Has(flow, Oxm.VlanId, 0x1007) ? Field(flow, Oxm.VlanId, _ => OxmField.VlanId(8)) : flow)),
        ["all ICMPv6 taken for neighbour discovery"] = new(
            () => SampleVlan() with { PassNeighborDiscovery = true },
            right => right.ChangeFirst(rule => Has(rule, Oxm.Icmpv6Type) && IsEntrance(rule), flow => flow with { Match = new Match(flow.Match.Fields.Where(field => field.Type != Oxm.Icmpv6Type).ToEquatableArray()) })),
        ["entrance missing for IPv6"] = new(Web, right => right.ChangeFirst(rule => IsEntrance(rule) && Has(rule.Flow, Oxm.EthernetType, 0x86dd), _ => null)),
        ["answers of a stateful firewall dropped early"] = new(Stateful, right => right.Change(rule => rule.Purpose.Contains("answers", StringComparison.Ordinal) && !rule.Flow.Instructions.IsEmpty, flow => flow with { Instructions = [] })),
        ["ICMP errors dropped early"] = new(Stateful, right => right.ChangeFirst(rule => rule.Purpose.Contains("ICMP errors", StringComparison.Ordinal), flow => flow with { Instructions = [] })),
        ["wrong position"] = new(Web, right => right.Change(IsEntrance, flow => Instruction<WriteMetadataInstruction>(flow, write => new WriteMetadataInstruction(write.Value == 1 ? 2UL : 1UL)))),
        ["a stage skipped"] = new(TwoFirewalls, right => right.ChangeFirst(rule => IsEntrance(rule), flow => flow with { Instructions = right.Rules.Last(rule => rule.Flow.Table == 1 && !rule.Flow.Instructions.IsEmpty).Flow.Instructions })),
        ["tags of two workers swapped"] = new(Web, right => right.Change(IsSteering, flow => flow with { Instructions = right.Rules.First(rule => IsSteering(rule) && rule.Flow.Instructions != flow.Instructions).Flow.Instructions })),
        ["a steering value forgotten"] = new(Web, right => right.ChangeFirst(rule => IsSteering(rule) && rule.Purpose.Contains("worker 1", StringComparison.Ordinal), _ => null)),
        ["steering by the wrong port"] = new(Web, right => right.Change(rule => IsSteering(rule) && Has(rule, Oxm.TcpSource), flow => Field(flow, Oxm.TcpSource, field => OxmField.Masked(Oxm.TcpDestination, field.Value, field.Mask)))),
        ["output to the port that packets came from"] = new(Web, right => right.ChangeActions(IsSteering, action => action is OutputAction ? new OutputAction(1) : action)),
        ["wrong way out"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is OutputAction ? new OutputAction(1) : action)),
        ["tag left on"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is PopVlanAction ? null : action)),
        ["way out missing"] = new(Web, right => right.ChangeFirst(rule => rule.Purpose == "egress internet", _ => null)),
        ["packets handed to the wrong worker"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "hand over to worker 1", action => action is OutputAction ? new OutputAction(2) : action)),
        ["MAC of the endpoint not restored"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is SetFieldAction ? null : action)) { TagKind = TagKind.Mac },
        ["label for the wrong IP version"] = new(Web, right => right.ChangeActions(IsSteering, action => action is SetFieldAction { Field: var field } && field.Type == Oxm.MplsLabel ? new SetFieldAction(OxmField.MplsLabel((uint)field.Value ^ 1)) : action)) { TagKind = TagKind.Mpls },
        ["label removed as if IPv4 were behind each"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is PopMplsAction ? new PopMplsAction(0x0800) : action)) { TagKind = TagKind.Mpls },
        ["label left on"] = new(Web, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is PopMplsAction ? null : action)) { TagKind = TagKind.Mpls },
        ["service tag of the wrong type"] = new(Web, right => right.ChangeActions(IsSteering, action => action is PushVlanAction ? new PushVlanAction() : action)) { TagKind = TagKind.QinQ },
        ["service tag made the endpoint's VLAN"] = new(
            () => WithVlan(Web()),
            right => right.ChangeActions(rule => rule.Purpose == "egress clients", action => action is PopVlanAction or PushVlanAction ? null : action))
        { TagKind = TagKind.QinQ },
        ["code point left"] = new(() => Web() with { DscpMayBeLost = true }, right => right.ChangeActions(rule => rule.Purpose == "egress internet", action => action is SetFieldAction ? null : action)) { TagKind = TagKind.Dscp },
        ["code point of another worker"] = new(
            () => Web() with { DscpMayBeLost = true },
            right => right.ChangeActions(IsSteering, action => action is SetFieldAction ? new SetFieldAction(OxmField.IpDscp((byte)right.Plan.IngressTags[0].Value)) : action))
        { TagKind = TagKind.Dscp },
        ["stage without position"] = new(Rich, right => right.ChangeFirst(rule => IsStage(rule), flow => flow with { Match = new Match(flow.Match.Fields.Where(field => field.Type != Oxm.Metadata).ToEquatableArray()) }), IsSeenBySwitch: false),
        ["answers steered to another worker"] = new(Web, right => right.AsIfPlanned(plan => plan with { IngressTags = [.. plan.IngressTags.Select(tag => tag.Endpoint == 0 ? tag : tag with { Worker = plan.Placement!.Workers[1 - tag.Worker.Index] })] })),
        ["one value for two workers"] = new(Web, right => right.ChangeProgram(program => program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { SteeringValues = [0] })] }), IsSeenBySwitch: false),
        ["server believes other steering"] = new(Web, right => right.ChangeProgram(program => program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { Worker = 1 - tag.Worker })] }), IsSeenBySwitch: false),
        ["wrong entry on the server"] = new(Web, right => right.ChangeProgram(program => program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { Entry = new FunctionPort(1, 0) })] }), IsSeenBySwitch: false),
        ["wrong wire"] = new(Web, right => right.ChangeProgram(program => program with { Wires = [.. program.Wires.Select(wire => wire.ToEndpoint == 1 ? wire with { ToEndpoint = 0 } : wire)] }), IsSeenBySwitch: false),
        ["wire missing"] = new(Web, right => right.ChangeProgram(program => program with { Wires = [.. program.Wires.Skip(1)] }), IsSeenBySwitch: false),
        ["a rule lost on the way to the server"] = new(Web, right => right.ChangeProgram(program => Function<FirewallConfiguration>(program, firewall => firewall with { Rules = [.. firewall.Rules.Skip(1).Take(2)] })), IsSeenBySwitch: false),
        ["a route lost on the way to the server"] = new(Web, right => right.ChangeProgram(program => Function<RouterConfiguration>(program, router => router with { Routes = [.. router.Routes, new Route(IpPrefix.Parse("10.0.0.7/32"), router.Routes[0].NextHop)] })), IsSeenBySwitch: false),
        ["another pool on the server"] = new(Web, right => right.ChangeProgram(program => Function<NaptConfiguration>(program, napt => napt with { Pool = [new AddressRange(IpAddress.Parse("198.51.100.2"), IpAddress.Parse("198.51.100.2"))] })), IsSeenBySwitch: false),
        ["an endpoint closed on the server"] = new(Web, right => right.ChangeProgram(program => program with { EgressTags = [.. program.EgressTags.Select(tag => tag with { IsEgress = false })] }), IsSeenBySwitch: false),
        ["no program for the server"] = new(Web, right => right with { Programs = new Dictionary<string, ResidualProgram>() }, IsSeenBySwitch: false),
    };

    /// <summary>A stateless firewall with every kind of condition, between two ports.</summary>
    private static ChainSpec Rich() => SampleChains.Filter() with
    {
        Functions =
        [
            new FirewallConfiguration("fw")
            {
                Rules =
                [
                    new FirewallRule("no-telnet", SampleChains.Tcp(23), false, null),
                    new FirewallRule("lan", new PacketMatch { Source = SampleChains.Prefix("10.0.0.0/8") }, true, 0),
                    new FirewallRule("not-lan", new PacketMatch { Source = SampleChains.Prefix("192.168.0.0/16", negated: true), Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(500, 500)) }, true, null),
                    new FirewallRule("range", new PacketMatch { Protocol = new(IpProtocol.Tcp), DestinationPort = new(new PortRange(1000, 2000)) }, true, null),
                    new FirewallRule("syn", new PacketMatch { Protocol = new(IpProtocol.Tcp), DestinationPort = new(new PortRange(80, 80)), TcpFlagsSet = TcpFlags.Syn, TcpFlagsClear = TcpFlags.Acknowledgement }, true, 0),
                    new FirewallRule("dns", new PacketMatch { Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(53, 53)) }, true, null),
                    new FirewallRule("ping", new PacketMatch { Protocol = new(IpProtocol.Icmp), IcmpType = 8 }, true, null),
                    new FirewallRule("v6", new PacketMatch { Source = SampleChains.Prefix("2001:db8::/32"), Protocol = new(IpProtocol.Tcp) }, true, null),
                ],
            },
        ],
    };

    private static ChainSpec Web() => SampleChains.Web();

    private static ChainSpec SampleVlan() => SampleChains.Filter() with
    {
        Endpoints = [new ChainEndpoint("left", "br0", 3) { Vlan = 7 }, new ChainEndpoint("right", "br0", 4) { Vlan = 9 }],
    };

    private static ChainSpec WithBackup() => SampleVlan() with
    {
        Endpoints = [SampleVlan().Endpoints[0], SampleVlan().Endpoints[1] with { BackupPorts = [2] }],
    };

    private static ChainSpec Stateful() => SampleChains.Filter() with { Functions = [SampleChains.Firewall()] };

    private static ChainSpec TwoFirewalls()
    {
        var filter = SampleChains.Filter();
        return filter with
        {
            Functions = [filter.Functions[0], new FirewallConfiguration("fw2") { AllowByDefault = true, Rules = [new FirewallRule("no-ssh", SampleChains.Tcp(22), false, null)] }],
            Links = [SampleChains.Link("left", "fw"), SampleChains.Link("fw", "fw2"), SampleChains.Link("fw2", "right")],
        };
    }

    private static FirewallConfiguration Rule(FirewallConfiguration firewall, string name, Func<PacketMatch, PacketMatch> change) => firewall with
    {
        Rules = [.. firewall.Rules.Select(rule => rule.Name == name ? rule with { Match = change(rule.Match) } : rule)],
    };

    private static ResidualProgram Function<T>(ResidualProgram program, Func<T, T> change)
        where T : NetworkFunctionConfiguration => program with
        {
            Functions = [.. program.Functions.Select(function => function is T fitting ? change(fitting) : function)],
        };

    private static bool IsStage(SwitchRule rule) => rule.Flow.Table is > 0 and < 20;

    private static bool IsSteering(SwitchRule rule) => rule.Flow.Table == 20 && rule.Flow.Match[Oxm.Metadata]?.Value == 1;

    private static bool IsEntrance(SwitchRule rule) => rule.Role == RuleRole.Entrance;

    private static bool HasMaskedPort(SwitchRule rule) => IsStage(rule) && rule.Flow.Match[Oxm.TcpDestination] is { HasMask: true };

    private static bool Has(SwitchRule rule, OxmType type) => rule.Flow.Match[type] is not null;

    private static bool Has(FlowMod flow, OxmType type, int value) => flow.Match[type]?.Value == (UInt128)value;

    private static FlowMod Field(FlowMod flow, OxmType type, Func<OxmField, OxmField> change) => flow with
    {
        Match = Match.Of([.. flow.Match.Fields.Select(field => field.Type == type ? change(field) : field)]),
    };

    private static FlowMod Instruction<T>(FlowMod flow, Func<T, Instruction> change)
        where T : Instruction => flow with
        {
            Instructions = flow.Instructions.Select(instruction => instruction is T fitting ? change(fitting) : instruction).ToEquatableArray(),
        };
}
