using Metron.Agent.Appliances;
using Metron.Agent.Load;
using Metron.Agent.Programs;
using Metron.Dataplane;
using Metron.NetworkFunctions.Blackbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.Agent.Tests;

public sealed class ApplianceMonitorTests
{
    private readonly FakeHardware _hardware = new();
    private readonly ManualTime _time = new();
    private readonly ProgramRegistry _programs;
    private readonly ApplianceMonitor _monitor;

    public ApplianceMonitorTests()
    {
        var runner = new FakeRunner();
        _programs = new ProgramRegistry(runner, new FakeRules(runner), NullLogger.Instance);
        _monitor = new ApplianceMonitor(_hardware, _programs, _time, NullLogger.Instance);
    }

    [Fact]
    public void An_appliance_that_no_chain_uses_is_left_alone()
    {
        _hardware.Up = false;
        _monitor.Look();

        Assert.Empty(_monitor.Current);
        Assert.Equal(ApplianceGate.Open, _hardware.Gate);
        Assert.Empty(_hardware.Probes);
    }

    [Theory]
    [InlineData(V1.BlackboxPolicy.FailOpen, ApplianceGate.Bypassed)]
    [InlineData(V1.BlackboxPolicy.FailClosed, ApplianceGate.Closed)]
    public async Task The_gate_follows_health_and_policy_and_opens_again(V1.BlackboxPolicy policy, ApplianceGate whileDown)
    {
        Assert.Empty(await _programs.DeployAsync(TestPrograms.Blackbox(policy)));
        _monitor.Look();
        Assert.Equal(ApplianceGate.Open, _hardware.Gate);
        var start = _time.GetUtcNow();

        _hardware.Up = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        _monitor.Look();
        var down = Assert.Single(_monitor.Current);
        Assert.Equal(whileDown, _hardware.Gate);
        Assert.Equal((new ApplianceHealth(false, "the links of inside and outside are down"), start + TimeSpan.FromSeconds(1)), (down.Health, down.Since));
        Assert.Equal(("web", 1L, "ips", whileDown), (down.Chain, down.Revision, down.Function, down.Counters.Gate));

        _time.Advance(TimeSpan.FromSeconds(1));
        _monitor.Look();
        Assert.Equal(start + TimeSpan.FromSeconds(1), Assert.Single(_monitor.Current).Since);

        _hardware.Up = true;
        _monitor.Look();
        Assert.Equal(ApplianceGate.Open, _hardware.Gate);
        Assert.Equal(ApplianceHealth.Well, Assert.Single(_monitor.Current).Health);
    }

    [Fact]
    public async Task Probes_go_into_both_sides_and_stop_with_the_chain()
    {
        await _programs.DeployAsync(TestPrograms.Blackbox(V1.BlackboxPolicy.FailClosed, V1.BlackboxProbe.Ethernet));
        _monitor.Look();
        Assert.Equal([(0, 1u), (1, 1u)], _hardware.Probes);

        // Nothing answers: three are missed when the fifth is due, counted from the second on.
        for (var second = 0; second < 4; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _monitor.Look();
        }

        Assert.Equal(ApplianceGate.Closed, _hardware.Gate);
        await _programs.UndeployAsync("web", 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _monitor.Look();
        Assert.Equal(ApplianceGate.Open, _hardware.Gate);
        Assert.Empty(_monitor.Current);
        Assert.Equal(10, _hardware.Probes.Count);
    }

    [Fact]
    public async Task Reports_name_the_chain_and_revision_that_uses_the_appliance_now()
    {
        await _programs.DeployAsync(TestPrograms.Blackbox(V1.BlackboxPolicy.FailOpen));
        await _programs.DeployAsync(TestPrograms.Blackbox(V1.BlackboxPolicy.FailClosed, revision: 2));
        _hardware.Up = false;
        _monitor.Look();
        var load = new V1.ServerLoad { Chains = { new V1.ChainLoad { Chain = "web", Revision = 1 }, new V1.ChainLoad { Chain = "web", Revision = 2 } } };

        ApplianceReport.Add(load, _monitor.Current);

        Assert.Empty(load.Chains[0].Blackboxes);
        var health = Assert.Single(load.Chains[1].Blackboxes);
        Assert.Equal(("ips", "box", 0u, false), (health.Function, health.Appliance, health.Worker, health.Up));
        Assert.Equal((1ul, 2ul, 3ul, 4ul), (health.Inside.Given.Packets, health.Inside.Returned.Packets, health.Inside.Bypassed, health.Inside.Dropped));
        Assert.Equal((5ul, 6ul, 7ul, 8ul), (health.Outside.Given.Packets, health.Outside.Returned.Packets, health.Outside.Bypassed, health.Outside.Dropped));
        Assert.Equal(ApplianceGate.Closed, _hardware.Gate);
    }

    private sealed class ManualTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(TimeSpan time) => _now += time;
    }

    private sealed class FakeHardware : IApplianceHardware
    {
        public bool Up { get; set; } = true;

        public ApplianceGate Gate { get; private set; }

        public List<(int Side, uint Number)> Probes { get; } = [];

        public IReadOnlyList<ApplianceStatistics> Read() =>
        [
            new ApplianceStatistics(
                0,
                "box",
                Gate,
                new ApplianceSideStatistics(new PacketCount(1, 0), new PacketCount(2, 0), 3, 4, 0),
                new ApplianceSideStatistics(new PacketCount(5, 0), new PacketCount(6, 0), 7, 8, 0)),
        ];

        public bool IsLinkUp(int worker, string appliance, int side) => Up;

        public void SetGate(int worker, string appliance, ApplianceGate gate) => Gate = gate;

        public void SendProbe(int worker, string appliance, int side, uint number, BlackboxConfiguration blackbox) => Probes.Add((side, number));
    }
}
