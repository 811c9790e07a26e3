using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Checks that the chain's rules for a port of endpoints take exactly the packets of these endpoints, and that neighbour discovery, and nothing else,
/// passes by them.
/// </summary>
internal sealed class EntranceCheck(VerificationRun run, uint port)
{
    private const int NotOurs = 0;
    private const int Taken = 1;
    private const int Neighbors = 2;

    private readonly List<int> _endpoints = [.. Enumerable.Range(0, run.Spec.Endpoints.Count).Where(index => run.Spec.Endpoints[index].Ports.Contains(port))];

    /// <summary>A packet that is taken or left wrongly, if there is one.</summary>
    public Counterexample? Run()
    {
        run.Checked.Add($"port {port}: which packets the chain takes");
        var compiled = run.Switch.Behind(port, RealPackets.Ethernet);
        var rules = _endpoints.Where(_ => run.PassesNeighbors)
            .SelectMany(endpoint => run.NeighborsAt(endpoint).Cubes.Select(cube => new ClassifierRule(cube, endpoint, Neighbors + endpoint, endpoint)))
            .Concat(_endpoints.Where(endpoint => run.Spec.Endpoints[endpoint].IsIngress).SelectMany(endpoint =>
                run.PacketsOf(endpoint).Cubes.Select(cube => new ClassifierRule(cube, run.Spec.Endpoints.Count + endpoint, Taken, run.Spec.Endpoints.Count + endpoint))));
        var written = Classifier.Of(rules, NotOurs);

        // What becomes of what is taken is checked per endpoint; here it only counts that it is.
        var taken = compiled.Fates.Count;
        var first = compiled.Pipeline.Tables[0];
        var entrance = Classifier.Of(first.Rules.Select(rule => rule.Result < 0 ? rule with { Result = taken } : rule), first.Default);
        var relation = new ResultRelation((wanted, found) => IsRight(wanted, found < taken ? compiled.Fates[found] : null), _ => false);
        return run.Compare(ClassifierPipeline.Of(written), ClassifierPipeline.Of(entrance), RealPackets.Ethernet, relation) is { } packet
            ? Explain(packet, written.Evaluate(packet)[0], compiled) : null;
    }

    private bool IsRight(int wanted, SwitchFate? fate) => wanted switch
    {
        NotOurs => fate is { IsMissed: true },
        Taken => fate is not { IsMissed: true },
        _ => fate is { Outputs: [var output] } && output == ToOther(wanted - Neighbors),
    };

    /// <summary>Neighbour discovery from one of two endpoints leaves by the other.</summary>
    private SymbolicOutput ToOther(int endpoint)
    {
        var (from, to) = (run.Spec.Endpoints[endpoint], run.Spec.Endpoints[1 - endpoint]);
        return run.Leaving(1 - endpoint, port, new PacketChange { IsVlanRemoved = from.Vlan != 0, PushedVlan = to.Vlan == 0 ? null : to.Vlan });
    }

    private Counterexample Explain(HeaderPoint packet, int wanted, SymbolicPipeline compiled)
    {
        var endpoint = _endpoints.Find(candidate => run.OnWire(candidate).Contains(packet.Vlan));
        var words = wanted switch
        {
            NotOurs => "it is not the chain's",
            Taken => $"it enters the chain at {run.Spec.Endpoints[endpoint].Name}",
            _ => $"it is neighbour discovery for {run.Spec.Endpoints[1 - (wanted - Neighbors)].Name}",
        };
        var fates = compiled.Pipeline.Evaluate(packet).Select(result => compiled.Fates[result]);
        return run.At(wanted == NotOurs || wanted == Taken ? Math.Max(0, endpoint) : wanted - Neighbors, packet, words, run.Explain(port, packet, fates), port);
    }
}
