using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>Writes the rules of one chain for Open vSwitch, as docs/architecture.md lists them.</summary>
public sealed class ChainRules
{
    private readonly FunctionGraph _graph;
    private readonly SwitchPart _part;
    private readonly ChainAssignment _assignment;
    private readonly RuleWriter _writer;
    private readonly ClassIndex _classes;

    private ChainRules(FunctionGraph graph, SwitchPart part, ChainAssignment assignment)
    {
        (_graph, _part, _assignment) = (graph, part, assignment);
        _writer = new RuleWriter(assignment.Chain, assignment.ChainNumber, assignment.Revision);
        _classes = new ClassIndex(assignment.Classes);
    }

    /// <summary>All rules of the chain but those that it shares with others.</summary>
    public static IReadOnlyList<SwitchRule> Write(FunctionGraph graph, SwitchPart part, ChainAssignment assignment)
    {
        var rules = new ChainRules(graph, part, assignment);
        foreach (var path in part.Paths.Where(path => !graph.Endpoints[path.Endpoint].IsOnServer))
        {
            rules.WriteEntrance(path);
            rules.WriteQuestions(path);
            rules.WriteStages(path);
        }

        rules.WriteSteering();
        rules.WriteTags();
        rules.WriteNeighbors();
        return rules._writer.Rules;
    }

    private void WriteEntrance(SwitchPath path)
    {
        var port = _assignment.Endpoints[path.Endpoint];
        var endpoint = _graph.Endpoints[path.Endpoint];
        var (instructions, note) = FirstStep(path, $"ingress {endpoint.Name}");
        var matches = port.IsLabelled ? [[OxmField.EthernetType(EtherType.Mpls)]] : MatchExpansion.Of(endpoint.Match, withVersion: true);
        foreach (var (number, fields) in port.Ports.SelectMany(_ => matches, (number, fields) => (number, fields)))
        {
            _writer.Add(
                RuleRole.Entrance,
                TableLayout.Entrance,
                TableLayout.EntrancePriority,
                [OxmField.InPort(number), TagActions.OnWire(port), .. fields],
                [.. port.Meter == 0 || instructions.Count == 0 ? Array.Empty<Instruction>() : [new MeterInstruction(port.Meter)], .. instructions],
                note);
        }
    }

    /// <summary>ARP and neighbour solicitations, for a function on the server that answers them.</summary>
    private void WriteQuestions(SwitchPath path)
    {
        var port = _assignment.Endpoints[path.Endpoint];
        if (!port.TakesNeighbors || path.End.IsEndpoint)
        {
            return;
        }

        IReadOnlyList<Instruction> instructions = [.. Apply([.. TagActions.Enter(port)]), .. GoTo(path, path.End, TableLayout.Steering)];
        foreach (var (number, fields) in port.Ports.SelectMany(_ => QuestionMatches(), (number, fields) => (number, fields)))
        {
            _writer.Add(
                RuleRole.Entrance,
                TableLayout.Entrance,
                TableLayout.NeighborPriority,
                [OxmField.InPort(number), TagActions.OnWire(port), .. fields],
                instructions,
                new RuleNote($"neighbours {_graph.Endpoints[path.Endpoint].Name}"));
        }
    }

    /// <summary>What the entrance does: the VLAN goes, and the packet continues at the first stage, the steering table or the endpoint.</summary>
    private (IReadOnlyList<Instruction> Instructions, RuleNote Note) FirstStep(SwitchPath path, string purpose)
    {
        var strip = TagActions.Enter(_assignment.Endpoints[path.Endpoint]).ToList();
        var first = path.Stages.FirstOrDefault(stage => stage.Segments.Count > 0);
        if (first is not null)
        {
            return ([.. Apply(strip), .. GoTo(path, first.At, first.Segments[0].Table)], new RuleNote(purpose));
        }

        return path.End.IsEndpoint
            ? (Leave(path, strip, out var dropReason), new RuleNote(purpose, _classes.IdOf(path.Endpoint, path.Passed, dropReason), dropReason))
            : ([.. Apply(strip), .. GoTo(path, path.End, TableLayout.Steering)], new RuleNote(purpose));
    }

    private void WriteStages(SwitchPath path)
    {
        var stages = path.Stages.Where(stage => stage.Segments.Count > 0).ToList();
        for (var i = 0; i < stages.Count; i++)
        {
            var next = i + 1 < stages.Count ? stages[i + 1] : null;
            foreach (var segment in stages[i].Segments)
            {
                WriteSegment(path, stages[i], segment, next);
            }
        }
    }

    /// <summary>
    /// Priorities follow from the depths of the rules, so that rules which do not depend on each other may come in any order. Two rules that
    /// do the same may become the same rule of the switch; it is written once, for the first of them.
    /// </summary>
    private void WriteSegment(SwitchPath path, StageProgram stage, StageSegment segment, StageProgram? next)
    {
        var name = _graph.Functions[stage.At.Function].Name;
        var position = Position(path, stage.At);
        var depths = segment.Depths;
        var carried = new Dictionary<StageAction, (EquatableArray<Instruction> Instructions, RuleNote Note)>();
        var written = new HashSet<(ushort Priority, ContentHash Match)>(segment.Rules.Count);
        for (var i = 0; i < segment.Rules.Count; i++)
        {
            var rule = segment.Rules[i];
            var priority = checked((ushort)(StageSegment.DefaultPriority + depths[i]));
            var (instructions, note) = CarryOnce(rule.Action);
            note = note with { Purpose = $"{name} {rule.Purpose}", Decision = new FunctionRule(name, stage.At.Port, rule.Purpose) };
            var matches = rule.Expanded.At(position);
            for (var j = 0; j < matches.Count; j++)
            {
                if (written.Add((priority, rule.Expanded.Contents[j])))
                {
                    _writer.Add(RuleRole.Stage, segment.Table, priority, matches[j], instructions, note);
                }
            }
        }

        var (last, lastNote) = CarryOnce(segment.Default);
        _writer.Add(
            RuleRole.Stage,
            segment.Table,
            StageSegment.DefaultPriority,
            Match.Of(OxmField.Metadata(position)),
            last,
            lastNote with { Purpose = $"{name} {segment.DefaultPurpose}", Decision = new FunctionRule(name, stage.At.Port, segment.DefaultPurpose) });

        (EquatableArray<Instruction> Instructions, RuleNote Note) CarryOnce(StageAction action)
        {
            if (!carried.TryGetValue(action, out var result))
            {
                var (instructions, note) = Carry(path, stage, action, next);
                carried[action] = result = (instructions.ToEquatableArray(), note);
            }

            return result;
        }
    }

    private (IReadOnlyList<Instruction> Instructions, RuleNote Note) Carry(
        SwitchPath path, StageProgram stage, StageAction action, StageProgram? next)
    {
        const string purpose = "";
        if (action.IsGoto)
        {
            return ([new GotoTableInstruction(action.Table)], new RuleNote(purpose));
        }

        if (action.IsDrop)
        {
            return ([], new RuleNote(purpose, _classes.IdOf(path.Endpoint, StepsTo(path, stage, action.Outcome), action.DropReason), action.DropReason));
        }

        if (next is not null)
        {
            return (GoTo(path, next.At, next.Segments[0].Table), new RuleNote(purpose));
        }

        if (path.End.IsEndpoint)
        {
            var instructions = Leave(path, [], out var dropReason);
            return (instructions, new RuleNote(purpose, _classes.IdOf(path.Endpoint, path.Passed, dropReason), dropReason));
        }

        var stays = stage.At == path.End;
        return (stays ? [new GotoTableInstruction(TableLayout.Steering)] : GoTo(path, path.End, TableLayout.Steering), new RuleNote(purpose));
    }

    /// <summary>
    /// Outputs to the endpoint at the end of a path; drops when nothing may leave there. What goes back to an endpoint with several ports leaves by the port that
    /// it came by: that one is up.
    /// </summary>
    private List<Instruction> Leave(SwitchPath path, IEnumerable<OpenFlowAction> before, out string? dropReason)
    {
        dropReason = _graph.Endpoints[path.End.Endpoint].IsEgress ? null : "notAnEgress";
        var (from, to) = (_assignment.Endpoints[path.Endpoint], _assignment.Endpoints[path.End.Endpoint]);
        var goesBack = path.Endpoint == path.End.Endpoint && to.MorePorts.Count > 0;
        return dropReason is not null ? []
            : Apply([.. before, .. TagActions.Push(to.Vlan), goesBack ? new OutputAction(PortNumber.InPort) : TagActions.Leave(from.Port, to)]);
    }

    private void WriteSteering()
    {
        foreach (var path in _part.Paths.Where(path => !path.End.IsEndpoint && !_graph.Endpoints[path.Endpoint].IsOnServer))
        {
            var position = OxmField.Metadata(Position(path, path.End));
            foreach (var tag in _assignment.IngressTags.Where(tag => tag.Endpoint == path.Endpoint))
            {
                WriteSteering(path, position, tag);
            }
        }
    }

    private void WriteSteering(SwitchPath path, OxmField position, IngressTagRules tag)
    {
        var from = _assignment.Endpoints[path.Endpoint];
        var types = TagActions.Types(_assignment.Encoding, from);
        List<Instruction> Tagged(ushort etherType) =>
            Apply([.. TagActions.Write(_assignment.Encoding, tag.Value, etherType), TagActions.Output(from.Port, tag.SwitchPort)]);
        var note = new RuleNote($"steer {_graph.Endpoints[path.Endpoint].Name} to worker {tag.Worker}");
        if (tag.Mask != 0)
        {
            foreach (var (type, fields) in Masks.OfBits(tag.Values, tag.Mask).SelectMany(block => PortMatches(tag.UsesSourcePort, block)))
            {
                _writer.Add(RuleRole.Stage, TableLayout.Steering, 2, [position, .. fields], Tagged(type), note);
            }
        }

        if (tag.Mask == 0 || tag.Values.Contains((ushort)0))
        {
            foreach (var type in types)
            {
                _writer.Add(RuleRole.Stage, TableLayout.Steering, 1, [position, .. TagActions.OfType(type)], Tagged(type), note);
            }
        }
    }

    private static IEnumerable<(ushort Type, IReadOnlyList<OxmField> Fields)> PortMatches(bool usesSourcePort, MaskedValue block)
    {
        var (value, mask) = ((ushort)block.Value, (ushort)block.Mask);
        foreach (var type in new[] { EtherType.Ipv4, EtherType.Ipv6 })
        {
            var version = OxmField.EthernetType(type);
            yield return
                (type, [version, OxmField.IpProtocol(6), usesSourcePort ? OxmField.TcpSource(value, mask) : OxmField.TcpDestination(value, mask)]);
            yield return
                (type, [version, OxmField.IpProtocol(17), usesSourcePort ? OxmField.UdpSource(value, mask) : OxmField.UdpDestination(value, mask)]);
        }
    }

    private void WriteTags()
    {
        foreach (var serverPort in _assignment.ServerPorts)
        {
            foreach (var tag in _assignment.EgressTags.Where(tag => !_graph.Endpoints[tag.Endpoint].IsOnServer))
            {
                var endpoint = _assignment.Endpoints[tag.Endpoint];
                foreach (var type in TagActions.Types(_assignment.Encoding, endpoint))
                {
                    _writer.Add(
                        RuleRole.Tag,
                        TableLayout.Entrance,
                        TableLayout.EgressPriority,
                        [OxmField.InPort(serverPort), .. TagActions.MatchEgress(_assignment.Encoding, tag.Value, type)],
                        Apply([.. TagActions.Restore(_assignment.Encoding, endpoint, type), TagActions.Leave(serverPort, endpoint)]),
                        new RuleNote($"egress {_graph.Endpoints[tag.Endpoint].Name}"));
                }
            }

            // With one tag for an endpoint, no packet of it can be another worker's.
            foreach (var (tag, type) in _assignment.IngressTags.Where(tag => tag.Mask != 0).SelectMany(tag => TypesOf(tag).Select(type => (tag, type))))
            {
                _writer.Add(
                    RuleRole.Tag,
                    TableLayout.Entrance,
                    TableLayout.RetagPriority,
                    [OxmField.InPort(serverPort), .. TagActions.MatchIngress(_assignment.Encoding, tag.Value, type)],
                    Apply([TagActions.Output(serverPort, tag.SwitchPort)]),
                    new RuleNote($"hand over to worker {tag.Worker}"));
            }
        }
    }

    /// <summary>The Ethernet types that packets with a tag have, as <see cref="TagActions.Types"/>; those from a closed program are IP.</summary>
    private IReadOnlyList<ushort> TypesOf(IngressTagRules tag) => TagActions.Types(
        _assignment.Encoding, tag.Endpoint < _assignment.Endpoints.Count ? _assignment.Endpoints[tag.Endpoint] : new EndpointPort(0, 0, null));

    private void WriteNeighbors()
    {
        if (_assignment.PassNeighborDiscovery)
        {
            foreach (var (from, to) in new[] { (0, 1), (1, 0) })
            {
                var (source, target) = (_assignment.Endpoints[from], _assignment.Endpoints[to]);
                IReadOnlyList<Instruction> instructions =
                    Apply([.. TagActions.Strip(source), .. TagActions.Push(target.Vlan), TagActions.Leave(source.Port, target)]);
                foreach (var (number, fields) in source.Ports.SelectMany(_ => NeighborMatches(), (number, fields) => (number, fields)))
                {
                    _writer.Add(
                        RuleRole.Entrance,
                        TableLayout.Entrance,
                        TableLayout.NeighborPriority,
                        [OxmField.InPort(number), TagActions.OnWire(source), .. fields],
                        instructions,
                        new RuleNote($"neighbour discovery from {_graph.Endpoints[from].Name}"));
                }
            }
        }
    }

    /// <summary>ARP, and neighbour solicitations (RFC 4861).</summary>
    private static IEnumerable<IReadOnlyList<OxmField>> QuestionMatches()
    {
        yield return [OxmField.EthernetType(EtherType.Arp)];
        yield return [OxmField.EthernetType(EtherType.Ipv6), OxmField.IpProtocol(58), OxmField.Icmpv6Type(135)];
    }

    /// <summary>ARP, and the messages of RFC 4861: solicitations, advertisements and redirect.</summary>
    private static IEnumerable<IReadOnlyList<OxmField>> NeighborMatches()
    {
        yield return [OxmField.EthernetType(EtherType.Arp)];
        for (byte type = 133; type <= 137; type++)
        {
            yield return [OxmField.EthernetType(EtherType.Ipv6), OxmField.IpProtocol(58), OxmField.Icmpv6Type(type)];
        }
    }

    private IReadOnlyList<Instruction> GoTo(SwitchPath path, GraphNode at, byte table) =>
        [new WriteMetadataInstruction(Position(path, at)), new GotoTableInstruction(table)];

    private static List<Instruction> Apply(List<OpenFlowAction> actions) =>
        actions.Count == 0 ? [] : [new ApplyActionsInstruction(actions.ToEquatableArray())];

    private uint Position(SwitchPath path, GraphNode at) =>
        _assignment.Positions[new PositionKey(path.Endpoint, at.Function, at.Port)];

    /// <summary>The steps of a class that ends at a stage with an outcome.</summary>
    private static List<ClassStep> StepsTo(SwitchPath path, StageProgram stage, int outcome) =>
    [
        .. path.Passed.TakeWhile(step => GraphNode.OfFunction(step.Function, step.Port) != stage.At),
        new ClassStep(stage.At.Function, stage.At.Port, outcome),
    ];
}
