using System.Buffers.Binary;
using Metron.NetworkFunctions.Mpls;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>An MPLS function, on whole frames.</summary>
internal sealed class ReferenceMpls(MplsConfiguration configuration) : ReferenceFunction
{
    private readonly ErrorBudget _errors = new();

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        if (port != Inside || configuration.Edge is not { } edge)
        {
            return ReferenceVerdict.Drop(DropReason.UnknownLabel);
        }

        var frame = FrameWriter.Write(packet);
        var fields = packet.Fields;
        var inner = frame[14..fields.End];
        if (inner.Length + 4 > edge.Mtu)
        {
            return TooBig.IsAnswered(frame, fields) && _errors.Take(now)
                ? ReferenceVerdict.Replace(Inside, TooBig.Answer(frame, fields, edge.Mtu - 4, fields.Destination))
                : ReferenceVerdict.Drop(DropReason.TooBig);
        }

        var dscp = fields.IsV6 ? ((inner[0] & 15) << 2) | (inner[1] >> 6) : inner[1] >> 2;
        var entry = Entry(edge.OutLabel, edge.TrafficClass ?? dscp / 8, isBottom: true, edge.TimeToLive ?? inner[fields.IsV6 ? 7 : 8]);
        return ReferenceVerdict.Pass(Outside, [.. frame[..12], 0x88, 0x47, .. entry, .. inner]);
    }

    public override ReferenceVerdict ProcessRaw(byte[] frame, int port)
    {
        if (frame.Length < 14 || (frame[12], frame[13]) != (0x88, 0x47))
        {
            return ReferenceVerdict.Drop(DropReason.UnknownLabel);
        }

        if (frame.Length < 19)
        {
            return ReferenceVerdict.Drop(DropReason.Truncated);
        }

        var label = (uint)(frame[14] << 12 | frame[15] << 4 | frame[16] >> 4);
        var (trafficClass, isBottom, timeToLive) = ((frame[16] >> 1) & 7, (frame[16] & 1) != 0, frame[17]);
        if (timeToLive == 0)
        {
            return ReferenceVerdict.Drop(DropReason.TimeToLiveExpired);
        }

        if (configuration.Edge is { } edge)
        {
            return !isBottom || (label != edge.InLabel && label != 0 && label != 2)
                ? ReferenceVerdict.Drop(DropReason.UnknownLabel)
                : Open(frame, label, timeToLive, edge);
        }

        var pairs = configuration.Swaps.Where(pair => (port == Inside ? pair.Inside : pair.Outside) == label).ToList();
        return pairs.Count == 0 ? ReferenceVerdict.Drop(DropReason.UnknownLabel)
            : timeToLive == 1 ? ReferenceVerdict.Drop(DropReason.TimeToLiveExpired)
            : ReferenceVerdict.Pass(
                1 - port,
                [.. frame[..14], .. Entry(port == Inside ? pairs[0].Outside : pairs[0].Inside, trafficClass, isBottom, timeToLive - 1), .. frame[18..]]);
    }

    private static ReferenceVerdict Open(byte[] frame, uint label, int timeToLive, MplsEdge edge)
    {
        var version = frame[18] >> 4;
        if (version is not (4 or 6) || (label == 0 && version != 4) || (label == 2 && version != 6))
        {
            return ReferenceVerdict.Drop(DropReason.UnsupportedProtocol);
        }

        byte[] ip = frame[18..];
        var at = version == 4 ? 8 : 7;
        if (edge.TimeToLive is null && ip.Length >= (version == 4 ? 20 : 40) && ip[at] > timeToLive)
        {
            var wasRight = version == 4 && ip.Length >= (ip[0] & 15) * 4 && Checksums.Sum(ip.AsSpan(0, (ip[0] & 15) * 4)) == 0xffff;
            ip[at] = (byte)timeToLive;
            if (wasRight)
            {
                (ip[10], ip[11]) = (0, 0);
                BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(10), (ushort)~Checksums.Sum(ip.AsSpan(0, (ip[0] & 15) * 4)));
            }
        }

        byte[] type = version == 4 ? [0x08, 0x00] : [0x86, 0xdd];
        return ReferenceVerdict.Replace(Inside, [.. frame[..12], .. type, .. ip]);
    }

    private static byte[] Entry(uint label, int trafficClass, bool isBottom, int timeToLive) =>
        [(byte)(label >> 12), (byte)(label >> 4), (byte)(label << 4 | (uint)trafficClass << 1 | (isBottom ? 1u : 0u)), (byte)timeToLive];
}
