using CsCheck;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Tests;

/// <summary>The property that everything rests on: a packet leaves alike whether its flow is cached or its functions are asked.</summary>
public sealed class CachedActionTests
{
    /// <summary>What a random function does; the same to all packets of a flow, as the contract demands.</summary>
    private sealed record Script(int Kind, uint Salt)
    {
        public Verdict Run(ref FlowPacket packet, int port, bool cacheable)
        {
            ref var headers = ref packet.Headers;
            // A function of flow and salt, as a translation is.
            var mixed = ((ulong)headers.Source.Value * 31) + ((ulong)headers.Destination.Value * 17) + headers.SourcePort + Salt;
            var chosen = (uint)((mixed * 0x9e3779b97f4a7c15) >> 32) | 1;
            switch (Kind)
            {
                case 0:
                    headers.Source = Address(headers.IsV6, chosen);
                    Port(ref headers, source: true, (ushort)(chosen >> 8));
                    break;
                case 1:
                    headers.Destination = Address(headers.IsV6, chosen);
                    Port(ref headers, source: false, (ushort)(chosen >> 8));
                    break;
                case 2:
                    if (headers.TimeToLive <= 1)
                    {
                        return Verdict.Drop(DropReason.TimeToLiveExpired);
                    }

                    headers.TimeToLive--;
                    headers.EthernetDestination = new MacAddress(0x020000000000ul | (Salt & 0xff));
                    headers.EthernetSource = new MacAddress(0x020000000100ul | (Salt & 0xff));
                    break;
                case 3:
                    (headers.Source, headers.Destination) = (headers.Destination, headers.Source);
                    (headers.SourcePort, headers.DestinationPort) = (headers.DestinationPort, headers.SourcePort);
                    break;
                case 4 when chosen % 5 == 0:
                    return Verdict.Drop(DropReason.Denied);
            }

            return cacheable ? Verdict.Forward(1 - port, 0) : Verdict.ForwardOnce(1 - port, 0);
        }

        private static IpAddress Address(bool isV6, uint chosen) => isV6
            ? IpAddress.V6((UInt128)0x20010db8 << 96 | (UInt128)chosen << 40 | chosen)
            : IpAddress.V4(0x0a000000 | (chosen & 0xffffff));

        private static void Port(ref PacketHeaders headers, bool source, ushort port)
        {
            if (headers.IcmpKind is IcmpKind.Query or IcmpKind.Reply)
            {
                headers.SourcePort = headers.DestinationPort = port;
            }
            else if (headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !headers.IsFragment)
            {
                headers.SourcePort = source ? port : headers.SourcePort;
                headers.DestinationPort = source ? headers.DestinationPort : port;
            }
        }
    }

    private static readonly Gen<FrameBuilder> Packets =
        from isV6 in Gen.Bool
        from hosts in Gen.Select(Gen.Byte[1, 3], Gen.Byte[1, 3])
        from kind in Gen.Int[0, 3]
        from ports in Gen.Select(Gen.UShort[1, 3], Gen.UShort[1, 3])
        from ttl in Gen.Byte[1, 6]
        from flags in Gen.Int[0, 9]
        from checksum in Gen.Int[0, 3]
        from payload in Gen.Byte.Array[0, 12]
        from fragment in Gen.Int[0, 19]
        from side in Gen.Bool
        select new FrameBuilder
        {
            Vlan = (ushort)(side ? Chains.ClientTag : Chains.FarTag),
            Source = IpAddress.Parse(isV6 ? $"2001:db8:1::{hosts.Item1}" : $"10.0.0.{hosts.Item1}"),
            Destination = IpAddress.Parse(isV6 ? $"2001:db8:2::{hosts.Item2}" : $"192.0.2.{hosts.Item2}"),
            Protocol = kind switch { 0 => IpProtocol.Tcp, 1 => IpProtocol.Udp, 2 => isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp, _ => IpProtocol.Gre },
            SourcePort = ports.Item1,
            DestinationPort = ports.Item2,
            IcmpType = (byte)((isV6, ports.Item1 & 1) switch { (true, 0) => 128, (true, _) => 129, (false, 0) => 8, _ => 0 }),
            TimeToLive = ttl,
            TcpFlags = flags switch { 0 => TcpFlags.Syn, 1 => TcpFlags.Fin, 2 => TcpFlags.Reset, _ => TcpFlags.Acknowledgement },
            UdpChecksum = checksum != 0 || isV6,
            Payload = payload,
            Fragment = (ushort)(fragment switch { 0 => 0x2000, 1 => 0x0010, _ => 0x4000 }),
        };

    private static readonly Gen<Script[]> Chain = Gen.Select(Gen.Int[0, 5], Gen.UInt).Select((kind, salt) => new Script(kind, salt)).Array[1, 5];

    [Fact]
    public void A_packet_leaves_alike_whether_its_flow_is_cached_or_its_functions_are_asked() =>
        Gen.Select(Chain, Packets.Array[1, 150]).Sample(
            (chain, packets) =>
            {
                using var cached = Rig(chain, true);
                using var asked = Rig(chain, false);
                var frames = packets.Select(packet => packet.Build()).ToList();
                var expected = asked.PassAll(frames);
                Assert.Equal(expected.Select(Convert.ToHexString), cached.PassAll(frames).Select(Convert.ToHexString));
                Assert.Equal(asked.Worker.Drops, cached.Worker.Drops);
                Assert.Equal(Totals(asked), Totals(cached));
                Assert.Equal((ulong)frames.Count, cached.Worker.Sent.Packets + (ulong)cached.Wire.Freed);
            },
            iter: 1000);

    private static List<ClassStatistics> Totals(WorkerRig rig) => [.. rig.Statistics.Programs.Single().Classes];

    private static WorkerRig Rig(Script[] chain, bool cacheable) => new WorkerRig().Deploy(Chains.Line(
        [.. chain.Select((script, index) => new ScriptedConfiguration($"f{index}", (_, ref packet, port) => script.Run(ref packet, port, cacheable)))]));
}
