using Metron.Offload;
using Metron.OpenFlow.Tests.OpenVSwitch;
using Xunit.Abstractions;

namespace Metron.SwitchProbe.Tests;

/// <summary>A real Open vSwitch can do everything, and is left as it was.</summary>
public sealed class OpenVSwitchTests(OvsDaemons ovs, ITestOutputHelper output) : IClassFixture<OvsDaemons>
{
    [OvsFact]
    public async Task Open_vSwitch_can_do_everything_and_its_profile_is_the_built_in_one()
    {
        var bridge = ovs.AddBridge("OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15");
        ovs.AddPort(bridge, $"{bridge}p1", 1);
        ovs.AddPort(bridge, $"{bridge}p2", 2);
        await using var target = ProbeTarget.Connect(await ovs.ListenAsync(bridge));
        var report = await SwitchCheck.RunAsync(target, new ProbeOptions { ProfileName = "open-vswitch", RateRules = 200 }, output.WriteLine);
        output.WriteLine(ReportText.Of(report));
        Assert.Equal([], report.Findings.Where(finding => finding.Verdict is Verdict.WorkAround or Verdict.Missing).Select(finding => $"{finding.Id}: {finding.Observed}"));
        var builtIn = SwitchProfiles.OpenVSwitch;
        Assert.Equal(builtIn with { Description = report.Profile!.Description, Versions = report.Profile.Versions }, report.Profile);
        ovs.Configure("del-br", bridge);
    }
}
