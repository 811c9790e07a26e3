using Metron.NetworkFunctions.L2Switch;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>A layer 2 switch by looking at every host.</summary>
internal sealed class ReferenceL2Switch(L2SwitchConfiguration configuration) : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var destination = FrameWriter.Write(packet)[..6];
        var to = configuration.DefaultPort;
        foreach (var host in configuration.Hosts)
        {
            var mac = host.Mac.ToString().Split(':').Select(octet => Convert.ToByte(octet, 16));
            to = mac.SequenceEqual(destination) ? host.Port : to;
        }

        return to is not { } exit ? ReferenceVerdict.Drop(DropReason.UnknownMac)
            : exit == port ? ReferenceVerdict.Drop(DropReason.RouteToIngress)
            : ReferenceVerdict.Forward(exit);
    }
}
