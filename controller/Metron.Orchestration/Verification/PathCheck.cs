using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Compares what the switch does with the packets of an endpoint with the chain as written: what functions on the switch drop and pass, what may be
/// dropped before a server, and which tag each packet gets.
/// </summary>
internal sealed class PathCheck(VerificationRun run, int endpoint, uint port)
{
    private readonly IReadOnlyList<IngressTag> _tags = run.TagsOf(endpoint);
    private readonly ChainEndpoint _from = run.Spec.Endpoints[endpoint];

    private ushort _etherType; // of the packets at hand, where tags differ by it; 0 where they do not

    /// <summary>A packet that is treated wrongly, if there is one.</summary>
    public Counterexample? Run()
    {
        var types = run.Plan.TagKind == TagKind.Mpls && _tags.Count > 0 ? TagChanges.Types(run.Plan.TagKind, run.Spec, endpoint) : [0];
        foreach (var type in types)
        {
            _etherType = type;
            if (Run(TagChanges.OfType(run.PacketsOf(endpoint), type)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private Counterexample? Run(HeaderSpace universe)
    {
        if (universe.IsEmpty)
        {
            return null;
        }

        var compiled = run.Switch.Behind(port, universe);
        var simple = PipelineSimplifier.Simplify(compiled.Pipeline, universe);
        var withDrops = WrittenPath.Build(run, endpoint, withServerDrops: true);
        if (withDrops.Problem is { } problem)
        {
            return run.At(endpoint, universe.Cubes[0].Lowest(), problem, "the server begins elsewhere", port);
        }

        var by = _from.BackupPorts.Count > 0 ? $" by port {port}" : "";
        run.Checked.Add($"packets from {_from.Name}{by}: drops, passes and tags on the switch ({compiled.Pipeline.Tables.Sum(table => table.Rules.Count)} rules)");

        // Where the switch drops nothing for the server, what the server drops need not be told apart.
        var withoutDrops = WrittenPath.Build(run, endpoint, withServerDrops: false);
        var written = PipelineSimplifier.Simplify(withoutDrops.Pipeline, universe);
        if (written.Tables.Count == simple.Tables.Count && _tags.Count > 0
            && EquivalenceCheck.Run(written, simple, universe, Relation(withoutDrops, compiled.Fates), run.Work).Verdict == EquivalenceVerdict.Equal)
        {
            return null;
        }

        written = PipelineSimplifier.Simplify(withDrops.Pipeline, universe);
        return run.Compare(written, simple, universe, Relation(withDrops, compiled.Fates)) is { } packet ? Explain(packet, withDrops, compiled) : null;
    }

    private ResultRelation Relation(WrittenPath path, IReadOnlyList<SwitchFate> fates)
    {
        bool IsFine(SwitchFate fate) => fate.IsDrop || Enumerable.Range(0, _tags.Count).Any(tag => IsTagged(fate, tag));
        var allFine = fates.All(IsFine);
        return new ResultRelation(
            (wanted, found) => found >= 0 && path.Fates[wanted] switch
            {
                { Kind: WrittenKind.Drop } => fates[found].IsDrop,
                { Kind: WrittenKind.ServerDrops } => IsFine(fates[found]),
                { Kind: WrittenKind.Leave } leave => Leaves(fates[found], leave.Number),
                var tag => IsTagged(fates[found], tag.Number),
            },
            wanted => allFine && path.Fates[wanted].Kind == WrittenKind.ServerDrops);
    }

    private bool Leaves(SwitchFate fate, int other)
    {
        var (removed, pushed) = (run.SwitchedVlan(endpoint), run.SwitchedVlan(other));
        var change = new PacketChange { IsVlanRemoved = removed != 0, PushedVlan = pushed == 0 ? null : pushed, Meter = run.MeterAt(endpoint) };
        return Is(fate, run.Leaving(other, port, change));
    }

    private bool IsTagged(SwitchFate fate, int tag)
    {
        var change = new PacketChange { IsVlanRemoved = run.SwitchedVlan(endpoint) != 0, Meter = run.MeterAt(endpoint) };
        change = TagChanges.Put(run.Plan.TagKind, _tags[tag].Value, _etherType, change);
        return run.PortOf(_tags[tag].Worker) is { } worker && Is(fate, new SymbolicOutput(worker, change));
    }

    private static bool Is(SwitchFate fate, SymbolicOutput wanted) =>
        fate.Outputs is [var output] && output with { Change = output.Change.Canonical() } == wanted with { Change = wanted.Change.Canonical() };

    private Counterexample Explain(HeaderPoint packet, WrittenPath path, SymbolicPipeline compiled)
    {
        var fates = compiled.Pipeline.Evaluate(packet).Select(result => compiled.Fates[result]);
        var wanted = path.Pipeline.Evaluate(packet).Select(result => path.Fates[result]).First();
        return run.At(endpoint, packet, WrittenWords.Of(run, endpoint, packet, wanted), run.Explain(port, packet, fates), port);
    }
}
