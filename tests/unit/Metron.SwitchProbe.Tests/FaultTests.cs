using System.Net;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.SwitchProbe.Tests;

/// <summary>Each way in which a switch can be wrong ends in its own verdict, and in no hang.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly ProbeOptions _options = new()
    {
        Tables = 2,
        RateRules = 50,
        AnswerTimeout = TimeSpan.FromSeconds(5),
        HandshakeTimeout = TimeSpan.FromSeconds(3),
        Settle = TimeSpan.FromSeconds(5),
    };

    [Fact]
    public async Task An_honest_switch_has_nothing_to_be_ashamed_of()
    {
        var report = await CheckAsync(new Faults(), _options with { Tables = 21 });
        Assert.Equal([], Faulty(report));
    }

    [Theory]
    [InlineData(BarrierFault.Early)]
    [InlineData(BarrierFault.Reordered)]
    public async Task A_barrier_that_is_answered_before_the_rules_are_in_force_is_untruthful(BarrierFault fault)
    {
        var report = await CheckAsync(new Faults { Barriers = fault, Lag = TimeSpan.FromMilliseconds(150) });
        Assert.Equal(Verdict.WorkAround, report["update.barriers"].Verdict);
        Assert.Contains("untruthful: 10 of 10 rules were not yet in force for a packet sent behind it", report["update.barriers"].Observed, StringComparison.Ordinal);
        Assert.Equal(BarrierTruth.Early, report.Profile!.Barriers);
        Assert.Equal(100, report.Profile.RulesPerBarrier);
        Assert.Equal(["update.barriers"], Faulty(report).Where(id => id.StartsWith("update", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(BarrierFault.Refused, "refused: OFPBRC_BAD_TYPE")]
    [InlineData(BarrierFault.Ignored, "not answered")]
    public async Task A_switch_without_barriers_is_checked_by_reading(BarrierFault fault, string observed)
    {
        var report = await CheckAsync(new Faults { Barriers = fault });
        Assert.Equal(observed, report["update.barriers"].Observed);
        Assert.Equal(BarrierTruth.Missing, report.Profile!.Barriers);
        Assert.Equal(["update.barriers"], Faulty(report).Where(id => id.StartsWith("update", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_barrier_that_is_only_late_is_truthful()
    {
        var report = await CheckAsync(new Faults { Barriers = BarrierFault.Late, Lag = TimeSpan.FromMilliseconds(5) });
        Assert.Equal(Verdict.Works, report["update.barriers"].Verdict);
    }

    [Fact]
    public async Task A_rule_that_is_accepted_and_forgotten_does_not_work()
    {
        var report = await CheckAsync(new Faults { Forgets = flow => flow.Match[Oxm.TcpFlags] is not null });
        Assert.Equal(Verdict.Missing, report["match.tcpFlags"].Verdict);
        Assert.Contains(report["match.tcpFlags"].Details, line => line.Contains("accepted without a word, but not installed", StringComparison.Ordinal));
        Assert.Null(report.Tables[0].Field(Oxm.TcpFlags)!.Masks);
        Assert.Equal(Verdict.Works, report["match.ports"].Verdict);
        Assert.DoesNotContain(report.Profile!.Tables[0].Match!.Value, field => field.Field == Oxm.TcpFlags);
    }

    [Fact]
    public async Task A_table_that_is_full_is_measured_and_no_field_is_blamed_for_it()
    {
        var report = await CheckAsync(new Faults { TableFullAt = 60 }, _options with { Destructive = true, Tables = 1, MaximumRules = 1000 });
        Assert.Equal(60, report.Tables[0].Capacity);
        Assert.Equal(60, Assert.Single(report.Profile!.Tables).Capacity);
        Assert.Null(report.Profile.Tables[0].Match);
        Assert.Equal(Verdict.WorkAround, report["capacity"].Verdict);
    }

    [Fact]
    public async Task Errors_that_hold_too_little_of_the_message_are_named()
    {
        var report = await CheckAsync(new Faults { ErrorDataLength = 12 });
        Assert.Equal(Verdict.WorkAround, report["update.errors"].Verdict);
        Assert.Contains(report["update.errors"].Details, line => line.EndsWith("OFPBMC_BAD_FIELD; holds 12 bytes of the message, not 64", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Echoes_that_are_not_answered_are_named()
    {
        var report = await CheckAsync(new Faults { IgnoresEcho = true });
        Assert.Equal(Verdict.Missing, report["echo"].Verdict);
        Assert.Equal(Verdict.Works, report["restored"].Verdict);
    }

    [Fact]
    public async Task Statistics_with_an_unknown_field_make_every_rule_an_altered_one()
    {
        var report = await CheckAsync(new Faults { UnknownFieldInStatistics = true });
        Assert.Equal(Verdict.Missing, report["tables.pipeline"].Verdict);
        Assert.Equal(Verdict.Works, report["restored"].Verdict);
    }

    [Fact]
    public async Task Endless_statistics_end_the_check_without_a_rule()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { Faults = new Faults { EndlessMultipart = true } });
        var report = await Probe.RunAsync(emulated, output, _options);
        Assert.Null(report.Profile);
        Assert.Equal(Verdict.Unknown, report["tables.pipeline"].Verdict);
        Assert.DoesNotContain(emulated.Received, message => message.FlowMod is not null);
    }

    [Fact]
    public async Task A_switch_that_resets_the_connection_inside_a_bundle_has_no_bundles()
    {
        var report = await CheckAsync(new Faults
        {
            Fate = message => message.Frame?.Message is BundleControl { Kind: BundleControlKind.CommitRequest } ? MessageFate.AbortBefore : MessageFate.Process,
        });
        Assert.Equal(Verdict.Missing, report["update.bundles"].Verdict);
        Assert.StartsWith("the connection was lost", report["update.bundles"].Observed, StringComparison.Ordinal);
        Assert.False(report.Profile!.Bundles);
        Assert.Equal(Verdict.Works, report["rate"].Verdict);
        Assert.Equal(Verdict.Works, report["restored"].Verdict);
    }

    [Fact]
    public async Task A_switch_that_takes_no_HELLO_is_reported_with_what_it_did()
    {
        var report = await CheckAsync(new Faults { HelloBytes = [] });
        Assert.Null(report.Identity);
        Assert.Equal(Verdict.Missing, report["handshake.versions"].Verdict);
        Assert.Contains(report["handshake.versions"].Details, line => line.Contains("HELLO timeout, got 0 of 8 bytes", StringComparison.Ordinal));
        Assert.Contains("could not be spoken with", ReportText.Of(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_HELLO_is_named_and_worked_round()
    {
        var report = await CheckAsync(new Faults { HelloBytes = [5, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0] });
        Assert.Equal(Verdict.WorkAround, report["handshake.form"].Verdict);
        Assert.Contains("HELLO body not per specification", report["handshake.form"].Observed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_groups_and_meters_of_others_stay_as_they_are()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions());
        var foreign = Enumerable.Range(0, 50).Select(i => new FlowMod
        {
            Table = (byte)(i % 3),
            Cookie = (ulong)i,
            Priority = (ushort)(i % 5),
            Match = Match.Of(OxmField.EthernetType(0x0800), OxmField.Ipv4Destination(IPAddress.Parse($"192.0.2.{i}"), 32)),
        }).ToList();
        foreign.ForEach(emulated.Install);
        var report = await Probe.RunAsync(emulated, output, _options with { Destructive = true, MaximumRules = 600 });
        Assert.Equal(Verdict.Works, report["restored"].Verdict);
        Assert.Equal(foreign.Select(rule => rule.Cookie), emulated.Rules.Select(rule => rule.Cookie).Order());
        var deletions = emulated.Received.Select(message => message.FlowMod).OfType<FlowMod>().Where(flow => flow.Command is FlowModCommand.Delete or FlowModCommand.DeleteStrict);
        Assert.All(deletions, flow => Assert.True(flow.CookieMask == ulong.MaxValue && !flow.Match.Fields.IsEmpty, flow.ToString()));
    }

    [Fact]
    public async Task Rules_that_an_earlier_check_left_behind_are_removed()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions());
        emulated.Install(new FlowMod { Cookie = 0x5052_4f42_0000_0007, Match = Match.Of(OxmField.EthernetType(0x88b5)) });
        var report = await Probe.RunAsync(emulated, output, _options);
        Assert.Empty(emulated.Rules);
        Assert.Contains("1 rules that an earlier check had left behind were removed", report["restored"].Details);
    }

    [Theory]
    [InlineData("looking at what is there")]
    [InlineData("tables")]
    [InlineData("groups")]
    [InlineData("bundles")]
    [InlineData("rate")]
    public async Task What_was_installed_is_removed_when_the_check_is_interrupted(string step)
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions());
        using var interruption = new CancellationTokenSource();
        await using var target = ProbeTarget.Connect(emulated.Listen());
        var started = false;
        emulated.OnProcessed = message =>
        {
            if (started && message.Frame?.Message is FlowMod or GroupMod or BundleControl)
            {
                interruption.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SwitchCheck.RunAsync(target, _options, name => started |= name == step, interruption.Token));
        Assert.Empty(emulated.Rules);
        Assert.Empty(emulated.Groups);
        Assert.Empty(emulated.Meters);
    }

    [Fact]
    public async Task A_switch_that_connects_by_itself_is_waited_for()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions());
        await using var target = ProbeTarget.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        emulated.ConnectTo((IPEndPoint)target.EndPoint);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var report = await SwitchCheck.RunAsync(target, _options, output.WriteLine, deadline.Token);
        Assert.Equal(Verdict.Works, report["tables.metadata"].Verdict);
        Assert.Equal(Verdict.Works, report["restored"].Verdict);
    }

    private async Task<ProbeReport> CheckAsync(Faults faults, ProbeOptions? options = null)
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { Faults = faults });
        var report = await Probe.RunAsync(emulated, output, options ?? _options);
        Assert.Empty(emulated.Rules);
        Assert.Empty(emulated.Groups);
        return report;
    }

    private static IEnumerable<string> Faulty(ProbeReport report) =>
        report.Findings.Where(finding => finding.Verdict is Verdict.WorkAround or Verdict.Missing).Select(finding => finding.Id);
}
