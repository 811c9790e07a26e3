using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.Dpi.InspectedTraffic;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Dpi;

/// <summary>TCP: each direction is one stream.</summary>
public class DpiStreamTests
{
    [Fact]
    public void A_content_across_segments_is_found_and_the_flow_is_denied_from_there_on_in_both_directions()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.Send("GET /for"));
        Assert.Equal(DropReason.None, connection.Send("bidd"));
        Assert.Equal(DropReason.ContentDenied, connection.Send("en HTTP/1.1"));
        Assert.Equal(DropReason.ContentDenied, connection.Send("nothing"));
        Assert.Equal(DropReason.ContentDenied, connection.Answer("nothing"));
        Assert.Equal(1, worker.Counter("flowsDenied"));
        Assert.Equal(1, worker.Counter("rule.deny"));
        Assert.Equal(3, worker.Counter("drop.contentDenied"));
        Assert.Equal(0, worker.Counter("streams"));
    }

    [Fact]
    public void Directions_and_connections_are_streams_of_their_own()
    {
        var worker = Worker(Deny("forbidden"));
        var one = new Connection(worker);
        var two = new Connection(worker, port: 5002);

        Assert.Equal(DropReason.None, one.Send("forb"));
        Assert.Equal(DropReason.None, one.Answer("idden"));
        Assert.Equal(DropReason.None, two.Send("idden"));
        Assert.Equal(DropReason.ContentDenied, one.Send("idden"));
        Assert.Equal(DropReason.None, two.Send("innocent"));
    }

    [Fact]
    public void A_segment_out_of_order_is_passed_and_judged_when_the_gap_is_filled()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.SendAt(6, "den"));
        Assert.Equal(DropReason.None, connection.SendAt(3, "bid"));
        Assert.Equal(DropReason.ContentDenied, connection.SendAt(0, "for"));
        Assert.Equal(2, worker.Counter("earlySegments"));
    }

    [Fact]
    public void The_first_data_out_of_order_is_known_to_be_since_the_handshake_said_where_it_begins()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.SendAt(4, "idden"));
        Assert.Equal(DropReason.ContentDenied, connection.SendAt(0, "forb"));
        Assert.Equal(0, worker.Counter("midstreamFlows"));
    }

    [Fact]
    public void Bytes_that_come_again_are_passed_and_not_scanned_again()
    {
        var worker = Worker(Alert("abc"));
        var connection = new Connection(worker);

        connection.Send("xxabc");
        Assert.Equal(DropReason.None, connection.SendAt(-3, "abc"));
        Assert.Equal(DropReason.None, connection.SendAt(-1, "cab"));
        Assert.Equal(4, worker.Counter("repeatedBytes"));
        Assert.Equal(7, worker.Counter("inspectedBytes"));
        Assert.Equal(1, worker.Counter("rule.alert"));
    }

    [Fact]
    public void A_rule_with_several_patterns_needs_them_all_in_one_direction()
    {
        var rule = new DpiRule("both", [Content("user="), Regex("pass(word)?=")]) { Denies = true };
        var worker = Worker(rule);
        var one = new Connection(worker);
        var two = new Connection(worker, port: 5002);

        Assert.Equal(DropReason.None, one.Send("password=1"));
        Assert.Equal(DropReason.None, one.Answer("user="));
        Assert.Equal(DropReason.None, two.Send("user="));
        Assert.Equal(DropReason.ContentDenied, one.Send("&user=a"));
        Assert.Equal(DropReason.None, two.Send("user="));
    }

    [Fact]
    public void A_direction_is_cleared_after_enough_bytes_and_then_cached()
    {
        var worker = Worker(With(Deny("forbidden")) with { InspectedBytes = 10 });
        var connection = new Connection(worker);

        connection.Send("123456789");
        Assert.False(worker.Verdict.Cacheable);
        connection.Send("0");
        Assert.Equal(Verdict.Forward(Outside, DpiDeclaration.Clear), worker.Verdict);
        var asked = worker.Asked;
        Assert.Equal(DropReason.None, connection.Send("forbidden"));
        Assert.Equal(asked, worker.Asked);
        Assert.Equal(1, worker.Counter("directionsCleared"));
        Assert.Equal(0, worker.Counter("streams"));
        connection.Answer("1");
        Assert.False(worker.Verdict.Cacheable);
    }

    [Fact]
    public void When_a_flow_is_denied_its_cleared_direction_is_stopped_too()
    {
        var worker = Worker(With(Deny("forbidden")) with { InspectedBytes = 10 });
        var connection = new Connection(worker);
        connection.Answer("0123456789");
        Assert.Equal(1, worker.FlowCount);

        Assert.Equal(DropReason.ContentDenied, connection.Send("forbidden"));
        worker.Wait(TimeSpan.FromMilliseconds(50));

        Assert.Equal(0, worker.FlowCount);
        Assert.Equal(DropReason.ContentDenied, connection.Answer("more"));
    }

    [Fact]
    public void A_flow_that_has_alerted_goes_on_with_another_outcome()
    {
        var worker = Worker(Alert("abc"));
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.Send("xxabc"));
        Assert.Equal(Verdict.ForwardOnce(Outside, DpiDeclaration.Alert), worker.Verdict);
        connection.Answer("x");
        Assert.Equal(Verdict.ForwardOnce(Inside, DpiDeclaration.Alert), worker.Verdict);
        worker.Wait(TimeSpan.FromSeconds(2));
        var match = Assert.Single(worker.Report().Matches);
        Assert.Equal(("alert", (ushort)5000, (ushort)80, false, 2000L), (match.Rule, match.SourcePort, match.DestinationPort, match.Denied, match.AgeMilliseconds));
        Assert.Equal((IpAddress.Parse(Client), IpAddress.Parse(Server), IpProtocol.Tcp), (match.Source, match.Destination, match.Protocol));
    }

    [Fact]
    public void What_the_end_completes_is_found_with_the_last_segment()
    {
        var worker = Worker(new DpiRule("end", [Regex("bye$")]) { Denies = true });
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.Send("bye "));
        Assert.Equal(DropReason.ContentDenied, connection.SendAt(0, "bye", FinAck));
    }

    [Fact]
    public void The_end_counts_when_everything_before_it_has_come()
    {
        var worker = Worker(new DpiRule("end", [Regex("bye$")]) { Denies = true });
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.SendAt(3, "bye", FinAck));
        Assert.Equal(DropReason.ContentDenied, connection.SendAt(0, "bye"));
    }

    [Fact]
    public void A_closed_connection_that_opens_again_is_inspected_anew()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);
        connection.Send("forb");
        connection.SendAt(0, "", FinAck);
        worker.Carry(connection.ToClient with { TcpFlags = FinAck }, Outside, "", connection.ServerSequence, connection.ClientSequence);

        var again = new Connection(worker);

        Assert.Equal(DropReason.None, again.Send("idden"));
        Assert.Equal(DropReason.ContentDenied, again.Send("forbidden"));
    }

    [Theory]
    [InlineData(0, DropReason.None)]
    [InlineData(5, DropReason.ContentDenied)]
    public void A_reset_ends_a_connection_only_with_the_expected_number(int distance, DropReason afterwards)
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);
        connection.Send("forb");

        Assert.Equal(DropReason.None, connection.SendAt(distance, "", Rst));
        Assert.Equal(DropReason.None, connection.SendAt(-1, "", Syn));

        Assert.Equal(afterwards, connection.Send("idden"));
    }

    [Fact]
    public void A_denied_connection_stays_denied_when_it_is_opened_again()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);
        connection.Send("forbidden");

        Assert.Equal(DropReason.ContentDenied, connection.SendAt(0, "", Syn));
        worker.Wait(TimeSpan.FromSeconds(250));
        Assert.Equal(DropReason.None, new Connection(worker).Send("allowed"));
        Assert.Equal(1, worker.Counter("flowsExpired"));
    }

    [Theory]
    [InlineData(false, DropReason.None)]
    [InlineData(true, DropReason.Uninspected)]
    public void Without_memory_for_a_stream_the_policy_decides(bool failsClosed, DropReason expected)
    {
        // One stream is always there.
        var worker = Worker(With(Deny("forbidden")) with { StreamMebibytes = 0, FailsClosed = failsClosed });
        var one = new Connection(worker);
        var two = new Connection(worker, port: 5002);
        Assert.Equal(DropReason.None, one.Send("forb"));

        Assert.Equal(expected, two.SendAt(0, "forbidden"));

        Assert.Equal(1, worker.Counter("uninspected.streamsFull"));
        Assert.Equal(DropReason.ContentDenied, one.Send("idden"));
        two.ClientSequence += failsClosed ? 0u : 9u;
        Assert.Equal(DropReason.ContentDenied, two.Send("forbidden"));
    }

    [Theory]
    [InlineData(false, DropReason.None)]
    [InlineData(true, DropReason.Uninspected)]
    public void Too_much_out_of_order_is_left_to_the_policy(bool failsClosed, DropReason expected)
    {
        var worker = Worker(With(Deny("forbidden")) with { FailsClosed = failsClosed });
        var connection = new Connection(worker);
        for (var at = 0; at < 256; at++)
        {
            Assert.Equal(DropReason.None, connection.SendAt(10 + (at * 1024), new string('x', 1024)));
        }

        Assert.Equal(expected, connection.SendAt(10 + (256 * 1024), "x"));
        Assert.Equal(1, worker.Counter("uninspected.reorderFull"));
        Assert.Equal(failsClosed ? DropReason.ContentDenied : DropReason.None, connection.SendAt(0, "aforbidden"));
    }

    [Fact]
    public void Handshakes_without_data_make_room_for_new_flows_when_the_table_is_full()
    {
        var worker = Worker(With(Deny("forbidden")), new WorkerResources { MaximumConnections = 2 });
        var one = new Connection(worker, port: 5000);
        one.Send("forb");
        _ = new Connection(worker, port: 5002);
        var three = new Connection(worker, port: 5004);

        Assert.Equal(1, worker.Counter("flowsEvicted"));
        Assert.Equal(DropReason.ContentDenied, one.Send("idden"));
        Assert.Equal(DropReason.ContentDenied, three.Send("forbidden"));
    }

    [Fact]
    public void A_flow_that_was_there_before_is_inspected_from_its_next_segment_on()
    {
        var worker = Worker(Deny("forbidden"));
        Assert.Equal(DropReason.None, worker.Carry(Tcp(Client, 1, Server, 80, Ack), Inside, "forb", 5));
        Assert.Equal(DropReason.ContentDenied, worker.Carry(Tcp(Client, 1, Server, 80, Ack), Inside, "idden", 9));
        Assert.Equal(1, worker.Counter("midstreamFlows"));
    }

    [Fact]
    public void Streams_live_through_a_revision_with_the_same_rules_and_begin_anew_with_others()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);
        connection.Send("for");
        worker.Update(new DpiFunction(With(Deny("forbidden")) with { InspectedBytes = 100 }, new WorkerResources()));
        connection.Send("bid");
        Assert.Equal(1, worker.Counter("flows"));
        worker.Update(new DpiFunction(With(Deny("forbidden"), Alert("x")), new WorkerResources()));
        Assert.Equal(0, worker.Counter("flows"));
        Assert.Equal(DropReason.None, connection.Send("den"));
        Assert.Equal(DropReason.ContentDenied, connection.Send("forbidden"));
    }

    [Fact]
    public void Block_mode_looks_at_each_segment_by_itself()
    {
        var worker = Worker(With(Deny("forbidden")) with { IsStreaming = false });
        var connection = new Connection(worker);

        Assert.Equal(DropReason.None, connection.Send("forb"));
        Assert.Equal(DropReason.None, connection.Send("idden"));
        Assert.Equal(DropReason.ContentDenied, connection.Send("a forbidden one"));
    }

    [Fact]
    public void Idle_flows_are_forgotten_with_their_streams()
    {
        var worker = Worker(Deny("forbidden"));
        var connection = new Connection(worker);
        connection.Send("for");
        connection.SendAt(10, "early");
        Assert.Equal(1, worker.Counter("streams"));

        worker.Wait(TimeSpan.FromSeconds(7450));

        Assert.Equal(0, worker.Counter("flows"));
        Assert.Equal(0, worker.Counter("streams"));
    }
}
