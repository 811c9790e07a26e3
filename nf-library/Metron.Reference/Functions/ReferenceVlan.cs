using Metron.NetworkFunctions.Vlan;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>A VLAN function, on whole frames.</summary>
internal sealed class ReferenceVlan(VlanConfiguration configuration) : ReferenceFunction
{
    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        if (configuration.IdAt(port) != 0)
        {
            return ReferenceVerdict.Drop(DropReason.WrongVlan);
        }

        var frame = FrameWriter.Write(packet);
        var dscp = packet.Fields.IsV6 ? ((frame[14] & 15) << 2) | (frame[15] >> 6) : frame[15] >> 2;
        return ReferenceVerdict.Pass(1 - port, WithHeader(frame, configuration.Priority ?? dscp / 8, 0, configuration.IdAt(1 - port)));
    }

    public override ReferenceVerdict ProcessRaw(byte[] frame, int port)
    {
        if (configuration.IdAt(port) == 0)
        {
            return ReferenceVerdict.Pass(1 - port, WithHeader(frame, configuration.Priority ?? ClassOf(frame), 0, configuration.IdAt(1 - port)));
        }

        var isTagged = frame.Length >= 18 && (frame[12], frame[13]) is (0x81, 0x00) or (0x88, 0xa8);
        if (!isTagged || ((frame[14] & 15) << 8 | frame[15]) != configuration.IdAt(port))
        {
            return ReferenceVerdict.Drop(DropReason.WrongVlan);
        }

        byte[] plain = [.. frame[..12], .. frame[16..]];
        if (configuration.IdAt(1 - port) == 0)
        {
            return FrameReader.IsQuestion(plain)
                ? ReferenceVerdict.Pass(1 - port, plain) with { IsQuestion = true }
                : ReferenceVerdict.Replace(1 - port, plain);
        }

        var translated = WithHeader(plain, configuration.Priority ?? frame[14] >> 5, frame[14] & 0x10, configuration.IdAt(1 - port));
        (translated[12], translated[13]) = (frame[12], frame[13]);
        return ReferenceVerdict.Pass(1 - port, translated);
    }

    private static int ClassOf(byte[] frame) => frame[12] == 0x86 ? (frame[14] & 15) >> 1 : 0;

    private static byte[] WithHeader(byte[] frame, int priority, int dropEligible, ushort id) =>
        [.. frame[..12], 0x81, 0x00, (byte)(priority << 5 | dropEligible | id >> 8), (byte)id, .. frame[12..]];
}
