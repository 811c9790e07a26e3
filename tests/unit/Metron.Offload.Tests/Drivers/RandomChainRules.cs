using CsCheck;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload.Tests.Drivers;

/// <summary>A chain between two endpoints, as rules of Open vSwitch.</summary>
internal sealed record ChainSample(FunctionGraph Graph, SwitchPart Part, ChainAssignment Assignment, IReadOnlyList<SwitchRule> Rules);

/// <summary>Chains of one to three functions that filter, the last one perhaps on a server, with and without VLANs, neighbour discovery and steering.</summary>
internal static class RandomChainRules
{
    private const uint ServerPort = 101;

    private static readonly StageResult Allow = StageResult.OneOf(0);
    private static readonly StageResult Deny = StageResult.OneOf(1);

    /// <summary>Chains whose rules a switch without extensions can hold, and others.</summary>
    public static Gen<ChainSample> Chains { get; } =
        from functions in Function.Array[1, 3]
        from needsServer in Gen.Bool
        from left in Gen.OneOf<ushort>(0, 10)
        from right in Gen.OneOf<ushort>(0, 20)
        from isMac in Gen.Bool
        from bits in Gen.Int[0, 2]
        from neighbors in Gen.Int[0, 2]
        from hasMatch in Gen.Bool
        from alternatives in Gen.OneOf(4, 64)
        from isPlain in Gen.Bool
        let tables = isPlain ? [.. functions.Select(pair => (Plain(pair.Left), Plain(pair.Right)))] : functions
        select Chain(tables, needsServer, isPlain && isMac ? (ushort)0 : left, isPlain && isMac ? (ushort)0 : right, isMac, bits, neighbors, hasMatch, alternatives);

    /// <summary>A packet that arrives somewhere.</summary>
    public static Gen<TestPacket> Packets { get; } =
        from point in RandomMatches.Point
        from port in Gen.OneOf(1u, 2u, 3u, ServerPort, ServerPort + 1)
        from vlan in Gen.OneOf<ushort>(0, 0, 10, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9)
        from tag in Gen.UInt[0, 10]
        from mac in Gen.Int[0, 2]
        from other in Gen.OneOf<ushort>(0, 0, 0, 0x0806, 0x8847)
        select new TestPacket(port, other != 0 ? new HeaderPoint() : point)
        {
            Vlan = vlan == 0 || mac == 2 ? null : vlan,
            EthernetDestination = mac == 1 ? 0x024d_5400_0000UL | tag : 0x0200_0000_0002,
            EthernetSource = mac == 2 ? 0x024d_5400_0000UL | tag : 0x0200_0000_0001,
            OtherEthernetType = other == 0 ? null : other,
        };

    private static Gen<(StageTable Left, StageTable Right)> Function => Gen.Select(Table, Table);

    private static Gen<StageTable> Table =>
        from matches in RandomMatches.Match.Where(match => MatchExpansion.Count(match) <= 40).List[0, 4]
        from actions in Gen.Int
        select new StageTable(
            [.. matches.Select((match, index) => new StageEntry(match, (actions >> index & 1) != 0 ? Allow : Deny, $"rule {index}"))],
            (actions >> 10 & 1) != 0 ? Allow : Deny);

    /// <summary>The table without what only Open vSwitch matches.</summary>
    private static StageTable Plain(StageTable table) => table with
    {
        Entries =
        [
            .. table.Entries.Select(entry => entry with { Match = entry.Match with { TcpFlags = FlagSet.All, Fragment = null } })
                .Where(entry => entry.Match.Protocol is not { First: var first } || first < 18),
        ],
    };

    private static ChainSample Chain(
        (StageTable Left, StageTable Right)[] functions, bool needsServer, ushort left, ushort right, bool isMac, int bits, int neighbors, bool hasMatch, int alternatives)
    {
        var last = functions.Length - 1;
        var graph = new FunctionGraph(
            [
                new GraphEndpoint("left", GraphNode.OfFunction(0, 0)) { Match = hasMatch ? new HeaderMatch { IpVersion = 4 } : new HeaderMatch() },
                new GraphEndpoint("right", GraphNode.OfFunction(last, 1)),
            ],
            [.. functions.Select((tables, index) => Declare(tables, $"f{index}", needsServer && index == last))],
            [
                .. functions.Select((_, index) => new[]
                {
                    index == 0 ? GraphNode.OfEndpoint(0) : GraphNode.OfFunction(index - 1, 1),
                    index == last ? GraphNode.OfEndpoint(1) : GraphNode.OfFunction(index + 1, 0),
                }),
            ]);
        var part = SwitchPartBuilder.Build(graph, new OffloadLimits(alternatives));
        var assignment = Assign(graph, part, functions.Length, left, right, isMac, bits, neighbors);
        return new ChainSample(graph, part, assignment, ChainRules.Write(graph, part, assignment));
    }

    private static FunctionDeclaration Declare((StageTable Left, StageTable Right) tables, string name, bool needsServer) => new(
        name,
        [
            .. new[] { tables.Left, tables.Right }.Select((table, port) => new PortDeclaration($"{port}")
            {
                Stages = [table],
                Treatments = [Treatment.Forward(1 - port), Treatment.Drop("denied")],
            }),
        ])
    {
        Outcomes = ["allow", "deny"],
        NeedsServer = needsServer,
    };

    private static ChainAssignment Assign(
        FunctionGraph graph, SwitchPart part, int functions, ushort left, ushort right, bool isMac, int bits, int neighbors)
    {
        var workers = 1 << bits;
        var mask = (ushort)((1 << (bits + 1)) - 2);
        var positions = Enumerable.Range(0, 2).SelectMany(endpoint => Enumerable.Range(0, functions).SelectMany(function =>
            Enumerable.Range(0, 2).Select(port => new PositionKey(endpoint, function, port))));
        return new ChainAssignment("chain", 1, 1, isMac ? TagEncoding.MacAddress : TagEncoding.VlanId)
        {
            Endpoints =
            [
                new EndpointPort(1, left, new HardwareAddress(0x0200_0000_0011)) { TakesNeighbors = neighbors == 1 && part.NeedsServer },
                new EndpointPort(2, right, new HardwareAddress(0x0200_0000_0012)),
            ],
            Positions = positions.Select((key, index) => (key, index)).ToDictionary(pair => pair.key, pair => (uint)pair.index + 1),
            IngressTags = !part.NeedsServer ? [] :
            [
                .. part.Paths.Where(path => !path.End.IsEndpoint).SelectMany(path => Enumerable.Range(0, workers).Select(worker => new IngressTagRules(
                    (uint)(1 + (path.Endpoint * workers) + worker),
                    path.Endpoint,
                    worker,
                    ServerPort + (uint)(worker & 1),
                    path.Endpoint == 0,
                    mask,
                    [(ushort)(worker << 1)]))),
            ],
            EgressTags = !part.NeedsServer ? [] : [new EgressTagRules(9, 0), new EgressTagRules(10, 1)],
            ServerPorts = part.NeedsServer ? [ServerPort, ServerPort + 1] : [],
            PassNeighborDiscovery = neighbors == 2,
        };
    }
}
