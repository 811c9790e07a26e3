using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Passes everything.</summary>
internal sealed class ReferenceTransparent : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices) => ReferenceVerdict.Forward(1 - port);
}
