using System.Net;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>
/// Switches of every profile, each with every fault that concerns order and confirmation of rules: a chain on each ends in force, with exactly its rules, or its
/// status says what the switch said. And no switch is ever sent more than its profile allows.
/// </summary>
public class ProfileFaultTests
{
    private const int RulesPerBarrier = 2;
    private const int RulesInFlight = 4;

    private static readonly TimeSpan _answer = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_chain_ends_in_force_or_says_exactly_why_whatever_the_profile_and_the_fault()
    {
        await using var world = await World.StartAsync(
            [SwitchProfiles.OpenVSwitch, SwitchProfiles.Find("no-bundles")!, SwitchProfiles.Find("no-barriers")!, Profiles.SingleTable]);
        foreach (var device in world.Devices)
        {
            await world.EndsWellAsync(device);
        }
    }

    [Fact]
    public async Task An_empty_switch_gets_its_rules_at_full_speed_and_one_with_rules_beside_its_traffic()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        Assert.NotEmpty(atSwitch.Paces);
        Assert.All(atSwitch.Paces, pace => Assert.Equal(ChangePace.Full, pace));
        var before = atSwitch.Paces.Count;

        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });

        Assert.True(atSwitch.Paces.Count > before);
        Assert.All(atSwitch.Paces.Skip(before), pace => Assert.Equal(ChangePace.BesideTraffic, pace));
    }

    /// <summary>A switch with a profile and a fault.</summary>
    /// <param name="Name">Name of the switch, and of its chain.</param>
    /// <param name="Profile">What it can do.</param>
    /// <param name="Fault">What it does wrong.</param>
    /// <param name="Switch">The switch.</param>
    private sealed record Device(string Name, SwitchProfile Profile, string Fault, EmulatedSwitch Switch)
    {
        /// <summary>What its chain's status says when the chain cannot be in force.</summary>
        public string? Says => Fault == "full" ? "TABLE_FULL" : null;
    }

    private sealed class World : IAsyncDisposable
    {
        private static readonly string[] _faults = ["none", "forgets", "early", "reordered", "late", "full", "lost at a rule", "lost in a bundle"];

        private readonly ControllerUnderTest _controller;
        private readonly List<Device> _devices;

        private World(ControllerUnderTest controller, List<Device> devices) => (_controller, _devices) = (controller, devices);

        public IReadOnlyList<Device> Devices => _devices;

        public static async Task<World> StartAsync(IEnumerable<SwitchProfile> profiles)
        {
            var devices = (
                from known in profiles
                let profile = known with { RulesPerBarrier = RulesPerBarrier, RulesInFlight = RulesInFlight }
                from fault in _faults
                where profile.Bundles || fault != "lost in a bundle"
                select (profile, fault)).Select((pair, i) => Make(i + 1, pair.profile, pair.fault)).ToList();
            var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
            {
                OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
                Timings = configuration.Timings with { AnswerTimeout = _answer },
                Switches = [.. devices.Select((device, i) => new ConfiguredSwitch(device.Name, (ulong)i + 1, TagKind.Vlan) { Profile = device.Profile })],
            });
            var world = new World(controller, devices);
            foreach (var device in devices)
            {
                var chain = Specs.Firewall(device.Name);
                foreach (var endpoint in chain.Spec.Endpoints)
                {
                    endpoint.Switch = device.Name;
                }

                await controller.CreateAsync(chain);
                device.Switch.ConnectTo(controller.Services.GetRequiredService<SwitchSessions>().EndPoint!);
            }

            return world;
        }

        /// <summary>The chain is in force with the rules that an honest switch of the profile has, or says why not; and no limit was exceeded.</summary>
        public async Task EndsWellAsync(Device device)
        {
            if (device.Says is { } words)
            {
                var chain = await _controller.WhenAsync(device.Name, chain => chain.Status.Conditions.Any(
                    condition => condition.Message.Contains(words, StringComparison.Ordinal)));
                Assert.NotEqual(V1.ChainState.Ready, chain.Status.State);
            }
            else
            {
                await _controller.ReadyAsync(device.Name);
                var honest = Devices.Single(other => other.Profile == device.Profile && other.Fault == "none");
                await _controller.ReadyAsync(honest.Name);
                Assert.Equal(Contents(honest.Switch), Contents(device.Switch));
            }

            AssertLimits(device);
        }

        public async ValueTask DisposeAsync()
        {
            await _controller.DisposeAsync();
            foreach (var device in Devices)
            {
                await device.Switch.DisposeAsync();
            }
        }

        private static Device Make(int number, SwitchProfile profile, string fault) => new(
            $"sw{number}", profile, fault, new EmulatedSwitch(new EmulatedSwitchOptions
            {
                DatapathId = (ulong)number,
                Profile = profile,
                LocalAddress = new IPAddress([127, 0, 1, (byte)number]),
                Faults = Faulty(fault),
            }));

        private static Faults Faulty(string fault) => fault switch
        {
            "forgets" => new Faults { Forgets = Once(rule => rule.Priority > 0) },
            "early" => new Faults { Barriers = BarrierFault.Early, Lag = TimeSpan.FromMilliseconds(300) },
            "reordered" => new Faults { Barriers = BarrierFault.Reordered, Lag = TimeSpan.FromMilliseconds(300) },
            "late" => new Faults { Barriers = BarrierFault.Late, Lag = _answer * 1.5 },
            "full" => new Faults { TableFullAt = 3 },
            "lost at a rule" => new Faults { Fate = AtRule(3) },
            "lost in a bundle" => new Faults { Fate = MessageFates.AbortInBundle(after: 2) },
            _ => Faults.None,
        };

        private static Func<FlowMod, bool> Once(Func<FlowMod, bool> which)
        {
            var done = false;
            return rule => !done && (done = which(rule));
        }

        private static Func<ReceivedMessage, MessageFate> AtRule(int number)
        {
            var count = 0;
            return message => message.FlowMod is not null && ++count == number ? MessageFate.AbortAfter : MessageFate.Process;
        }

        private static List<string> Contents(EmulatedSwitch atSwitch) =>
            [.. atSwitch.Rules.Select(rule => (rule.Rule with { Cookie = 0 }).ToString()).Order(StringComparer.Ordinal)];

        /// <summary>
        /// Outside bundles, no more rules than allowed were sent without a question behind them, a barrier or a reading; and no more than allowed while a
        /// barrier was not answered.
        /// </summary>
        private static void AssertLimits(Device device)
        {
            if (device is { Fault: "late", Profile.Barriers: BarrierTruth.Truthful })
            {
                Assert.Equal(RulesInFlight, device.Switch.Received.Select(received => received.Frame?.Message)
                    .SkipWhile(message => message is not FlowMod).TakeWhile(message => message is not FlowStatsRequest).OfType<FlowMod>().Count());
            }

            var most = 0;
            var count = 0;
            foreach (var message in device.Switch.Received.Select(received => received.Frame?.Message))
            {
                count = message is FlowMod ? count + 1 : message is BarrierRequest or FlowStatsRequest ? 0 : count;
                most = Math.Max(most, count);
            }

            Assert.True(most <= RulesPerBarrier, $"{device}: {most} rules without a barrier");
        }
    }
}
