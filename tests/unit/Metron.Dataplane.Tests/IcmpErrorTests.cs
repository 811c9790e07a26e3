using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tests;

/// <summary>ICMP errors about flows of this worker and of others, in both directions.</summary>
public sealed class IcmpErrorTests
{
    private const uint FarTag0 = 151;
    private const uint FarTag1 = 152;

    /// <summary>Bit 1 says worker 1.</summary>
    private const ushort PortOfWorker1 = 40002;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_error_about_an_outgoing_packet_reaches_the_client_as_if_about_its_own(bool isV6)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var client = SampleChain.Client(isV6, IpProtocol.Udp, 5, 40000);
        var sent = Strip(rig.MustPass(Tag(client, Chains.ClientTag)));
        var error = Error(sent, isV6 ? "2001:db8:2::1" : "192.0.2.1");
        for (var i = 0; i < 2; i++)
        {
            var received = rig.MustPass(Tag(error, Chains.FarTag));
            var headers = Frames.Read(received);
            Assert.Equal((client.Source, error.Source), (headers.Destination, headers.Source));
            AssertAbout(client, received, headers);
        }

        Assert.Equal(3ul, rig.Worker.SlowPathPackets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_error_from_the_client_about_a_reply_reaches_the_server_as_if_about_its_own(bool isV6)
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var client = SampleChain.Client(isV6, IpProtocol.Udp, 5, 40000);
        var atServer = Frames.Read(rig.MustPass(Tag(client, Chains.ClientTag)));
        var reply = SampleChain.Reply(atServer);
        var atClient = Strip(rig.MustPass(Tag(reply, Chains.FarTag)));
        var error = Error(atClient, client.Source.ToString());
        var received = rig.MustPass(Tag(error, Chains.ClientTag));
        var headers = Frames.Read(received);
        Assert.Equal((atServer.Source, atServer.Destination), (headers.Source, headers.Destination));
        AssertAbout(reply with { TimeToLive = 63 }, received, headers);
    }

    [Fact]
    public void An_error_about_no_flow_is_dropped()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var about = SampleChain.Client(false, IpProtocol.Udp, 5, 40000) with { Source = SampleChain.Outside };
        Assert.Null(rig.Pass(Tag(Error(about.Build(), "192.0.2.1"), Chains.FarTag)));
        Assert.Equal(1, rig.Wire.Freed);
        Assert.Single(rig.Worker.Drops);
    }

    [Fact]
    public void An_error_about_another_workers_flow_goes_back_to_the_switch_with_its_tag_and_is_handled_there()
    {
        using var rig = new WorkerRig(workers: 2).Deploy(Chains.Line(SampleChain.Functions).Spread(2));
        var client = SampleChain.Client(false, IpProtocol.Udp, 5, PortOfWorker1);
        var sent = Strip(rig.MustPass(Tag(client, 102), worker: 1));
        var error = Tag(Error(sent, "192.0.2.1"), FarTag0);

        var retagged = rig.Pass(error)!;
        Assert.Equal(Frames.WithVlan(error, FarTag1), retagged);
        Assert.Equal((1ul, 0ul), (rig.Worker.RetaggedPackets, rig.Worker.SlowPathPackets));

        var received = rig.MustPass(retagged, worker: 1);
        Assert.Equal(client.Source, Frames.Read(received).Destination);
        Assert.Equal(0ul, rig.Statistics.Workers[1].RetaggedPackets);
    }

    [Fact]
    public void An_error_from_the_client_side_is_steered_by_the_embedded_destination_port()
    {
        using var rig = new WorkerRig(workers: 2).Deploy(Chains.Line(SampleChain.Functions).Spread(2));
        var about = new FrameBuilder { Destination = IpAddress.Parse("10.0.0.5"), Source = IpAddress.Parse("192.0.2.9"), SourcePort = 80, DestinationPort = PortOfWorker1 };
        var retagged = rig.Pass(Tag(Error(about.Build(), "10.0.0.5"), 101));
        Assert.Equal(102, Frames.Vlan(retagged));
    }

    [Fact]
    public void With_MAC_tags_a_retagged_error_carries_the_ingress_tag_in_its_destination()
    {
        var program = Chains.Line(SampleChain.Functions).Spread(2) with { TagKind = TagKind.Mac };
        using var rig = new WorkerRig(workers: 2).Deploy(program);
        var about = SampleChain.Client(false, IpProtocol.Udp, 5, PortOfWorker1) with { Source = SampleChain.Outside };
        var error = Error(about.Build(), "192.0.2.1") with { EthernetDestination = DispatchTag.ToMac(FarTag0) };
        Assert.Equal((error with { EthernetDestination = DispatchTag.ToMac(FarTag1) }).Build(), rig.Pass(error.Build()));
    }

    [Fact]
    public void An_error_about_a_ping_stays_with_the_worker_that_has_all_of_them()
    {
        using var rig = new WorkerRig(workers: 2).Deploy(Chains.Line(SampleChain.Functions).Spread(2));
        var client = SampleChain.Client(false, IpProtocol.Icmp, 5, PortOfWorker1);
        var sent = Strip(rig.MustPass(Tag(client, 101)));
        var received = rig.MustPass(Tag(Error(sent, "192.0.2.1"), FarTag0));
        Assert.Equal(client.Source, Frames.Read(received).Destination);
        Assert.Equal(0ul, rig.Worker.RetaggedPackets);
    }

    [Fact]
    public void An_error_whose_packet_is_malformed_is_named_so()
    {
        using var rig = new WorkerRig().Deploy(Chains.Line(SampleChain.Functions));
        var error = Error(SampleChain.Client(false, IpProtocol.Udp, 5, 1).Build(), "192.0.2.1") with { Payload = new byte[10] };
        Assert.Null(rig.Pass(Tag(error, Chains.FarTag)));
        Assert.Equal(1ul, rig.Worker.Drops[DropReason.IcmpErrorMalformed]);
    }

    private static byte[] Tag(FrameBuilder frame, uint tag) => (frame with { Vlan = (ushort)tag }).Build();

    /// <summary>The frame as the switch gives it to the endpoint.</summary>
    private static byte[] Strip(byte[] frame) => [.. frame[..12], .. frame[16..]];

    /// <summary>An error by a host about a frame, to its source.</summary>
    private static FrameBuilder Error(byte[] about, string from)
    {
        var headers = Frames.Read(about);
        return new FrameBuilder
        {
            Source = IpAddress.Parse(from),
            Destination = headers.Source,
            Protocol = headers.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp,
            IcmpType = (byte)(headers.IsV6 ? 1 : 3),
            IcmpCode = 1,
            SourcePort = 0,
            Payload = about[14..],
        };
    }

    /// <summary>The packet in the error is the one that its receiver sent, byte for byte, but for its TTL on the way.</summary>
    private static void AssertAbout(FrameBuilder sent, byte[] frame, in PacketHeaders headers)
    {
        FrameParser.Parse(frame, frame.Length, true, out _, out var layout);
        Assert.Equal(DropReason.None, FrameParser.ParseEmbedded(frame, headers, ref layout, out var embedded));
        Assert.Equal((sent with { TimeToLive = embedded.TimeToLive }).BuildPacket(), frame[layout.EmbeddedNetworkOffset..]);
    }
}
