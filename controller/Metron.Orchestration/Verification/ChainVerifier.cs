using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Proves that what a plan tells switch and servers does what the chain as written does. The parts are compared one by one and never multiplied: the
/// entrance with the endpoint, each function on the switch with the function as it declares itself, tags with what the server believes of them,
/// the server's program with the rest of the chain, and ways out with the endpoints. docs/verification.md says why that is enough.
/// </summary>
public static class ChainVerifier
{
    /// <summary>Verifies a plan as it would be carried out.</summary>
    public static ChainVerification Verify(ChainPlan plan, EquivalenceBudget budget) =>
        Verify(plan, ChainPrograms.SwitchRules(plan), ChainPrograms.ResidualPrograms(plan), budget);

    /// <summary>Verifies rules and programs of a plan, wherever they come from, with the plan's own groups.</summary>
    public static ChainVerification Verify(
        ChainPlan plan, IReadOnlyList<SwitchRule> rules, IReadOnlyDictionary<string, ResidualProgram> programs, EquivalenceBudget budget) =>
        Verify(plan, rules, ChainPrograms.Groups(plan), programs, budget);

    /// <summary>
    /// Verifies rules, groups and programs of a plan, wherever they come from. Only the plan's spec, workers, switch, kind of tags, and which endpoints have groups are
    /// believed.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rules">The rules of the chain on the switch, without those that serve all chains.</param>
    /// <param name="groups">The groups of the chain on the switch.</param>
    /// <param name="programs">The program of each server.</param>
    /// <param name="budget">How long it may take.</param>
    public static ChainVerification Verify(
        ChainPlan plan,
        IReadOnlyList<SwitchRule> rules,
        IReadOnlyList<GroupDescription> groups,
        IReadOnlyDictionary<string, ResidualProgram> programs,
        EquivalenceBudget budget)
    {
        var work = new EquivalenceWork(budget);
        if (SymbolicSwitch.Read(rules, groups, out var problem) is not { } target)
        {
            return new ChainVerification(VerificationVerdict.NotVerifiable) { Problem = problem, Duration = work.Elapsed };
        }

        var run = new VerificationRun(plan, target, plan.Placement is { } placement ? programs.GetValueOrDefault(placement.Server) : null, work);
        var counterexample = Checks(run, programs).Select(check => check()).FirstOrDefault(found => found is not null);
        var verdict = counterexample is not null ? VerificationVerdict.Refuted
            : !run.IsProven ? VerificationVerdict.VerifiedBySampling
            : VerificationVerdict.Verified;
        return new ChainVerification(verdict)
        {
            Samples = run.Samples,
            Counterexample = counterexample,
            Duration = work.Elapsed,
            Checked = run.Checked,
        };
    }

    private static IEnumerable<Func<Counterexample?>> Checks(VerificationRun run, IReadOnlyDictionary<string, ResidualProgram> programs)
    {
        yield return () => CheckServers(run, programs);
        yield return () => CheckTrespassing(run);
        yield return () => CheckFunctions(run);
        yield return new ProgramCheck(run).Run;
        yield return new TagCheck(run).Run;
        for (var endpoint = 0; endpoint < run.Spec.Endpoints.Count; endpoint++)
        {
            foreach (var port in run.Spec.Endpoints[endpoint].IsIngress ? run.Spec.Endpoints[endpoint].Ports : [])
            {
                yield return new PathCheck(run, endpoint, port).Run;
            }
        }

        foreach (var port in run.Spec.Endpoints.SelectMany(endpoint => endpoint.Ports).Distinct())
        {
            yield return new EntranceCheck(run, port).Run;
        }

        foreach (var port in run.Program is null ? [] : run.Plan.Placement!.Workers.Select(worker => worker.SwitchPort).Distinct())
        {
            yield return new ServerPortCheck(run, port).Run;
        }
    }

    private static Counterexample? CheckServers(VerificationRun run, IReadOnlyDictionary<string, ResidualProgram> programs)
    {
        var wanted = run.Plan.Placement is { } placement ? placement.Server : "no server";
        return programs.Count == (run.Plan.Placement is null ? 0 : 1) && run.Program is null == run.Plan.Placement is null ? null
            : run.At(0, null, $"{wanted} runs the rest of the chain", $"programs go to {(programs.Count == 0 ? "no server" : string.Join(", ", programs.Keys))}");
    }

    /// <summary>What was left out of functions must have had no effect.</summary>
    private static Counterexample? CheckFunctions(VerificationRun run)
    {
        run.Checked.Add($"{run.Functions.Count} functions: rules and routes that were left out have no effect");
        for (var i = 0; i < run.Functions.Count; i++)
        {
            if (new ConfigurationCheck(run).Difference(i, run.Functions[i], out var packet) is { } difference)
            {
                var name = run.Functions[i].Name;
                return run.At(0, packet, $"{name} treats it as configured", $"{name} was compiled to something else: {difference}");
            }
        }

        return null;
    }

    /// <summary>No rule may touch packets of other chains.</summary>
    private static Counterexample? CheckTrespassing(VerificationRun run)
    {
        var ports = run.Spec.Endpoints.SelectMany(endpoint => endpoint.Ports).Concat((run.Plan.Placement?.Workers ?? []).Select(worker => worker.SwitchPort)).ToHashSet();
        var positions = run.Plan.Positions.Select(position => position.Number).ToHashSet();
        return run.Switch.Trespassing(ports, positions).FirstOrDefault() is { } rule
            ? run.At(0, null, "packets of other ports and other chains are left alone", $"rule {rule} ({rule.Purpose}) takes them too") : null;
    }
}
