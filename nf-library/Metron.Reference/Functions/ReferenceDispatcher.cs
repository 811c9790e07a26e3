using Metron.NetworkFunctions.Dispatcher;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Asks one rule after the other.</summary>
internal sealed class ReferenceDispatcher(DispatcherConfiguration configuration) : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        if (port != Inside)
        {
            return ReferenceVerdict.Forward(Inside);
        }

        var asked = packet.Embedded is { } quoted ? Answer(quoted) : packet.Fields;
        var output = configuration.Rules.FirstOrDefault(rule => RuleReading.Fits(rule.Match, asked))?.Output ?? configuration.DefaultOutput;
        return output < 0 ? ReferenceVerdict.Drop(DropReason.NoOutput) : ReferenceVerdict.Forward(1 + output);
    }

    /// <summary>What would answer a packet: its ends swapped.</summary>
    private static IpFields Answer(IpFields quoted)
    {
        var answer = quoted.Copy();
        (answer.Source, answer.SourcePort) = (quoted.Destination, quoted.DestinationPort);
        (answer.Destination, answer.DestinationPort) = (quoted.Source, quoted.SourcePort);
        return answer;
    }
}
