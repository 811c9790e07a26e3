namespace Metron.OpenFlow;

/// <content>Reading the state of the switch.</content>
public sealed partial class OpenFlowConnection
{
    /// <summary>Rules and their counters.</summary>
    /// <param name="filter">Which rules; null for all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public Task<IReadOnlyList<FlowStats>> ReadFlowsAsync(FlowFilter? filter = null, CancellationToken cancellation = default) =>
        Version == OpenFlowVersion.OpenFlow10
            ? ReadFlowsOf10Async(filter ?? FlowFilter.All, cancellation)
            : ReadAllFlowsAsync(filter ?? FlowFilter.All, cancellation);

    /// <summary>Ports of the switch.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<PortDescription>> ReadPortsAsync(CancellationToken cancellation = default) =>
        Version == OpenFlowVersion.OpenFlow10
            ? (await RequestAsync(new FeaturesRequest(), cancellation).ConfigureAwait(false)).Ports
            : Concatenate(await RequestAllAsync(new PortDescriptionRequest(), cancellation).ConfigureAwait(false), static part => part.Ports);

    /// <summary>Counters of a port, or of all ports.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<PortStats>> ReadPortStatsAsync(uint port = PortNumber.Any, CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new PortStatsRequest(port), cancellation).ConfigureAwait(false), static part => part.Ports);

    /// <summary>Groups and their buckets.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<GroupDescription>> ReadGroupsAsync(CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new GroupDescriptionRequest(), cancellation).ConfigureAwait(false), static part => part.Groups);

    /// <summary>Counters of a group, or of all groups.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<GroupStats>> ReadGroupStatsAsync(uint group = GroupNumber.All, CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new GroupStatsRequest(group), cancellation).ConfigureAwait(false), static part => part.Groups);

    /// <summary>Counters of all tables.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<TableStats>> ReadTableStatsAsync(CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new TableStatsRequest(), cancellation).ConfigureAwait(false), static part => part.Tables);

    /// <summary>What tables can do. Open vSwitch's answer has more than a megabyte.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<IReadOnlyList<TableFeatures>> ReadTableFeaturesAsync(CancellationToken cancellation = default) =>
        Concatenate(await RequestAllAsync(new TableFeaturesRequest(), cancellation).ConfigureAwait(false), static part => part.Tables);

    /// <summary>The maker's description of the switch.</summary>
    /// <inheritdoc cref="RequestAllAsync" path="/exception"/>
    public async Task<DescriptionReply> ReadDescriptionAsync(CancellationToken cancellation = default) =>
        (await RequestAllAsync(new DescriptionRequest(), cancellation).ConfigureAwait(false))[0];

    /// <summary>Takes a role, or asks for it with <see cref="ControllerRole.NoChange"/>.</summary>
    /// <param name="role">The role.</param>
    /// <param name="generationId">Number of the election; the switch refuses one smaller than it has seen.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="RequestAsync" path="/exception"/>
    public Task<RoleReply> RequestRoleAsync(ControllerRole role, ulong generationId, CancellationToken cancellation = default) =>
        RequestAsync(new RoleRequest(role, generationId), cancellation);

    private async Task<IReadOnlyList<FlowStats>> ReadAllFlowsAsync(FlowFilter filter, CancellationToken cancellation) =>
        Concatenate(await RequestAllAsync(new FlowStatsRequest(filter), cancellation).ConfigureAwait(false), static part => part.Flows);

    /// <summary>A switch of 1.0 does not choose by cookie, so this side does; none of its rules uses a group.</summary>
    private async Task<IReadOnlyList<FlowStats>> ReadFlowsOf10Async(FlowFilter filter, CancellationToken cancellation)
    {
        if (filter.OutGroup != GroupNumber.Any)
        {
            return [];
        }

        var flows = await ReadAllFlowsAsync(filter with { Cookie = 0, CookieMask = 0 }, cancellation).ConfigureAwait(false);
        return filter.CookieMask == 0
            ? flows
            : [.. flows.Where(flow => (flow.Cookie & filter.CookieMask) == (filter.Cookie & filter.CookieMask))];
    }

    private static List<TItem> Concatenate<TReply, TItem>(IReadOnlyList<TReply> parts, Func<TReply, EquatableArray<TItem>> items)
    {
        var all = new List<TItem>();
        foreach (var part in parts)
        {
            all.AddRange(items(part).AsSpan());
        }

        return all;
    }
}
