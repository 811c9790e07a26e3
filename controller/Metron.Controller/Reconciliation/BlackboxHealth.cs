using Metron.Controller.Chains;

namespace Metron.Controller.Reconciliation;

/// <summary>How the closed programs of a chain are, as its servers report it.</summary>
/// <param name="Holds">True, false, or null when it cannot be told.</param>
/// <param name="Reason">One word, for programs.</param>
/// <param name="Message">A sentence, for humans.</param>
internal sealed record BlackboxHealth(bool? Holds, string Reason, string Message)
{
    /// <summary>How they are; null when the chain has no blackbox.</summary>
    public static BlackboxHealth? Of(PlanState? plan, World world)
    {
        var blackboxes = plan?.Plan.Spec.Functions.OfType<NetworkFunctions.Blackbox.BlackboxConfiguration>().ToDictionary(blackbox => blackbox.Name);
        if (blackboxes is null or { Count: 0 } || plan!.Plan.Placement is not { } placement)
        {
            return null;
        }

        if (!world.Servers.TryGetValue(placement.Server, out var server) || !server.Connected)
        {
            return new BlackboxHealth(null, "AgentDisconnected", $"The agent of server {placement.Server} is not connected; how the programs are is not known.");
        }

        var reported = ReportedBy(server.Load, plan).ToList();
        var known = reported.Select(health => (health.Function, health.Worker)).ToHashSet();
        if (blackboxes.Keys.Any(name => placement.Workers.Any(worker => !known.Contains((name, (uint)worker.Index)))))
        {
            return new BlackboxHealth(null, "NotReported", $"Server {placement.Server} has not reported yet how the programs are.");
        }

        var down = reported.Where(health => !health.Up && blackboxes.ContainsKey(health.Function)).ToList();
        if (down.Count > 0)
        {
            return new BlackboxHealth(
                false,
                "Down",
                string.Join(" ", down.Select(health => $"{Words(health)}; {(blackboxes[health.Function].FailOpen ? "packets pass it by" : "packets for it are dropped")}.")));
        }

        var silent = reported.Where(health => health.Problem.Length > 0).ToList();
        return silent.Count > 0
            ? new BlackboxHealth(null, "Silent", string.Join(" ", silent.Select(health => $"{Words(health)}; it gets packets all the same.")))
            : new BlackboxHealth(true, "Healthy", $"{string.Join(", ", blackboxes.Keys)}: up on {(placement.Workers.Count == 1 ? "its worker" : $"all {placement.Workers.Count} workers")}.");
    }

    /// <summary>What tells one report from another when conditions have to be looked at again.</summary>
    public static string Signature(V1.ServerLoad load) => string.Join(
        ' ',
        load.Chains.SelectMany(chain => chain.Blackboxes.Select(
            health => $"{chain.Chain} {chain.Revision} {health.Function} {health.Worker} {health.Up} {health.Problem.Length > 0}")));

    private static IEnumerable<V1.BlackboxHealth> ReportedBy(V1.ServerLoad? load, PlanState plan) =>
        (load?.Chains ?? []).Where(chain => chain.Chain == plan.Chain && chain.Revision == plan.ProgramRevision).SelectMany(chain => chain.Blackboxes);

    private static string Words(V1.BlackboxHealth health) =>
        $"{health.Function}: appliance {health.Appliance} on worker {health.Worker} {(health.Up ? "is silent" : "is down")}: {health.Problem}";
}
