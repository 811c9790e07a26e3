using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>What the parts of a verification share: the chain as written, the compiled form, the budget and what was found so far.</summary>
internal sealed class VerificationRun(ChainPlan plan, SymbolicSwitch target, ResidualProgram? program, EquivalenceWork work)
{
    private const int MostCorners = 1000;
    private const int MplsType = 0x8847;
    private readonly Dictionary<int, HeaderSpace> _packets = [];
    private FunctionGraph? _graph;

    public ChainPlan Plan => plan;

    public ChainSpec Spec => plan.Spec;

    /// <summary>
    /// The functions without rules and routes that have no effect: what <see cref="Graph"/> is made from. That they treat every packet which can
    /// arrive as those of <see cref="Spec"/> do is part of what is checked.
    /// </summary>
    public IReadOnlyList<NetworkFunctionConfiguration> Functions { get; } = PlanMeaning.Of(plan).Chain.Spec.Functions;

    /// <summary>The chain as a graph: its functions as they declare themselves.</summary>
    public FunctionGraph Graph => _graph ??= ChainGraph.Build(Spec with { Functions = Functions });

    /// <summary>The rules as read back.</summary>
    public SymbolicSwitch Switch => target;

    /// <summary>What the server runs; null for nothing.</summary>
    public ResidualProgram? Program => program;

    public EquivalenceWork Work => work;

    /// <summary>Packets tried where there is no proof.</summary>
    public int Samples { get; private set; }

    /// <summary>Whether everything so far was proven.</summary>
    public bool IsProven { get; private set; } = true;

    public List<string> Checked { get; } = [];

    /// <summary>Whether ARP and neighbour discovery pass between the endpoints.</summary>
    public bool PassesNeighbors => Spec.PassNeighborDiscovery && Spec.Endpoints.Count == 2;

    /// <summary>The tags for packets of an endpoint.</summary>
    public IReadOnlyList<IngressTag> TagsOf(int endpoint) => [.. (program?.IngressTags ?? []).Where(tag => tag.Endpoint == endpoint)];

    /// <summary>A function of the program as one of the chain; -1 when the chain has no such function.</summary>
    public int InSpec(int function) =>
        program is not null && function >= 0 && function < program.Functions.Count
            ? Spec.Functions.ToList().FindIndex(candidate => candidate.Name == program.Functions[function].Name) : -1;

    /// <summary>Where packets with a tag enter the chain on the server, in terms of the chain; null when that is nowhere.</summary>
    public GraphNode? EntryOf(IngressTag tag) => InSpec(tag.Entry.Function) is var function and >= 0
        && tag.Entry.Port >= 0 && tag.Entry.Port < Graph.Functions[function].Ports.Count
        ? GraphNode.OfFunction(function, tag.Entry.Port) : null;

    /// <summary>The switch port of a worker; null when the plan does not use it.</summary>
    public uint? PortOf(int worker) => plan.Placement?.Workers.FirstOrDefault(candidate => candidate.Index == worker)?.SwitchPort;

    /// <summary>The VLAN field of packets of an endpoint on the wire.</summary>
    public FieldSet OnWire(int endpoint) => FieldSet.Of(Spec.Endpoints[endpoint].Vlan == 0 ? 0U : Spec.Endpoints[endpoint].Vlan | 0x1000U);

    /// <summary>Number of the meter that packets of an endpoint pass; null for none. ARP and solicitations that are answered pass none.</summary>
    public uint? MeterAt(int endpoint) => plan.Meters?.FirstOrDefault(meter => meter.Endpoint == endpoint)?.Number;

    /// <summary>The VLAN header that the switch removes from packets of an endpoint, and puts on those that leave by it; 0 for none.</summary>
    public ushort SwitchedVlan(int endpoint) => Spec.FramesOf(endpoint) == LinkFrames.Tagged ? (ushort)0 : Spec.Endpoints[endpoint].Vlan;

    /// <summary>The packets that the chain takes at an endpoint, as disjoint cubes.</summary>
    public HeaderSpace PacketsOf(int endpoint)
    {
        if (!_packets.TryGetValue(endpoint, out var packets))
        {
            packets = Spec.FramesOf(endpoint) == LinkFrames.Labelled
                ? new HeaderSpace([HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(MplsType))])
                : RealPackets.Ip.Intersect(Spec.Endpoints[endpoint].Match.ToHeaderMatch().ToSpace());
            packets = Narrow(packets, HeaderField.Vlan, OnWire(endpoint));
            packets = PassesNeighbors ? packets.Subtract(NeighborsAt(endpoint)) : packets;
            packets = Spec.TakesNeighbors(endpoint)
                ? new HeaderSpace([.. packets.Subtract(QuestionsAt(endpoint)).Cubes, .. QuestionsAt(endpoint).Cubes])
                : packets;
            _packets[endpoint] = packets;
        }

        return packets;
    }

    /// <summary>ARP and neighbour discovery (RFC 4861) at an endpoint.</summary>
    public HeaderSpace NeighborsAt(int endpoint)
    {
        var discovery = HeaderCube.AllV6
            .With(HeaderField.Protocol, FieldSet.Of(58))
            .With(HeaderField.Fragment, FieldSet.Of(0))
            .With(HeaderField.IcmpType, new Interval(133, 137));
        var resolution = HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(0x0806));
        return Narrow(new HeaderSpace([discovery, resolution]), HeaderField.Vlan, OnWire(endpoint));
    }

    /// <summary>ARP and neighbour solicitations at an endpoint.</summary>
    public HeaderSpace QuestionsAt(int endpoint)
    {
        var zero = FieldSet.Of(0);
        var discovery = HeaderCube.AllV6
            .With(HeaderField.Protocol, FieldSet.Of(58))
            .With(HeaderField.Fragment, zero)
            .With(HeaderField.IcmpType, FieldSet.Of(135))
            .With(HeaderField.SourcePort, zero)
            .With(HeaderField.DestinationPort, zero)
            .With(HeaderField.TcpFlags, zero);
        var resolution = HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(0x0806));
        return Narrow(new HeaderSpace([discovery, resolution]), HeaderField.Vlan, OnWire(endpoint));
    }

    public static HeaderSpace Narrow(HeaderSpace space, HeaderField field, FieldSet values) => new([.. space.Cubes.Select(cube => cube.With(field, values))]);

    /// <summary>Compares, and keeps account of packets that were only tried.</summary>
    public HeaderPoint? Compare(ClassifierPipeline written, ClassifierPipeline compiled, HeaderSpace universe, ResultRelation relation)
    {
        var result = EquivalenceCheck.Run(written, compiled, universe, relation, work);
        Samples += result.Samples;
        IsProven &= result.Verdict != EquivalenceVerdict.EqualForSamples;
        return result.Difference;
    }

    /// <summary>For each port of a function, at least the packets that can enter by it; null when that was too much to compute.</summary>
    public IReadOnlyList<HeaderSpace>? ArrivalsAt(int function) => PlanMeaning.Of(plan).Chain.Arrivals?[function];

    /// <summary>Some packet of an endpoint among others, which reaches a server if one is found that does; null when there is none.</summary>
    public HeaderPoint? PacketAt(int endpoint, HeaderSpace among)
    {
        var packets = PacketsOf(endpoint).Intersect(among);
        var path = WrittenPath.Build(this, endpoint, withServerDrops: true);
        var corners = path.Pipeline.Tables.SelectMany(table => table.Rules).Take(MostCorners)
            .SelectMany(rule => packets.Cubes.Select(cube => cube.Intersect(rule.Packets))).OfType<HeaderCube>();
        foreach (var cube in corners)
        {
            var packet = cube.Lowest();
            if (path.Pipeline.Evaluate(packet).Any(result => path.Fates[result].Kind == WrittenKind.Tag))
            {
                return packet;
            }
        }

        return packets.TrySample(out var any) ? any : null;
    }

    /// <summary>How a packet leaves by an endpoint that came by a port.</summary>
    public SymbolicOutput Leaving(int endpoint, uint inPort, PacketChange change)
    {
        var to = Spec.Endpoints[endpoint];
        if (to.BackupPorts.Count > 0 && to.Ports.Contains(inPort))
        {
            return new SymbolicOutput(inPort, change);
        }

        return plan.Groups?.FirstOrDefault(group => group.Endpoint == endpoint) switch
        {
            { OnlyPort: var port and not 0 } when to.Ports.Contains(port) => new SymbolicOutput(port, change),
            { OnlyPort: 0 } => new SymbolicOutput(0, change)
            {
                Choice = PortChoice.Of(to.PortUse == PortUse.Spread ? OpenFlow.GroupKind.Select : OpenFlow.GroupKind.FastFailover, to.Ports),
            },
            _ => new SymbolicOutput(to.Port, change),
        };
    }

    /// <summary>A counterexample by a packet at an endpoint.</summary>
    public Counterexample At(int endpoint, HeaderPoint? packet, string writes, string compiles, uint? port = null) =>
        new(Spec.Endpoints[endpoint].Name, port ?? Spec.Endpoints[endpoint].Port, packet, writes, compiles);

    /// <summary>What a switch does with a packet, and which rule says so.</summary>
    public string Explain(uint inPort, HeaderPoint packet, IEnumerable<SwitchFate> fates)
    {
        var rule = target.RulesMet(inPort, packet) is [.., var last] ? $" by rule {last} ({last.Purpose})" : "";
        return string.Join(" or ", fates.Select(fate => fate.ToString()).Distinct()) + rule;
    }
}
