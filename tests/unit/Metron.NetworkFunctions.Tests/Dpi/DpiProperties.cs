using System.Text;
using CsCheck;
using Metron.NetworkFunctions.Dpi;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Dpi.InspectedTraffic;

namespace Metron.NetworkFunctions.Tests.Dpi;

public class DpiProperties
{
    private static readonly DpiRule[] Rules =
    [
        Alert("abc", "literal"), new("regex", [Regex("b[ac]{2,3}b")]), new("begin", [Regex("^ab")]),
        new("both", [Content("bb"), Content("aaa")]), new("bounded", [Content("ca") with { Offset = 3, Depth = 9 }]),
    ];

    // Compiled once.
    private static readonly DpiConfiguration Found = With(Rules);
    private static readonly DpiConfiguration Denied = With(Deny("abc"));
    private static readonly DpiConfiguration Tight = With(Deny("abcd"), Alert("bb")) with { InspectedBytes = 20_000, StreamMebibytes = 0 };

    /// <summary>One cut of the data into segments, in some order, some of them twice or overlapping.</summary>
    private static readonly Gen<(string Data, (int Start, int Length)[] Segments)> Transfers =
        from letters in Gen.Char["abc"].Array[1, 40]
        from cuts in Gen.Int[0, 39].Array[0, 8]
        from overlaps in Gen.Int[0, 3].Array[10]
        from order in Gen.Int[0, 1000].Array[10]
        let edges = cuts.Where(cut => cut > 0 && cut < letters.Length).Append(0).Append(letters.Length).Distinct().Order().ToArray()
        let segments = edges.Zip(edges.Skip(1), (start, end) => (start, end))
            .Select((edge, i) => (Start: Math.Max(0, edge.start - overlaps[i]), End: edge.end))
            .Select((edge, i) => (Segment: (edge.Start, edge.End - edge.Start), Order: order[i]))
            .OrderBy(pair => pair.Order).Select(pair => pair.Segment).ToArray()
        select (new string(letters), segments);

    [Fact]
    public void However_a_stream_is_cut_and_shuffled_the_same_is_found_as_in_the_whole() => Transfers.Sample(
        transfer =>
        {
            var whole = Worker(Found);
            var pieces = Worker(Found);
            new Connection(whole).Send(transfer.Data);
            var connection = new Connection(pieces);
            foreach (var (start, length) in transfer.Segments)
            {
                Assert.Equal(DropReason.None, connection.SendAt(start, transfer.Data.Substring(start, length)));
            }

            Assert.Equal(Hits(whole), Hits(pieces));
            Assert.Equal(transfer.Data.Length, pieces.Counter("inspectedBytes"));
        },
        threads: 1,
        iter: 1000);

    [Fact]
    public void A_denied_content_never_arrives_whole_however_it_is_cut_and_shuffled() => Transfers.Sample(
        transfer =>
        {
            var worker = Worker(Denied);
            var connection = new Connection(worker);
            var arrived = new char[transfer.Data.Length];
            foreach (var (start, length) in transfer.Segments)
            {
                var text = transfer.Data.Substring(start, length);
                if (connection.SendAt(start, text) == DropReason.None)
                {
                    text.CopyTo(0, arrived, start, length);
                }
            }

            // Out of order it may lie at the receiver, but never with all that precedes it.
            var inOrder = new string(arrived).Split('\0')[0];
            Assert.DoesNotContain("abc", inOrder, StringComparison.Ordinal);
        },
        threads: 1,
        iter: 1000);

    [Fact]
    public void Any_segments_whatever_their_numbers_and_flags_leave_the_function_whole() => Gen.Select(
        Gen.UInt[0, 60].Select(distance => distance * 7001), Gen.Byte, Gen.Int[0, 3000], Gen.Bool, Gen.Int[0, 3]).Array[1, 60].Sample(
        segments =>
        {
            var worker = Worker(Tight);
            foreach (var (sequence, flags, length, inside, port) in segments)
            {
                var packet = TestPackets.Tcp(Client, port, Server, 80, (TcpFlags)flags);
                var payload = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("abc", (length / 3) + 1)))[..length];
                worker.Carry(inside ? packet : packet.Reply() with { TcpFlags = (TcpFlags)flags }, inside ? 0 : 1, payload, sequence, sequence + 5);
            }

            worker.Wait(TimeSpan.FromHours(3));
            Assert.Equal((0, 0), (worker.Counter("flows"), worker.Counter("streams")));
            Assert.Equal(0, worker.FlowCount);
        },
        threads: 1,
        iter: 300);

    private static string Hits(TestWorker worker) =>
        string.Join(' ', worker.Report().Counters.Where(counter => counter.Key.StartsWith("rule.", StringComparison.Ordinal)));
}
