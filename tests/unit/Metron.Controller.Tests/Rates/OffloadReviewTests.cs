using System.Globalization;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Rates;

/// <summary>A switch with room for some rules of a firewall only: the busiest come to be on it, whichever those are.</summary>
public class OffloadReviewTests
{
    private const int RuleCount = 60;

    [Fact]
    public async Task The_busiest_rules_come_to_the_switch_and_change_with_the_traffic()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Switches = [configuration.Switches[0] with { Profile = Room(40) }],
            Timings = configuration.Timings with { ReconcileInterval = TimeSpan.FromMilliseconds(200), OffloadReview = TimeSpan.FromSeconds(1) },
        });
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller, workers: 1);
        await controller.CreateAsync(Denials());
        await controller.ReadyAsync("filter");
        using var traffic = new Traffic(controller, atSwitch, agent);

        foreach (var busy in new[] { 57, 43 })
        {
            traffic.Busy = busy;
            await Eventually.HoldsAsync($"rule {busy} on the switch", () => Task.FromResult(Denied(atSwitch).Contains(busy)));
            var shown = await controller.WhenAsync("filter", chain => chain.Status.State == V1.ChainState.Ready
                && chain.Status.PartialOffloads is [{ Measured: true } part, ..] && part.DroppedPerSecond > 0.9 * part.DroppablePerSecond);
            var partial = shown.Status.PartialOffloads.First(part => part.Endpoint == "a");
            Assert.Equal(("fw", RuleCount + 1u, (uint)RuleCount), (partial.Function, partial.Rules, partial.RulesThatDrop));
            Assert.InRange(partial.RulesOnSwitch, 1u, 39u);
            Assert.NotEmpty(partial.Reason);
        }

        await traffic.EndAsync();
        Assert.NotEmpty(controller.Logged(3318));
        var metrics = await controller.Http.GetStringAsync("/metrics");
        Assert.Contains("metron_offload_packets_per_second{switch=\"br0\",where=\"switch\"}", metrics, StringComparison.Ordinal);
    }

    /// <summary>The rules that the switch has, by their numbers: rule N denies 10.0.N.0/24.</summary>
    private static HashSet<int> Denied(FakeSwitch atSwitch) =>
        [.. atSwitch.Rules.Select(rule => rule.Match[Oxm.Ipv4Source] is { } source ? (int)source.ValueBytes[2] : -1).Where(number => number >= 0)];

    private static SwitchProfile Room(int rules)
    {
        var single = SwitchProfiles.Find("single-table")!;
        var table = single.Tables[0];
        return single with { Tables = [table with { Capacity = rules, Match = table.Match!.Value.Add(new FieldProfile(Oxm.IpFragment, MaskSupport.Any)) }] };
    }

    private static V1.ServiceChain Denials()
    {
        var chain = Specs.Firewall("filter");
        var firewall = chain.Spec.Functions[0].Firewall;
        firewall.Fragments = V1.FragmentPolicy.Pass;
        firewall.Rules.Clear();
        firewall.Rules.Add(Enumerable.Range(0, RuleCount).Select(number => new V1.FirewallRule
        {
            Name = Name(number),
            From = V1.Side.Inside,
            Action = V1.FirewallAction.Deny,
            Match = new V1.PacketMatch { Source = $"10.0.{number}.0/24" },
        }));
        return chain;
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"deny-{number}");

    /// <summary>Packets for the rules: many for one, few for all others. Those that the switch has count there, the others on the server.</summary>
    private sealed class Traffic : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Traffic(ControllerUnderTest controller, FakeSwitch atSwitch, FakeAgent agent) => _running = RunAsync(controller, atSwitch, agent);

        public int Busy { get; set; }

        public Task EndAsync()
        {
            _stop.Cancel();
            return _running;
        }

        public void Dispose() => _stop.Dispose();

        private async Task RunAsync(ControllerUnderTest controller, FakeSwitch atSwitch, FakeAgent agent)
        {
            var (onServer, onSwitch) = (new ulong[RuleCount], new ulong[RuleCount]);
            while (!_stop.IsCancellationRequested)
            {
                var present = Denied(atSwitch);
                for (var number = 0; number < RuleCount; number++)
                {
                    (present.Contains(number) ? onSwitch : onServer)[number] += number == Busy ? 1000u : 1u;
                }

                foreach (var number in present)
                {
                    atSwitch.Count(rule => rule.Match[Oxm.Ipv4Source] is { } source && source.ValueBytes[2] == number, onSwitch[number]);
                }

                var denied = new V1.DeniedPackets();
                denied.Rules.Add(Enumerable.Range(0, RuleCount).Select(number => new V1.DeniedByRule { Rule = $"rule {Name(number)}", Packets = onServer[number] }));
                var load = new V1.ServerLoad
                {
                    Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()),
                    Chains = { new V1.ChainLoad { Chain = "filter", Revision = 1, Functions = { new V1.NetworkFunctionLoad { Function = "fw", Denied = denied } } } },
                };
                await agent.ReportAsync(load);
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }
}
