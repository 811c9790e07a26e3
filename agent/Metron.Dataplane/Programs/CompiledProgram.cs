using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.Dataplane.Programs;

/// <summary>Where a wire leads: to a function's port, or to an endpoint.</summary>
/// <param name="Function">Function; -1 when it leads to an endpoint or nowhere.</param>
/// <param name="Port">Port of the function.</param>
/// <param name="Endpoint">Endpoint; -1 when it leads to a function or nowhere.</param>
internal readonly record struct WireTarget(int Function, int Port, int Endpoint)
{
    public static WireTarget Nowhere => new(-1, -1, -1);
}

/// <summary>A residual program in the form that workers walk. Checked when it is made; immutable; shared by all flow groups.</summary>
internal sealed class CompiledProgram
{
    private readonly int[] _firstPorts;
    private readonly WireTarget[] _targets;
    private readonly EgressTag?[] _egress;

    /// <param name="program">Program.</param>
    /// <param name="groups">Number of flow groups that tags may name.</param>
    /// <param name="dispatch">How the NIC's hash chooses among them; null where no tag may be for all of them.</param>
    /// <exception cref="ProgramRejectedException">It refers to something that is not there, or two of its parts contradict each other.</exception>
    public CompiledProgram(ResidualProgram program, int groups, HashDispatch? dispatch = null)
    {
        Program = program;
        _firstPorts = new int[program.Functions.Count];
        for (var function = 0; function < program.Functions.Count; function++)
        {
            _firstPorts[function] = PortCount;
            PortCount += program.Functions[function].Ports.Count;
        }

        ProgramChecks.Check(program, groups, dispatch);
        _targets = new WireTarget[PortCount];
        Array.Fill(_targets, WireTarget.Nowhere);
        foreach (var wire in program.Wires)
        {
            _targets[PortIndex(wire.From.Function, wire.From.Port)] = wire.ToEndpoint >= 0
                ? new WireTarget(-1, -1, wire.ToEndpoint)
                : new WireTarget(wire.To.Function, wire.To.Port, -1);
        }

        _egress = new EgressTag?[program.Endpoints.Count];
        foreach (var tag in program.EgressTags)
        {
            _egress[tag.Endpoint] = tag;
        }

        Classes = new ClassTrie(program.Classes);
    }

    public ResidualProgram Program { get; }

    public ClassTrie Classes { get; }

    /// <summary>Ports of all functions together.</summary>
    public int PortCount { get; }

    /// <summary>Number of a function's port among all ports.</summary>
    public int PortIndex(int function, int port) => _firstPorts[function] + port;

    /// <summary>Where a packet goes that leaves a function by a port.</summary>
    public WireTarget Target(int function, int port) => _targets[PortIndex(function, port)];

    /// <summary>How packets leave by an endpoint; null when they must not.</summary>
    public EgressTag? Egress(int endpoint) => _egress[endpoint] is { IsEgress: true } tag ? tag : null;

    /// <summary>Largest value that a tag of the program may have; 0 for kinds that workers do not read (<see cref="Tags.WireTags"/>).</summary>
    public static uint MaximumTag(TagKind kind) => kind switch
    {
        TagKind.Vlan => DispatchTag.MaximumVlanTag,
        TagKind.Mac => DispatchTag.MaximumMacTag,
        _ => 0,
    };
}
