using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;
using Metron.Synthesis;

namespace Metron.Controller.Reconciliation;

/// <summary>
/// Compares plans with their chains as written, off the reconciler's loop: chains that need nothing do not wait. A few at a time, so that the rest of the
/// controller keeps a processor.
/// </summary>
internal sealed class PlanVerifier(ControllerConfiguration configuration, TimeProvider time, ILogger<PlanVerifier> log) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    public void Dispose() => _turns.Dispose();

    /// <summary>Verifies a plan as it is sent: its rules, and its programs as they stand in the messages to the servers.</summary>
    public async Task<ChainVerification> VerifyAsync(PlanState plan, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            var verification = Verify(plan);
            Report(plan, verification);
            return verification;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Only a counterexample keeps a plan from being sent: an error here must not.
            ReconcileLog.VerificationFailed(log, plan.Chain, plan.Revision, error);
            return new ChainVerification(VerificationVerdict.NotVerifiable) { Problem = $"an error of the controller: {error.Message}" };
        }
        finally
        {
            _turns.Release();
        }
    }

    private ChainVerification Verify(PlanState plan)
    {
        Dictionary<string, ResidualProgram> programs = new(StringComparer.Ordinal);
        foreach (var (server, message) in plan.Programs)
        {
            if (!ResidualProgramReader.TryRead(message, out var program, out var violations))
            {
                return new ChainVerification(VerificationVerdict.NotVerifiable) { Problem = $"the program for server {server} cannot be read: {string.Join("; ", violations.Select(violation => violation.ToString()))}" };
            }

            programs[server] = program;
        }

        var budget = new EquivalenceBudget(configuration.Timings.Verification, time);
        return ChainVerifier.Verify(plan.Plan, ChainPrograms.SwitchRules(plan.Plan), programs, budget);
    }

    private void Report(PlanState plan, ChainVerification verification)
    {
        if (verification.Counterexample is { } counterexample)
        {
            ReconcileLog.Refuted(log, plan.Chain, plan.Revision, counterexample.ToString());
        }
        else
        {
            var verdict = verification.Verdict switch
            {
                VerificationVerdict.Verified => "proven to do what was written",
                VerificationVerdict.VerifiedBySampling => $"does what was written with {verification.Samples} packets that were tried",
                _ => $"cannot be verified: {verification.Problem}",
            };
            ReconcileLog.Verified(log, plan.Chain, plan.Revision, verdict, (long)verification.Duration.TotalMilliseconds);
        }
    }
}
