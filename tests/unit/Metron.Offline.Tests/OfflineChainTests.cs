using Metron.NetworkFunctions.Chains;
using Metron.Reference;

namespace Metron.Offline.Tests;

public class OfflineChainTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void A_packet_tells_where_it_left_by_which_worker_rules_and_class()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions { Workers = 2, TraceRules = true });

        var left = chain.Process(0, SampleSpecs.Client(40002).Build(), 0);

        Assert.Equal((1, 2u, 1), (left.Egress, left.Port, left.Worker));
        Assert.True(left.WasSlow);
        Assert.Equal(["fw", "rt", "nat"], left.Calls.Select(call => call.Function));
        Assert.Contains(left.Rules, rule => rule.Purpose == "ingress clients");
        Assert.Contains(left.Rules, rule => rule.Purpose == "egress internet");
        Assert.Equal(1, chain.Plan.Classes.Single(known => known.Id == left.ClassId).Egress);
        Assert.Equal(DropReason.None, FrameParser.Parse(left.Frame, left.Frame!.Length, false, out var headers, out _));
        Assert.Equal((World.Pool4[0], (byte)63), (headers.Source, headers.TimeToLive));
    }

    [Theory]
    [InlineData(PortUse.Failover, "2")]
    [InlineData(PortUse.Failover, "7", 2u)]
    [InlineData(PortUse.Spread, "2 7")]
    [InlineData(PortUse.Spread, "7", 2u)]
    public void Packets_leave_by_the_ports_of_an_endpoint_that_are_up(PortUse use, string expected, params uint[] down)
    {
        var spec = SampleSpecs.Web();
        spec = spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { BackupPorts = [7], PortUse = use }] };
        using var chain = OfflineChain.Compile(spec, new OfflineOptions { PortsDown = down });

        var left = Enumerable.Range(0, 40).Select(flow => chain.Process(0, SampleSpecs.Client((ushort)(40000 + (2 * flow))).Build(), 0)).ToList();

        Assert.All(left, result => Assert.Equal(1, result.Egress));
        Assert.Equal(expected, string.Join(' ', left.Select(result => result.Port).Distinct().Order()));
    }

    [Fact]
    public void A_dropped_packet_tells_where_why_and_by_whom()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions());

        var early = chain.Process(0, SampleSpecs.Client(40000, 8080).Build(), 0);
        var late = chain.Process(0, SampleSpecs.Client(40000, flags: TcpFlags.Acknowledgement).Build(), 0);

        Assert.Equal(("denied", "switch", -1), (early.DropReason, early.DropPlace, early.Worker));
        Assert.Equal(("noConnection", "worker 0", "fw"), (late.DropReason, late.DropPlace, late.Function));
    }

    [Fact]
    public void State_ends_when_its_idle_time_is_over_on_the_clock_of_the_packets()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions());
        var opening = chain.Process(0, SampleSpecs.Client(40000).Build(), 0);
        FrameParser.Parse(opening.Frame, opening.Frame!.Length, false, out var headers, out _);
        var answer = new FrameBuilder
        {
            Source = headers.Destination,
            Destination = headers.Source,
            Protocol = IpProtocol.Tcp,
            SourcePort = 80,
            DestinationPort = headers.SourcePort,
            TcpFlags = TcpFlags.Syn | TcpFlags.Acknowledgement,
        }.Build();

        Assert.Equal(0, chain.Process(1, answer, 100 * Second).Egress);
        Assert.Equal("noBinding", chain.Process(1, answer, 500 * Second).DropReason);
    }

    /// <summary>
    /// The entry of one direction outlives the RST of the other. It must not hide packets of a connection that begins at once again: the firewall
    /// would take it for one that was never answered, and forget it after the short idle time.
    /// </summary>
    [Fact]
    public void A_connection_that_opens_again_right_after_a_reset_is_followed_from_its_start()
    {
        using var comparison = new ChainComparison(OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions()));
        var sent = 0;
        Send(0, TcpFlags.Syn);
        Send(1, TcpFlags.Syn | TcpFlags.Acknowledgement);
        Send(0, TcpFlags.Acknowledgement);
        Send(0, TcpFlags.Acknowledgement);
        Send(1, TcpFlags.Acknowledgement);
        Send(0, TcpFlags.Reset);

        Send(0, TcpFlags.Syn);
        Send(1, TcpFlags.Acknowledgement);
        Send(0, TcpFlags.Acknowledgement);

        Send(1, TcpFlags.Acknowledgement, 1000 * Second);

        void Send(int endpoint, TcpFlags flags, long at = 0)
        {
            var client = SampleSpecs.Client(40000, flags: flags);
            var answer = client with { Source = client.Destination, Destination = World.Pool4[0], SourcePort = client.DestinationPort, DestinationPort = client.SourcePort };
            var packet = comparison.Process(endpoint, (endpoint == 0 ? client : answer).Build(), at + ++sent);
            Assert.True(packet.Difference is null && packet.Compiled.Frame is not null, $"packet {sent}: {packet.Difference ?? packet.Compiled.DropReason}");
        }
    }

    [Fact]
    public void Answers_keep_a_connection_alive_that_opened_after_the_first_of_them()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Balanced(), new OfflineOptions());
        var request = SampleSpecs.Client(40000, 53) with { Protocol = IpProtocol.Udp, Destination = World.Virtual4 };
        var answer = request with { Source = World.Servers4[0], SourcePort = 53, Destination = request.Source, DestinationPort = 40000 };

        Assert.Equal(0, chain.Process(1, answer.Build(), 0).Egress);
        Assert.Equal(1, chain.Process(0, request.Build(), 1).Egress);
        for (var at = 15; at <= 60; at += 15)
        {
            Assert.Equal(0, chain.Process(1, answer.Build(), at * Second).Egress);
        }

        Assert.Equal(1, Assert.Single(chain.Reports()).Report.Counters["connections"]);
    }

    [Fact]
    public void Reports_of_the_functions_are_there_for_every_worker()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions { Workers = 2 });
        chain.Process(0, SampleSpecs.Client(40002).Build(), 0);

        var reports = chain.Reports().Where(report => report.Function == "nat").ToDictionary(report => report.Worker, report => report.Report);

        Assert.Equal((0, 1), (reports[0].Counters["bindings"], reports[1].Counters["bindings"]));
    }

    [Fact]
    public void A_chain_with_problems_is_refused_with_all_of_them()
    {
        var spec = SampleSpecs.Web();
        var error = Assert.Throws<OfflineException>(() => OfflineChain.Compile(spec with { Links = [.. spec.Links.Skip(1)] }, new OfflineOptions()));
        Assert.Contains(error.Problems, problem => problem.Contains("clients is linked to nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_that_is_not_the_one_as_written_is_found_out()
    {
        var compiled = OfflineChain.Compile(SampleSpecs.Web(denies8080: true), new OfflineOptions());
        using var comparison = new ChainComparison(compiled, new ReferenceChain(SampleSpecs.Web(denies8080: false)));

        Assert.Null(comparison.Process(0, SampleSpecs.Client(40000).Build(), 0).Difference);
        var difference = comparison.Process(0, SampleSpecs.Client(40000, 8080).Build(), 0).Difference;
        Assert.Contains("compiled: dropped, denied (switch)", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_DPDK_is_loaded()
    {
        using var chain = OfflineChain.Compile(SampleSpecs.Web(), new OfflineOptions());
        chain.Process(0, SampleSpecs.Client(40000).Build(), 0);

        Assert.DoesNotContain("librte_", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }
}
