using Metron.NetworkFunctions.Chains;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>What becomes of endpoints with several ports when some of these are down.</summary>
internal static class EndpointPorts
{
    /// <summary>The chain leaves by a backup.</summary>
    public const string OnBackup = "OnBackup";

    /// <summary>The chain leaves by fewer ports than it could.</summary>
    public const string FewerPorts = "FewerPorts";

    /// <summary>A backup is down that is not needed at the moment.</summary>
    public const string BackupDown = "BackupDown";

    private static readonly string[] _byWeight = [OnBackup, FewerPorts, BackupDown];

    /// <summary>Whether packets can enter and leave by an endpoint.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="plan">The plan in force.</param>
    /// <param name="index">Index of the endpoint.</param>
    /// <param name="isUp">Whether a port is up.</param>
    public static bool IsServed(ChainEndpoint endpoint, ChainPlan plan, int index, Func<uint, bool> isUp) =>
        plan.Groups?.FirstOrDefault(group => group.Endpoint == index) is { OnlyPort: var only and not 0 } ? isUp(only) : endpoint.Ports.Any(isUp);

    /// <summary>What is to be said of an endpoint that is served although ports of it are down; nothing of others.</summary>
    public static IEnumerable<(string Reason, string Message)> Bridged(ChainEndpoint endpoint, ChainPlan plan, int index, Func<uint, bool> isUp, Func<uint, string> words)
    {
        var down = endpoint.Ports.Where(port => !isUp(port)).ToList();
        if (endpoint.BackupPorts.Count == 0 || down.Count == 0 || !IsServed(endpoint, plan, index, isUp))
        {
            return [];
        }

        var (are, list) = (down.Count == 1 ? "is" : "are", string.Join(" and ", down.Select(words)));
        var group = plan.Groups?.FirstOrDefault(group => group.Endpoint == index);
        var inUse = endpoint.Ports.Where(isUp).ToList();
        return [group switch
        {
            { Use: PortUse.Failover } when !isUp(endpoint.Port) =>
                (OnBackup, $"Endpoint {endpoint.Name} runs on backup port {words(group.OnlyPort != 0 ? group.OnlyPort : inUse[0])}, as port {list} {are} down."),
            { Use: PortUse.Spread, OnlyPort: 0 } =>
                (FewerPorts, $"Endpoint {endpoint.Name} is spread over port {string.Join(" and ", inUse.Select(words))} only, as port {list} {are} down."),
            _ => (BackupDown, $"Port {list} of endpoint {endpoint.Name} {are} down; the others are up."),
        }];
    }

    /// <summary>The reason that matters most.</summary>
    public static string Gravest(IReadOnlyList<(string Reason, string Message)> bridged) => _byWeight.First(reason => bridged.Any(one => one.Reason == reason));
}
