using Metron.Agent.Appliances;
using Metron.Agent.Balancing;
using Metron.Agent.Programs;
using Metron.Dataplane;

namespace Metron.Agent.Load;

/// <summary>Makes one load report after the other; intervals go from report to report. Not thread-safe.</summary>
internal sealed class LoadReporter(
    string server, IProgramRunner runner, TimeProvider time, ApplianceMonitor? appliances = null, BalancingLoop? balancing = null)
{
    private DataplaneStatistics? _earlier;
    private long _earlierTimestamp = time.GetTimestamp();

    /// <summary>Reads the counters and makes a report.</summary>
    /// <exception cref="TimeoutException">A worker did not take notice.</exception>
    public async Task<V1.ServerLoad> ReportAsync(CancellationToken cancellation)
    {
        var now = await runner.ReadStatisticsAsync(cancellation);
        var timestamp = time.GetTimestamp();
        var report = LoadReport.Build(server, time.GetUtcNow(), time.GetElapsedTime(_earlierTimestamp, timestamp), now, _earlier);
        (report.Collections, report.CollectionPauseMicroseconds) = ((ulong)GC.CollectionCount(0), GC.GetTotalPauseDuration().TotalMicroseconds);
        ApplianceReport.Add(report, appliances?.Current ?? []);
        report.Balancer = balancing is null ? null : BalancerReport.Of(balancing);
        (_earlier, _earlierTimestamp) = (now, timestamp);
        return report;
    }
}
