using System.Buffers.Binary;
using Metron.Bench.Dataplane;
using Metron.Bench.Traces;
using Metron.Dataplane.Nics;
using Metron.NetworkFunctions.Chains;

namespace Metron.Bench.Migration;

/// <summary>What both contenders of <see cref="MigrationSuite"/> get: flows, tags, NIC.</summary>
internal static class MigrationTraffic
{
    /// <summary>Flow groups, and entries of the NIC's table.</summary>
    public const int Groups = 64;

    /// <summary>Packets under way at most: fewer than a queue of the NIC holds, so that none is lost for want of room.</summary>
    public const int Mbufs = 1000;

    private const int Flows = 10_000;
    private const double ZipfExponent = 1.1;
    private const int PacketsInOrder = 200_000;
    private const int FrameBytes = 64;
    private const int Payload = 42; // Ethernet, IPv4, UDP
    private const int ChecksumOffset = 40;

    public static TimeSpan IdleSleep { get; } = TimeSpan.FromMicroseconds(10);

    /// <summary>NAPT, with a pair of tags for each flow group, steered by bits 1 to 6 of the client's port.</summary>
    public static ResidualProgram Program { get; } = ChainProgram.Of([ChainFunctions.Napt(0)], Groups);

    /// <summary>Group of the flow that has the most packets.</summary>
    public static int LargestGroup { get; } = GroupOf(FlowOf(0));

    public static SequencedTraffic Start() => new(
        [.. Enumerable.Range(0, Flows).Select(FrameOf)], SequencedTraffic.Zipf(Flows, ZipfExponent, PacketsInOrder, 3), Payload, Mbufs);

    public static EmulatedNic<SequencedPort> MakeNic(SequencedTraffic traffic)
    {
        var nic = EmulatedNic.Create(new EmulatedNicOptions { Queues = 2, IndirectionSize = Groups, IdleSleep = IdleSleep }, new SequencedPort(traffic));
        nic.SetTags(new TagGroups(new Dictionary<uint, ushort>(), Program.IngressTags.ToDictionary(tag => tag.Value, tag => (ushort)tag.Worker)));
        return nic;
    }

    private static byte[] FrameOf(int number)
    {
        var flow = FlowOf(number);
        var frame = flow.ToFrame(FrameBytes, 0, worker: GroupOf(flow));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(ChecksumOffset), 0); // none (RFC 768): the payload changes with every packet
        return frame;
    }

    private static int GroupOf(Flow flow) => (flow.SourcePort >> 1) & (Groups - 1);

    private static Flow FlowOf(int number)
    {
        var random = new SplitMix64((ulong)number + 1000);
        return new Flow((uint)(0x0a00_0000 | random.Next(1 << 24)), (uint)(0xcb00_7100 | random.Next(256)), (ushort)(1024 + random.Next(60_000)), 53, false);
    }
}
