using System.Buffers.Binary;
using System.Text;
using Metron.NetworkFunctions.Dpi;

namespace Metron.Offline.Tests;

/// <summary>Deep packet inspection in the dataplane does what the interpreter does, which looks at everything anew with each packet.</summary>
public class InspectionProperties
{
    private const int Sequences = 40;
    private const int Packets = 60;
    private const int SequenceOffset = 14 + 20 + 4;
    private static readonly TcpFlags[] Flags =
    [
        TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Acknowledgement, TcpFlags.Acknowledgement, TcpFlags.Acknowledgement, TcpFlags.Acknowledgement,
        TcpFlags.Acknowledgement, TcpFlags.Acknowledgement, TcpFlags.Fin | TcpFlags.Acknowledgement, TcpFlags.Reset,
    ];

    private static readonly DpiConfiguration Inspection = new("ids")
    {
        InspectedBytes = 60,
        Rules =
        [
            new DpiRule("literal", [new DpiPattern("abcab", IsRegex: false)]) { Denies = true },
            new DpiRule("both", [new DpiPattern("ccc", IsRegex: false), new DpiPattern("b[ab]b", IsRegex: true)]) { Denies = true, Direction = DpiDirection.ToServer },
            new DpiRule("end", [new DpiPattern("bac$", IsRegex: true)]) { Denies = true, Direction = DpiDirection.ToClient },
        ],
    };

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Segments_and_datagrams_fare_as_the_interpreter_says(bool isStreaming, bool failsClosed)
    {
        var denied = 0;
        for (var seed = 1; seed <= Sequences; seed++)
        {
            var dice = new Dice(seed);
            using var comparison = new ChainComparison(
                OfflineChain.Compile(SampleSpecs.Inspected(Inspection with { IsStreaming = isStreaming, FailsClosed = failsClosed }), new OfflineOptions()));
            for (var packet = 1; packet <= Packets; packet++)
            {
                var fromClient = dice.Percent(60);
                var letters = Enumerable.Range(0, dice.Below(13)).Select(_ => dice.Of('a', 'b', 'c')).ToArray();
                var frame = Frame(dice.Below(Flags.Length + 1), (uint)dice.Between(-5, 20), letters, fromClient, dice.Of<ushort>(40000, 40002));
                var result = comparison.Process(fromClient ? 0 : 1, frame, packet * 1_000_000L);
                Assert.True(result.Difference is null, $"seed {seed}, packet {packet}: {result.Difference}");
                denied += result.Compiled.DropReason == "contentDenied" ? 1 : 0;
            }
        }

        Assert.InRange(denied, 10, Sequences * Packets / 2);
    }

    /// <summary>A datagram when the kind is beyond the flags; sequence numbers are from a small range, so that segments follow, overlap and repeat.</summary>
    private static byte[] Frame(int kind, uint sequence, char[] letters, bool fromClient, ushort clientPort)
    {
        var isTcp = kind < Flags.Length;
        var toServer = SampleSpecs.Client(clientPort) with
        {
            Protocol = isTcp ? IpProtocol.Tcp : IpProtocol.Udp,
            TcpFlags = isTcp ? Flags[kind] : TcpFlags.None,
            Payload = Encoding.ASCII.GetBytes(letters),
        };
        var frame = (fromClient ? toServer : toServer with
        {
            Source = toServer.Destination,
            Destination = toServer.Source,
            SourcePort = toServer.DestinationPort,
            DestinationPort = toServer.SourcePort,
        }).Build();
        if (isTcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(SequenceOffset), sequence);
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(SequenceOffset + 4), 3);
        }

        return frame;
    }
}
