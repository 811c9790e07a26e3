using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.SwitchProbe.Tests;

/// <summary>Runs a check of an emulated switch.</summary>
internal static class Probe
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(3);

    /// <summary>Connects to the switch and checks it; the report goes to the test's output, too.</summary>
    public static async Task<ProbeReport> RunAsync(EmulatedSwitch emulated, ITestOutputHelper output, ProbeOptions? options = null, CancellationToken cancellation = default)
    {
        using var deadline = new CancellationTokenSource(_deadline);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        await using var target = ProbeTarget.Connect(emulated.Listen());
        var report = await SwitchCheck.RunAsync(target, options ?? new ProbeOptions { RateRules = 100 }, output.WriteLine, both.Token);
        output.WriteLine(ReportText.Of(report));
        return report;
    }
}
