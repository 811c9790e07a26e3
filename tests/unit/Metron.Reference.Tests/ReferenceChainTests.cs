using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;

namespace Metron.Reference.Tests;

public class ReferenceChainTests
{
    private static readonly IpAddress First = IpAddress.Parse("198.51.100.1");
    private static readonly IpAddress Second = IpAddress.Parse("198.51.100.2");
    private static readonly IpAddress Virtual = IpAddress.Parse("203.0.113.80");

    private static readonly NaptConfiguration Napt = new("nat") { Pool = [new AddressRange(First, Second)], OutsidePorts = new PortRange(2000, 2003) };

    private static readonly LoadBalancerConfiguration Balancer = new("lb")
    {
        Services = [new VirtualService("web", Virtual, IpProtocol.Udp, 80, [Backend(1, 1), Backend(2, 0)], false)],
    };

    [Fact]
    public void A_binding_that_was_chosen_translates_both_ways_until_it_is_idle_too_long()
    {
        var chain = Chain(Napt);
        var left = chain.Process(0, Client(1, 40000), 0, new Told(First, 2001));
        Assert.Equal((First, (ushort)2001), SourceOf(left));

        var answer = new FrameBuilder { Source = IpAddress.Parse("192.0.2.9"), Destination = First, SourcePort = 53, DestinationPort = 2001 }.Build();
        var back = chain.Process(1, answer, 299_000, new Told());
        Assert.Equal(0, back.Egress);
        Assert.Equal("noBinding", chain.Process(1, answer, 300_000, new Told()).DropReason);
    }

    [Theory]
    [InlineData("203.0.113.1", 2001, "is not in the pool")]
    [InlineData("198.51.100.1", 2004, "is outside of the ports to use")]
    [InlineData("198.51.100.1", 2000, "is in use by another binding")]
    [InlineData("198.51.100.2", 2001, "is not the host's outside address")]
    public void A_binding_that_the_spec_does_not_allow_is_named(string address, ushort port, string objection)
    {
        var chain = Chain(Napt);
        Assert.Null(chain.Process(0, Client(1, 40000), 0, new Told(First, 2000)).Violation);

        var result = chain.Process(0, Client(1, 40001), 0, new Told(IpAddress.Parse(address), port));

        Assert.Contains(objection, result.Violation, StringComparison.Ordinal);
        Assert.Null(result.Frame);
    }

    [Fact]
    public void Ports_count_as_used_up_only_when_none_is_free()
    {
        var chain = Chain(Napt);
        for (ushort port = 2000; port < 2004; port++)
        {
            Assert.Contains("although there are free ones", chain.Process(0, Client(1, 50000), 0, new Told()).Violation, StringComparison.Ordinal);
            Assert.Null(chain.Process(0, Client(1, port), 0, new Told(First, port)).Violation);
        }

        Assert.Equal("portsExhausted", chain.Process(0, Client(1, 50000), 0, new Told()).DropReason);
    }

    [Fact]
    public void A_backend_without_weight_must_not_be_chosen_and_the_only_other_one_must()
    {
        var request = new FrameBuilder { Destination = Virtual, DestinationPort = 80 }.Build();

        Assert.Contains("takes no new connections", Chain(Balancer).Process(0, request, 0, new Told(Backend(2, 0).Address, 8080)).Violation, StringComparison.Ordinal);
        Assert.Contains("is no backend of it", Chain(Balancer).Process(0, request, 0, new Told(Virtual, 80)).Violation, StringComparison.Ordinal);
        Assert.Contains("although one takes connections", Chain(Balancer).Process(0, request, 0, new Told()).Violation, StringComparison.Ordinal);
        Assert.Null(Chain(Balancer).Process(0, request, 0, new Told(Backend(1, 1).Address, 8080)).Violation);
    }

    [Fact]
    public void Own_choices_are_always_allowed()
    {
        var choices = new OwnChoices();
        var napt = Chain(Napt);
        for (byte host = 1; host <= 4; host++)
        {
            var result = napt.Process(0, Client(host, 40000), 0, choices);
            Assert.True(result.Violation is null && (result.Frame is not null || result.DropReason == "portsExhausted"), result.Violation);
        }

        Assert.NotNull(Chain(Balancer).Process(0, new FrameBuilder { Destination = Virtual, DestinationPort = 80 }.Build(), 0, choices).Frame);
    }

    [Fact]
    public void Prefix_translation_gives_the_example_of_RFC_6296_and_leaves_checksums_alone()
    {
        var chain = Chain(new NaptConfiguration("nat")
        {
            PrefixTranslation = new PrefixTranslation(IpPrefix.Parse("fd01:203:405::/48"), IpPrefix.Parse("2001:db8:1::/48")),
        });
        var frame = new FrameBuilder { Source = IpAddress.Parse("fd01:203:405:1::1234"), Destination = IpAddress.Parse("2001:db8:2::1") }.Build();

        var left = chain.Process(0, frame, 0, new Told()).Frame!;

        Assert.Equal(DropReason.None, FrameParser.Parse(left, left.Length, false, out var headers, out var layout));
        Assert.Equal(IpAddress.Parse("2001:db8:1:d550::1234"), headers.Source); // appendix B
        Assert.Equal(frame[layout.ChecksumOffset..], left[layout.ChecksumOffset..]);
    }

    [Fact]
    public void A_wrong_checksum_stays_wrong_by_as_much()
    {
        var right = Client(1, 40000);
        var wrong = right.ToArray();
        wrong[^6] ^= 0x10; // within the payload

        var leftRight = Chain(Napt).Process(0, right, 0, new Told(First, 2001)).Frame!;
        var leftWrong = Chain(Napt).Process(0, wrong, 0, new Told(First, 2001)).Frame!;

        Assert.Equal(leftRight[40..42], leftWrong[40..42]);
        Assert.NotEqual(leftRight, leftWrong);
    }

    [Fact]
    public void A_monitor_counts_pairs_by_direction()
    {
        var chain = Chain(new MonitorConfiguration("count"));
        var frame = Client(1, 40000);
        chain.Process(0, frame, 0, new Told());
        chain.Process(0, frame, 0, new Told());
        chain.Process(1, frame, 0, new Told());

        var talkers = chain.Talkers("count");

        var (source, destination) = (IpAddress.Parse("10.0.0.1"), IpAddress.Parse("192.0.2.9"));
        Assert.Equal((2UL, (ulong)frame.Length * 2), talkers[(source, destination, 0)]);
        Assert.Equal((1UL, (ulong)frame.Length), talkers[(source, destination, 1)]);
    }

    private static Backend Backend(byte number, int weight) => new(IpAddress.Parse($"192.0.2.{number}"), 8080, weight);

    private static byte[] Client(byte host, ushort port) =>
        new FrameBuilder { Source = IpAddress.Parse($"10.0.0.{host}"), SourcePort = port, Payload = [1, 2, 3, 4, 5, 6, 7, 8] }.Build();

    private static (IpAddress Address, ushort Port) SourceOf(ReferenceResult result)
    {
        Assert.True(result.Frame is not null, result.DropReason ?? result.Violation);
        FrameParser.Parse(result.Frame, result.Frame.Length, false, out var headers, out _);
        return (headers.Source, headers.SourcePort);
    }

    private static ReferenceChain Chain(NetworkFunctionConfiguration function) => new(new ChainSpec("chain")
    {
        Endpoints = [new ChainEndpoint("in", "br0", 1), new ChainEndpoint("out", "br0", 2)],
        Functions = [function],
        Links =
        [
            new ChainLink(new Attachment("in", null), new Attachment(function.Name, null)),
            new ChainLink(new Attachment(function.Name, null), new Attachment("out", null)),
        ],
    });

    /// <summary>One answer to every question, or a refusal.</summary>
    private sealed class Told : IChoices
    {
        private readonly IpAddress? _address;
        private readonly ushort _port;

        public Told()
        {
        }

        public Told(IpAddress address, ushort port) => (_address, _port) = (address, port);

        public OutsideChoice ChooseOutside(BindingRequest request) =>
            _address is { } address ? new OutsideChoice(ChoiceKind.Made, address, _port) : new OutsideChoice(ChoiceKind.Refused);

        public BackendChoice ChooseBackend(BackendRequest request) =>
            _address is { } address ? new BackendChoice(ChoiceKind.Made, address, _port) : new BackendChoice(ChoiceKind.Refused);
    }
}
