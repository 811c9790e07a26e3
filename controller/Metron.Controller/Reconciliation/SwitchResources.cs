using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>
/// Keeps meters and groups of a switch as intended: they are there before the first rule that refers to them, and go after the last. A switch deletes rules with
/// their meter or group, so that one that someone deleted shows as missing rules; one that was altered is told by reading, and changed where it is: no packet is lost.
/// </summary>
internal sealed class SwitchResources(ILogger<SwitchResources> log)
{
    /// <summary>Adds what is missing, and puts right what was altered.</summary>
    /// <returns>What the switch refused; empty when it has everything.</returns>
    public async Task<IReadOnlyList<RefusedResource>> PrepareAsync(string name, ISwitchConnection connection, ResourceSet intended, CancellationToken cancellation) =>
        connection is not ISwitchResources resources ? []
        :
        [
            .. await PrepareAsync(MeterKind.Instance, name, resources, intended.Meters, cancellation),
            .. await PrepareAsync(GroupResourceKind.Instance, name, resources, intended.Groups, cancellation),
        ];

    /// <summary>Deletes those of ours that neither a plan nor a rule of the switch needs any more. What it refuses is tried again with the next reading.</summary>
    /// <param name="configuration">The switch.</param>
    /// <param name="connection">Its connection.</param>
    /// <param name="intended">What it should have.</param>
    /// <param name="rules">The rules that it has.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task CleanAsync(
        Configuration.ConfiguredSwitch configuration, ISwitchConnection connection, ResourceSet intended, IReadOnlyList<InstalledRule> rules, CancellationToken cancellation)
    {
        if (connection is not ISwitchResources resources)
        {
            return;
        }

        if (configuration.UsesMeters)
        {
            await CleanAsync(MeterKind.Instance, configuration.Name, resources, intended.Meters, rules, cancellation);
        }

        if (configuration.Profile is { Groups.IsEmpty: true })
        {
            return;
        }

        try
        {
            await CleanAsync(GroupResourceKind.Instance, configuration.Name, resources, intended.Groups, rules, cancellation);
        }
        catch (SwitchException refused) when (intended.Groups.Count == 0 && refused.InnerException is OpenFlowErrorException)
        {
            // A switch that knows no groups has none of ours.
        }
    }

    /// <summary>What makes resources as intended: additions, and changes of those that are otherwise.</summary>
    internal static IEnumerable<(uint Number, TChange Change, bool IsNew)> Changes<TResource, TChange>(
        ResourceKind<TResource, TChange> kind, IReadOnlyList<TResource> intended, IReadOnlyList<TResource> there)
        where TResource : class
    {
        var present = there.ToDictionary(kind.NumberOf);
        return from resource in intended
               let number = kind.NumberOf(resource)
               let found = present.GetValueOrDefault(number)
               where found is null || !kind.IsSame(resource, found)
               select (number, kind.ToChange(resource, found is null), found is null);
    }

    /// <summary>Deletions of what is ours, is not intended, and no rule refers to, as it would go with it. Others' are left alone.</summary>
    internal static IEnumerable<TChange> Stale<TResource, TChange>(
        ResourceKind<TResource, TChange> kind, IReadOnlyList<TResource> intended, IReadOnlyList<InstalledRule> rules, IReadOnlyList<TResource> there)
        where TResource : class
    {
        var wanted = intended.Select(kind.NumberOf).Concat(rules.SelectMany(kind.In)).ToHashSet();
        return there.Where(resource => kind.IsOurs(kind.NumberOf(resource)) && !wanted.Contains(kind.NumberOf(resource))).Select(kind.ToDeletion);
    }

    private async Task<IReadOnlyList<RefusedResource>> PrepareAsync<TResource, TChange>(
        ResourceKind<TResource, TChange> kind, string name, ISwitchResources resources, IReadOnlyList<TResource> intended, CancellationToken cancellation)
        where TResource : class
    {
        if (intended.Count == 0)
        {
            return [];
        }

        var wanted = intended.Select(resource => kind.Adapt(resources, resource)).ToList();
        var changes = Changes(kind, wanted, await kind.ReadAsync(resources, cancellation)).ToList();
        if (changes.Count == 0)
        {
            return [];
        }

        var refused = await kind.ChangeAsync(resources, [.. changes.Select(change => change.Change)], cancellation);
        var numbers = refused.Select(one => one.Number).ToHashSet();
        var done = changes.Where(change => !numbers.Contains(change.Number)).ToList();
        if (done.Count > 0)
        {
            var added = done.Count(change => change.IsNew);
            ReconcileLog.ResourcesChanged(log, name, kind.Name, added, done.Count - added, 0);
        }

        return refused;
    }

    private async Task CleanAsync<TResource, TChange>(
        ResourceKind<TResource, TChange> kind,
        string name,
        ISwitchResources resources,
        IReadOnlyList<TResource> intended,
        IReadOnlyList<InstalledRule> rules,
        CancellationToken cancellation)
        where TResource : class
    {
        var stale = Stale(kind, intended, rules, await kind.ReadAsync(resources, cancellation)).ToList();
        if (stale.Count > 0)
        {
            var refused = await kind.ChangeAsync(resources, stale, cancellation);
            ReconcileLog.ResourcesChanged(log, name, kind.Name, 0, 0, stale.Count - refused.Count);
        }
    }
}
