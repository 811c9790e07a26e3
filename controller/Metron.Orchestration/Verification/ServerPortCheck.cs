using System.Globalization;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Checks what the switch does with packets that come from a server: those with an egress tag leave by their endpoint looking as its packets do,
/// those with a tag for a worker go to that worker as they are, and others are left alone.
/// </summary>
internal sealed class ServerPortCheck(VerificationRun run, uint port)
{
    private const int NotOurs = 0;
    private const int Either = 1;
    private const int FirstTag = 2;

    private readonly List<(EgressTag Tag, ushort Type)> _egress =
    [
        .. run.Program!.EgressTags.Where(tag => tag.IsEgress && !run.Graph.Endpoints[tag.Endpoint].IsOnServer)
            .SelectMany(tag => TagChanges.Types(run.Plan.TagKind, run.Spec, tag.Endpoint).Select(type => (tag, type))),
    ];

    private readonly List<(IngressTag Tag, ushort Type)> _ingress =
        [.. run.Program!.IngressTags.SelectMany(tag => TagChanges.Types(run.Plan.TagKind, run.Spec, tag.Endpoint).Select(type => (tag, type)))];

    /// <summary>A packet that is sent on wrongly, if there is one.</summary>
    public Counterexample? Run()
    {
        run.Checked.Add($"server's port {port}: {_egress.Select(pair => pair.Tag).Distinct().Count()} egress tags and packets handed over to other workers");
        HeaderSpace universe = new([HeaderCube.AllV4, HeaderCube.AllV6, .. RealPackets.Ethernet.Cubes.Where(cube => cube.Kind == HeaderKind.Other)]);
        var compiled = run.Switch.Behind(port, universe);
        var written = ClassifierPipeline.Of(Classifier.Of(Rules().ToList(), NotOurs));
        var relation = new ResultRelation((wanted, found) => found >= 0 && IsRight(wanted, compiled.Fates[found]), wanted => wanted == Either);
        if (run.Compare(written, compiled.Pipeline, universe, relation) is not { } packet)
        {
            return null;
        }

        var fates = compiled.Pipeline.Evaluate(packet).Select(result => compiled.Fates[result]);
        return new Counterexample(
            $"the server's port {port.ToString(CultureInfo.InvariantCulture)}", port, packet, Words(written.Evaluate(packet)[0]), run.Explain(port, packet, fates));
    }

    private IEnumerable<ClassifierRule> Rules()
    {
        var kind = run.Plan.TagKind;
        var rank = 0;
        for (var i = 0; i < _ingress.Count; i++)
        {
            // A tag that is its endpoint's only one cannot be another worker's, so nothing is handed over by it.
            var (tag, type) = _ingress[i];
            var result = tag.SteeringMask == 0 ? Either : FirstTag + _egress.Count + i;
            var cubes = TagChanges.Cubes(kind, tag.Value, type, isEgress: false);

            // A server never sends both MAC tags in one packet.
            foreach (var both in kind == TagKind.Mac ? cubes.SelectMany(cube => _egress.SelectMany(other => WithEgress(cube, other.Tag.Value))) : [])
            {
                yield return new ClassifierRule(both, rank, Either, rank++);
            }

            foreach (var cube in cubes)
            {
                yield return new ClassifierRule(cube, rank, result, rank);
            }

            rank++;
        }

        for (var i = 0; i < _egress.Count; i++, rank++)
        {
            foreach (var cube in TagChanges.Cubes(kind, _egress[i].Tag.Value, _egress[i].Type, isEgress: true))
            {
                yield return new ClassifierRule(cube, rank, FirstTag + i, rank);
            }
        }
    }

    private static IEnumerable<HeaderCube> WithEgress(HeaderCube cube, uint egress) =>
        TagChanges.Cubes(TagKind.Mac, egress, 0, isEgress: true).Select(cube.Intersect).OfType<HeaderCube>();

    private bool IsRight(int wanted, SwitchFate fate) =>
        wanted == Either
        || (wanted == NotOurs ? fate.IsMissed
        : wanted < FirstTag + _egress.Count ? fate.Outputs is [var left] && left == Leaving(_egress[wanted - FirstTag])
        : fate.Outputs is [{ } handed] && handed.Change == PacketChange.None && handed.Choice is null && handed.Port == run.PortOf(IngressOf(wanted).Worker));

    private IngressTag IngressOf(int wanted) => _ingress[wanted - FirstTag - _egress.Count].Tag;

    private SymbolicOutput Leaving((EgressTag Tag, ushort Type) leaving)
    {
        var tag = leaving.Tag;
        ushort? vlan = run.SwitchedVlan(tag.Endpoint) is var given and not 0 ? given : null;
        var change = TagChanges.TakeOff(run.Plan.TagKind, leaving.Type, vlan, EndpointMacs.LocalMac(run.Graph, run.Spec, tag.Endpoint)?.Value);
        return run.Leaving(tag.Endpoint, port, change);
    }

    private string Words(int wanted) => wanted switch
    {
        NotOurs => "it is not the chain's",
        Either => "no such packet is sent",
        _ when wanted < FirstTag + _egress.Count =>
            $"it leaves by endpoint {run.Spec.Endpoints[_egress[wanted - FirstTag].Tag.Endpoint].Name} ({new SwitchFate([Leaving(_egress[wanted - FirstTag])])})",
        _ => $"it goes to worker {IngressOf(wanted).Worker} (port {run.PortOf(IngressOf(wanted).Worker)}) as it is",
    };
}
