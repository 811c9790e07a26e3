using System.Net;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>
/// Each way in which HELLO is known to go wrong (docs/switch-faults.md), by an emulated switch of its own at one controller: what its log and metronctl say,
/// whether the switch is connected in the end, and that the honest switch beside them all keeps its session.
/// </summary>
public sealed class GreetingFaultTableTests(GreetingFaultTableTests.World world) : IClassFixture<GreetingFaultTableTests.World>
{
    private const string NotPerSpecification = "HELLO body not per specification";

    /// <summary>Faults with which a switch is greeted all the same: what is said stands among its remarks.</summary>
    private static readonly Dictionary<string, Greeted> Lived = new(StringComparer.Ordinal)
    {
        ["element type 0"] = new("05000010000000010000000800000030", $"{NotPerSpecification} (offset 8, type 0, length 8); continuing with header version 1.4"),
        ["raw bitmap"] = new("0400000c0000000100000010", $"{NotPerSpecification} (offset 8, type 0, length 16); continuing with header version 1.3"),
        ["element length 0"] = new("04000010000000010001000000000010", $"{NotPerSpecification} (offset 8, type 1, length 0); continuing with header version 1.3"),
        ["element length 3"] = new("04000010000000010001000300000010", $"{NotPerSpecification} (offset 8, type 1, length 3); continuing with header version 1.3"),
        ["element past the end"] = new("05000010000000010001000c00000030", $"{NotPerSpecification} (offset 8, type 1, length 12); continuing with header version 1.4"),
        ["trailing bytes"] = new("04000011000000010001000800000010aa", $"{NotPerSpecification} (offset 16, type missing, length missing); continuing with header version 1.3"),
        ["garbage behind the header"] = new("0500001400000001deadbeefcafebabe12345678", $"{NotPerSpecification} (offset 8, type 57005, length 48879); continuing with header version 1.4"),
        ["empty bitmap"] = new("0400000c0000000100010004", "empty version bitmap"),
        ["bitmap all zero"] = new("05000010000000010001000800000000", "empty version bitmap"),
        ["bitmap below the header"] = new("05000010000000010001000800000010", "header 1.4 but bitmap 1.3: using 1.3"),
        ["second HELLO"] = new(new Faults { SecondHello = OpenFlowVersion.OpenFlow13 }, "second HELLO ignored"),
        ["rejects elements"] = new(new Faults { RejectsHelloElements = true }, "rejected HELLO elements (1.3.0-only firmware?); retrying bare"),
        ["features in another version"] = new(
            new Faults { FeaturesVersion = OpenFlowVersion.OpenFlow13 }, "announced 1.4, speaks 1.3", OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14),
        ["requires elements"] = new(new Faults { RequiresHelloElements = true }, null),
        ["one byte at a time"] = new(new Faults { OneByteAtATime = true }, null),
        ["together with the next message"] = new("04000010000000010001000800000010" + "0402000a000000096869", null),
    };

    /// <summary>Faults that end the greeting: what is said stands with the address.</summary>
    private static readonly Dictionary<string, (string Hello, string Text)> Refused = new(StringComparer.Ordinal)
    {
        ["bitmap byte-swapped"] = ("04000010000000010001000810000000", "no common version: switch {0x1c}, ours {1.3, 1.4, 1.5}; the bitmap 0x10000000 looks byte-swapped, {1.3} would fit"),
        ["bitmap without ours"] = ("06000010000000010001000800000006", "no common version: switch {1.0, 1.1}, ours {1.3, 1.4, 1.5}"),
        ["longer than it says"] = ("05000008000000010001000800000030", "stream desync after HELLO"),
        ["length 0"] = ("0400000000000001", "header length 0 < 8"),
        ["length 7"] = ("0400000700000001", "header length 7 < 8"),
        ["half a HELLO, then silence"] = ("04000010000000010001", "HELLO timeout, got 10 of 16 bytes"),
        ["silence"] = (string.Empty, "HELLO timeout, got 0 of 8 bytes"),
        ["version 0"] = ("0000000800000001", "version outside 1.0–1.5"),
        ["version 7"] = ("0700000800000001", "version outside 1.0–1.5"),
        ["version 255"] = ("ff00000800000001", "version outside 1.0–1.5"),
        ["FEATURES first"] = ("0406002000000001000000000000000100000000000000000000000000000000", "expected HELLO, got FEATURES_REPLY"),
        ["ECHO first"] = ("0402000800000001", "expected HELLO, got ECHO_REQUEST"),
        ["ERROR first"] = ("0401000f00000001000000006e6f21", "expected HELLO, got ERROR (OFPHFC_INCOMPATIBLE \"no!\")"),
        ["TLS"] = ("1603010200010001fc0303", "TLS on plaintext port"),
        ["HTTP"] = ("474554202f20485454502f312e310d0a0d0a", "not OpenFlow"),
    };

    public static TheoryData<string> LivedWith => [.. Lived.Keys];

    public static TheoryData<string> TurnedAway => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(LivedWith))]
    public async Task A_fault_that_can_be_lived_with_is_among_the_remarks_of_the_switch(string fault)
    {
        var name = world.NameOf(fault);
        var shown = await world.Controller.MetronctlSaysAsync("Connected:        yes", "describe", "switch", name);
        if (Lived[fault].Text is { } text)
        {
            shown = await world.Controller.MetronctlSaysAsync(text, "describe", "switch", name);
            Assert.Contains(text, shown[shown.IndexOf("Remarks:", StringComparison.Ordinal)..], StringComparison.Ordinal);
            Assert.Contains(world.Controller.Logged(3202), line => line.StartsWith($"Switch {name}: ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains("Remarks: none", shown, StringComparison.Ordinal);
        }

        await world.HonestKeepsItsSessionAsync();
    }

    [Theory]
    [MemberData(nameof(TurnedAway))]
    public async Task A_greeting_that_nothing_can_be_made_of_is_shown_with_its_address(string fault)
    {
        var text = Refused[fault].Text;
        var address = world.AddressOf(fault).ToString();
        var list = await world.Controller.MetronctlSaysAsync($"  {address} ", "get", "switches");
        Assert.EndsWith($"   {text}", LineOf(list, address), StringComparison.Ordinal);

        var report = await world.Controller.MetronctlAsync("describe", "switch", World.Absent);
        Assert.EndsWith($"   {text}", LineOf(report, address), StringComparison.Ordinal);
        Assert.Contains(world.Controller.Logged(3205), line => line.StartsWith($"Peer {address}:", StringComparison.Ordinal) && line.EndsWith($"({text})", StringComparison.Ordinal));
        await world.HonestKeepsItsSessionAsync();
    }

    private static string LineOf(string text, string address) =>
        Assert.Single(text.Split('\n'), line => line.StartsWith($"  {address} ", StringComparison.Ordinal));

    private sealed record Greeted(Faults Faults, string? Text, params OpenFlowVersion[] Versions)
    {
        public Greeted(string hello, string? text)
            : this(new Faults { HelloBytes = [.. Convert.FromHexString(hello)] }, text, Leads(hello, text))
        {
        }

        // The switch itself goes by the HELLO that it got; both sides have to come to the same version.
        private static OpenFlowVersion Leads(string hello, string? text) =>
            hello[1] == '4' || text?.EndsWith("using 1.3", StringComparison.Ordinal) == true ? OpenFlowVersion.OpenFlow13 : OpenFlowVersion.OpenFlow14;
    }

    /// <summary>One controller with an honest switch, and beside it one switch for each fault, each at an address of its own. All start at once.</summary>
    public sealed class World : IAsyncLifetime
    {
        /// <summary>A switch that never comes.</summary>
        public const string Absent = "br1";

        private const string Honest = "br0";
        private readonly List<string> _faults = [.. Lived.Keys, .. Refused.Keys];
        private readonly List<EmulatedSwitch> _switches = [];
        private DateTimeOffset _honestSince;

        internal ControllerUnderTest Controller { get; private set; } = null!;

        public string NameOf(string fault) => $"fault{_faults.IndexOf(fault)}";

        public IPAddress AddressOf(string fault) => new([127, 0, 3, (byte)(1 + _faults.IndexOf(fault))]);

        public async Task InitializeAsync()
        {
            Controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
            {
                OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
                OpenFlowSessions = new SwitchSessionSettings { Handshake = TimeSpan.FromSeconds(3) },
                Switches =
                [
                    new ConfiguredSwitch(Honest, 1, TagKind.Vlan),
                    new ConfiguredSwitch(Absent, 2, TagKind.Vlan),
                    .. Lived.Keys.Select(fault => new ConfiguredSwitch(NameOf(fault), DatapathOf(fault), TagKind.Vlan)),
                ],
            });
            Start(new EmulatedSwitchOptions { DatapathId = 1, LocalAddress = IPAddress.Parse("127.0.3.200") });
            await Eventually.HoldsAsync("the honest switch", () => Controller.Switches.Switches[Honest].Connected);
            _honestSince = Controller.Switches.Switches[Honest].TransitionTime;
            foreach (var fault in _faults)
            {
                var greeted = Lived.GetValueOrDefault(fault);
                Start(new EmulatedSwitchOptions
                {
                    DatapathId = DatapathOf(fault),
                    LocalAddress = AddressOf(fault),
                    Faults = greeted?.Faults ?? new Faults { HelloBytes = [.. Convert.FromHexString(Refused[fault].Hello)] },
                    Versions = greeted switch
                    {
                        { Versions: { Length: > 0 } versions } => VersionSet.Of(versions),
                        { Faults: { RejectsHelloElements: true } or { SecondHello: not null } } => VersionSet.Of(OpenFlowVersion.OpenFlow13),
                        _ => null,
                    },
                    ReconnectDelay = TimeSpan.FromSeconds(1),
                });
            }
        }

        /// <summary>The session of the honest switch is the one that it began with, and the switch answers.</summary>
        public async Task HonestKeepsItsSessionAsync()
        {
            var state = Controller.Switches.Switches[Honest];
            Assert.Equal((true, _honestSince, null), (state.Connected, state.TransitionTime, state.LastLoss));
            var read = await Controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = Honest, IncludeRules = true })
                .ResponseAsync.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(Honest, read.Name);
        }

        public async Task DisposeAsync()
        {
            await Controller.DisposeAsync();
            foreach (var emulated in _switches)
            {
                await emulated.DisposeAsync();
            }
        }

        private ulong DatapathOf(string fault) => 100 + (ulong)_faults.IndexOf(fault);

        private void Start(EmulatedSwitchOptions options)
        {
            var emulated = new EmulatedSwitch(options);
            _switches.Add(emulated);
            emulated.ConnectTo(Controller.Services.GetRequiredService<SwitchSessions>().EndPoint!);
        }
    }
}
