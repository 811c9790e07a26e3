using System.Buffers;
using System.Net;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>One kind of work with messages, by one contender.</summary>
internal abstract class CodecWork
{
    /// <summary>Contender: the library as it is meant to be used for this.</summary>
    protected const string Metron = "metron";

    /// <summary>Decodes into records, which outlive the bytes.</summary>
    protected const string Records = "records";

    /// <summary>Baseline: copies the bytes of the same messages.</summary>
    protected const string Copy = "copy";

    private const OpenFlowVersion Version = OpenFlowVersion.OpenFlow14;
    private const int FlowsInPart = 100;

    /// <summary>What is done: the last part of the case's name.</summary>
    public required string Kind { get; init; }

    public required string Contender { get; init; }

    public static IReadOnlyList<CodecWork> All()
    {
        var flowMods = Enumerable.Range(0, 256).Select(FlowMod).ToList();
        var encoded = flowMods.ConvertAll(flow => OpenFlowCodec.Encode(flow, Version, 1));
        var flowStats = OpenFlowCodec.Encode(new FlowStatsReply([.. flowMods.Take(FlowsInPart).Select(FlowStats)]), Version, 2);
        var packetIn = OpenFlowCodec.Encode(PacketIn(), Version, 3);
        return
        [
            new EncodeWork([.. flowMods]) { Kind = "encode-flow-mod", Contender = Metron },
            new CopyWork([.. encoded], 1) { Kind = "encode-flow-mod", Contender = Copy },
            new FlowStatsWork(flowStats, FlowsInPart) { Kind = "decode-flow-stats", Contender = Metron },
            new DecodeWork([flowStats], FlowsInPart) { Kind = "decode-flow-stats", Contender = Records },
            new CopyWork([flowStats], FlowsInPart) { Kind = "decode-flow-stats", Contender = Copy },
            new PacketInWork(packetIn) { Kind = "packet-in", Contender = Metron },
            new DecodeWork([packetIn], 1) { Kind = "packet-in", Contender = Records },
            new CopyWork([packetIn], 1) { Kind = "packet-in", Contender = Copy },
        ];
    }

    /// <summary>Works through at least so many messages, and returns how many it were. An entry of flow statistics counts as a message.</summary>
    public abstract long Do(int messages);

    /// <summary>Whether it does what it claims.</summary>
    /// <exception cref="BenchmarkException">It does not.</exception>
    public virtual void Check()
    {
    }

    private static FlowMod FlowMod(int number) => new()
    {
        Cookie = (ulong)number,
        Priority = 100,
        Match = Match.Of(
            OxmField.InPort(1),
            OxmField.EthernetType(0x0800),
            OxmField.IpProtocol(17),
            OxmField.Ipv4Destination(new IPAddress([10, 0, 0, (byte)number])),
            OxmField.UdpDestination((ushort)number)),
        Instructions = [new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(new HardwareAddress((ulong)number))), new OutputAction(2)])],
    };

    private static FlowStats FlowStats(FlowMod flow) => new()
    {
        Cookie = flow.Cookie,
        Priority = flow.Priority,
        Match = flow.Match,
        Instructions = flow.Instructions,
        PacketCount = flow.Cookie + 1,
        ByteCount = flow.Cookie + 2,
    };

    private static PacketIn PacketIn() => new() { TotalLength = 64, Match = Match.Of(OxmField.InPort(1)), Packet = [.. new byte[64]] };

    private sealed class EncodeWork(FlowMod[] flows) : CodecWork
    {
        private readonly ArrayBufferWriter<byte> _output = new(1 << 20);

        public override long Do(int messages)
        {
            var done = 0L;
            while (done < messages)
            {
                _output.ResetWrittenCount();
                for (var i = 0; i < flows.Length; i++)
                {
                    OpenFlowCodec.Encode(flows[i], Version, (uint)i, _output);
                }

                done += flows.Length;
            }

            return done;
        }

        public override void Check()
        {
            Do(1);
            var first = OpenFlowCodec.Encode(flows[0], Version, 0);
            if (!_output.WrittenSpan.StartsWith(first) || OpenFlowCodec.Decode(first).Message is not FlowMod read || !read.Equals(flows[0]))
            {
                throw new BenchmarkException("what is encoded does not decode to the same");
            }
        }
    }

    private sealed class DecodeWork(byte[][] encoded, int each) : CodecWork
    {
        public override long Do(int messages)
        {
            var done = 0L;
            while (done < messages)
            {
                foreach (var message in encoded)
                {
                    GC.KeepAlive(OpenFlowCodec.Decode(message));
                    done += each;
                }
            }

            return done;
        }

        public override void Check()
        {
            if (!encoded.All(message => OpenFlowCodec.Encode(OpenFlowCodec.Decode(message).Message, Version, message[7]).AsSpan().SequenceEqual(message)))
            {
                throw new BenchmarkException("what is decoded does not encode to the same");
            }
        }
    }

    private sealed class FlowStatsWork(byte[] encoded, int each) : CodecWork
    {
        private ulong _sum;

        public override long Do(int messages)
        {
            var done = 0L;
            while (done < messages)
            {
                if (FrameView.TryRead(encoded, out var frame) && FlowStatsReplyView.TryRead(frame, out var reply))
                {
                    foreach (var flow in reply)
                    {
                        _sum += flow.Cookie + flow.PacketCount + flow.ByteCount + flow.Priority;
                        done++;
                    }
                }
            }

            return done;
        }

        public override void Check()
        {
            _sum = 0;
            var flows = ((FlowStatsReply)OpenFlowCodec.Decode(encoded).Message).Flows;
            var sum = flows.Aggregate(0UL, (total, flow) => total + flow.Cookie + flow.PacketCount + flow.ByteCount + flow.Priority);
            if (Do(1) != each || _sum != sum)
            {
                throw new BenchmarkException("the view does not show what decoding shows");
            }
        }
    }

    private sealed class PacketInWork(byte[] encoded) : CodecWork
    {
        private ulong _sum;

        public override long Do(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                if (FrameView.TryRead(encoded, out var frame) && PacketInView.TryRead(frame, out var packetIn))
                {
                    _sum += (packetIn.Match.InPort ?? 0) + (ulong)packetIn.Packet.Length;
                }
            }

            return messages;
        }

        public override void Check()
        {
            _sum = 0;
            Do(1);
            var message = (PacketIn)OpenFlowCodec.Decode(encoded).Message;
            if (_sum != (ulong)message.Match[Oxm.InPort]!.Value + (ulong)message.Packet.Count)
            {
                throw new BenchmarkException("the view does not show what decoding shows");
            }
        }
    }

    private sealed class CopyWork(byte[][] encoded, int each) : CodecWork
    {
        private readonly byte[] _to = new byte[OpenFlowCodec.MaximumLength];

        public override long Do(int messages)
        {
            var done = 0L;
            while (done < messages)
            {
                foreach (var message in encoded)
                {
                    message.CopyTo(_to, 0);
                    done += each;
                }
            }

            return done;
        }
    }
}
