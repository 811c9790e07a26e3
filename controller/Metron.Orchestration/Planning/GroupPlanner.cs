using System.Text.Json.Serialization;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;

namespace Metron.Orchestration;

/// <summary>Decides how packets leave by endpoints with several ports: by a group of the switch, which knows at once when a port goes down.</summary>
public static class GroupPlanner
{
    /// <summary>Lowest number of a group of ours. Groups have no cookies, so that a range of numbers is what tells ours from others'.</summary>
    public const uint FirstNumber = 0x4d00_0000;

    /// <summary>Highest number of a group of ours.</summary>
    public const uint LastNumber = FirstNumber + 0xff_ffff;

    /// <summary>Of which kind the group of an endpoint is.</summary>
    public static GroupKind KindOf(PortUse use) => use == PortUse.Spread ? GroupKind.Select : GroupKind.FastFailover;

    /// <summary>The group of an endpoint with several ports.</summary>
    public static GroupDescription Describe(uint number, PortUse use, IEnumerable<uint> ports) => new(
        KindOf(use),
        number,
        ports.Select(port => new Bucket
        {
            // Shares matter to select groups only. That they watch ports, too, is Open vSwitch's: OpenFlow 1.3 leaves it to the switch.
            Weight = use == PortUse.Spread ? (ushort)1 : (ushort)0,
            WatchPort = port,
            Actions = [new OutputAction(port)],
        }).ToEquatableArray());

    /// <summary>How packets leave by the endpoints that have several ports, without numbers; null when there are none.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="target">Its switch.</param>
    internal static IReadOnlyList<PlannedGroup>? Find(ChainSpec spec, SwitchDescription target)
    {
        List<PlannedGroup> groups = [];
        for (var index = 0; index < spec.Endpoints.Count; index++)
        {
            var endpoint = spec.Endpoints[index];
            if (endpoint.BackupPorts.Count == 0 || !endpoint.IsEgress)
            {
                continue;
            }

            var group = new PlannedGroup(0, index, endpoint.PortUse, endpoint.Ports);
            var kind = KindOf(endpoint.PortUse);
            groups.Add(target.Profile.Groups.Contains(kind) ? group
                : WithoutGroup(group, spec, target, $"groups of type {(kind == GroupKind.Select ? "select" : "fastFailover")} do not work on switch {target.Name} (profile {target.Profile.Name})"));
        }

        return groups.Count == 0 ? null : groups;
    }

    /// <summary>The same where no table of the switch sends packets to groups.</summary>
    internal static IReadOnlyList<PlannedGroup>? WithoutGroups(IReadOnlyList<PlannedGroup>? groups, ChainSpec spec, SwitchDescription target, string reason) =>
        groups is null ? null : [.. groups.Select(group => group.OnlyPort != 0 ? group : WithoutGroup(group, spec, target, reason))];

    /// <summary>
    /// Whether a plan has packets leave by a port that is down while another one of the endpoint is up, or by a backup although the main port is up, where no group of the
    /// switch sees to that.
    /// </summary>
    public static bool LeavesByWrongPort(ChainPlan plan, Inventory inventory) =>
        plan.Groups is { } groups && inventory.FindSwitch(plan.Switch) is { IsConnected: true } target
        && groups.Any(group => group is { OnlyPort: not 0, Use: PortUse.Failover } && PortInUse(group.Ports, group.Use, target) != group.OnlyPort);

    /// <summary>The port of a failover that packets leave by where the controller has to choose: the first one that is up, else the main one.</summary>
    internal static uint PortInUse(PortList ports, PortUse use, SwitchDescription target) =>
        use == PortUse.Failover && target.IsConnected ? ports.FirstOrDefault(port => !target.PortsDown.Contains(port), ports[0]) : ports[0];

    /// <summary>Numbers for the groups: an endpoint keeps its own, whatever its ports are now, so that the group is changed in its place.</summary>
    internal static IReadOnlyList<PlannedGroup>? Number(ChainPlan draft, IReadOnlyList<ChainPlan> held, ChainPlan? previous)
    {
        if (draft.Groups is not { Count: > 0 } groups)
        {
            return null;
        }

        var taken = held.SelectMany(plan => plan.Groups ?? []).Select(group => group.Number).ToHashSet();
        var next = FirstNumber;
        var numbered = new List<PlannedGroup>();
        foreach (var group in groups)
        {
            var same = previous?.Groups?.FirstOrDefault(known => known.Number != 0
                && previous.Spec.Endpoints[known.Endpoint].Name == draft.Spec.Endpoints[group.Endpoint].Name);
            while (group.OnlyPort == 0 && same is null && !taken.Add(next))
            {
                next++;
            }

            numbered.Add(group.OnlyPort != 0 ? group : group with { Number = same?.Number ?? next });
        }

        return numbered;
    }

    private static PlannedGroup WithoutGroup(PlannedGroup group, ChainSpec spec, SwitchDescription target, string reason)
    {
        var port = PortInUse(group.Ports, group.Use, target);
        var then = group.Use == PortUse.Failover ? "; the controller changes over when it goes down" : "";
        return group with { OnlyPort = port, Note = $"packets leave by endpoint {spec.Endpoints[group.Endpoint].Name} by port {port} alone, as {reason}{then}" };
    }
}

/// <summary>How packets leave by an endpoint with several ports.</summary>
/// <param name="Number">Number of the group on the switch, see <see cref="GroupPlanner.FirstNumber"/>; 0 when there is none.</param>
/// <param name="Endpoint">Endpoint.</param>
/// <param name="Use">Which of the ports packets leave by.</param>
/// <param name="Ports">The endpoint's ports, the first to be taken first.</param>
public sealed record PlannedGroup(uint Number, int Endpoint, PortUse Use, PortList Ports)
{
    /// <summary>The port that packets leave by where the switch has no group for it; 0 where it has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint OnlyPort { get; init; }

    /// <summary>Why there is no group, in a sentence; null when there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    /// <summary>As the switch says it; only where there is a group.</summary>
    public GroupDescription ToDescription() => GroupPlanner.Describe(Number, Use, Ports);
}
