using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <content>ARP requests and neighbour solicitations, where a function answers them: they are no packets of flows, and have no entries.</content>
internal sealed unsafe partial class SlowPath
{
    private const int EthernetLength = 14;
    private const int TagLength = 4;
    private const int Ipv6Length = 40;
    private const byte NeighborSolicitation = 135;

    /// <summary>Whether a frame is ARP, or ICMPv6 of type 135 right behind the IPv6 header.</summary>
    private static bool IsNeighborQuestion(ReadOnlySpan<byte> frame, bool hasVlan)
    {
        var network = EthernetLength + (hasVlan ? TagLength : 0);
        if (frame.Length < network)
        {
            return false;
        }

        var type = frame[network - 2] << 8 | frame[network - 1];
        return type == 0x0806
            || (type == 0x86dd
                && frame.Length > network + Ipv6Length
                && frame[network + 6] == IpProtocol.IcmpV6
                && frame[network + Ipv6Length] == NeighborSolicitation);
    }

    /// <summary>Shows a question to the function that answers it, and sends the answer back where it came from.</summary>
    private DropReason AnswerNeighbor(Mbuf mbuf, IngressSlot slot, bool hasVlan, out int continuation)
    {
        continuation = 0;
        var (function, program) = (slot.At.Function, slot.Program);
        if (mbuf.DataLength != mbuf.PacketLength || mbuf.Tailroom < 0)
        {
            return Drop(program, function, DropReason.TooBig);
        }

        _counters->SlowPathPackets++;
        var buffer = new Span<byte>(mbuf.Data - mbuf.DataOffset, mbuf.BufferLength);
        var packet = new FramePacket(buffer, mbuf.DataOffset, mbuf.DataLength, EthernetLength + (hasVlan ? TagLength : 0), _context.Now);
        _sampler.EnterFunction();
        var verdict = program.Functions[function].Instance.AnswerNeighbor(ref packet, slot.At.Port);
        _sampler.LeaveFunction(program.Samples, function, FunctionPath.Frame);
        if (verdict.IsDrop)
        {
            return Drop(program, function, verdict.Reason);
        }

        var target = program.Compiled.Target(function, verdict.Port);
        if (target == WireTarget.Nowhere || (target.Endpoint >= 0 && program.Compiled.Egress(target.Endpoint) is null))
        {
            return Drop(program, function, DropReason.NotAnEgress);
        }

        mbuf.DataOffset = (ushort)packet.Start;
        mbuf.SetLength(packet.Length);
        var position = program.Compiled.Classes.Next(slot.ClassRoot, function, verdict.Outcome);
        continuation = _segments.Find(slot, target, position, isDestinationWritten: true, isWellFormed: true);
        return DropReason.None;
    }
}
