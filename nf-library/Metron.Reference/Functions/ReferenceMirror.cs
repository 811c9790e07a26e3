using Metron.NetworkFunctions.Mirror;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Counts matching packets of each worker, and has every so manyth copied, beginning with the first.</summary>
internal sealed class ReferenceMirror(MirrorConfiguration configuration) : ReferenceFunction
{
    private readonly Dictionary<int, long> _matched = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        if (port == MirrorConfiguration.MirrorPort)
        {
            return ReferenceVerdict.Drop(DropReason.MirrorPort);
        }

        var verdict = ReferenceVerdict.Forward(1 - port);
        var isMeant = configuration.FromPort is not { } from || from == port;
        if (!isMeant || (configuration.Matches.Count > 0 && !configuration.Matches.Any(match => RuleReading.Fits(match, packet.Fields))))
        {
            return verdict;
        }

        var before = _matched.GetValueOrDefault(choices.Worker);
        _matched[choices.Worker] = before + 1;
        return before % configuration.SampleOneIn == 0
            ? verdict with { CopyPort = MirrorConfiguration.MirrorPort, CopyLength = configuration.TruncateTo }
            : verdict;
    }
}
