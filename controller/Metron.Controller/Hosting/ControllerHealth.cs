using Metron.Controller.Configuration;
using Metron.Controller.Reconciliation;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Metron.Controller.Hosting;

/// <summary>Healthy while the reconciler makes its rounds. Lost switches and servers are the business of conditions, not of this.</summary>
internal sealed class ControllerHealth(Reconciler reconciler, ControllerConfiguration configuration, TimeProvider time) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var silence = time.GetUtcNow() - reconciler.LastRound;
        var limit = (3 * configuration.Timings.ReconcileInterval) + TimeSpan.FromSeconds(30);
        return Task.FromResult(silence <= limit
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"the reconciler has not finished a round for {silence.TotalSeconds:0} s"));
    }
}
