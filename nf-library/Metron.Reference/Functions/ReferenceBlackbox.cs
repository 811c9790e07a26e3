using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>A wire: nobody knows what a closed program does with a packet, so it is taken for one that does nothing.</summary>
internal sealed class ReferenceBlackbox : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices) => ReferenceVerdict.Forward(1 - port);
}
