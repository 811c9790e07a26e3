using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Passes everything, and counts pairs of addresses for each direction.</summary>
internal sealed class ReferenceMonitor : ReferenceFunction
{
    /// <summary>Packets and bytes (of Ethernet frames without tag) by source, destination, and the side that they come from.</summary>
    public Dictionary<(IpAddress Source, IpAddress Destination, int Side), (ulong Packets, ulong Bytes)> Talkers { get; } = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var key = (packet.Fields.Source, packet.Fields.Destination, port);
        var (packets, bytes) = Talkers.GetValueOrDefault(key);
        Talkers[key] = (packets + 1, bytes + (ulong)packet.Frame.Length);
        return ReferenceVerdict.Forward(1 - port);
    }
}
