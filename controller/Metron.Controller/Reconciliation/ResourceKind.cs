using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>A kind of things that rules of a switch refer to by number: what is different between meters and groups.</summary>
/// <typeparam name="TResource">As the switch describes one.</typeparam>
/// <typeparam name="TChange">The message that adds, changes or deletes one.</typeparam>
internal abstract class ResourceKind<TResource, TChange>
    where TResource : class
{
    /// <summary>What they are called.</summary>
    public abstract string Name { get; }

    /// <summary>Number on the switch.</summary>
    public abstract uint NumberOf(TResource resource);

    /// <summary>Whether a number is one that the controller gives.</summary>
    public abstract bool IsOurs(uint number);

    /// <summary>Whether a switch has what it was asked for.</summary>
    public abstract bool IsSame(TResource wanted, TResource found);

    /// <summary>As a certain switch is told it.</summary>
    public virtual TResource Adapt(ISwitchResources target, TResource resource) => resource;

    /// <summary>The message that adds it, or puts it right where it is.</summary>
    public abstract TChange ToChange(TResource resource, bool isNew);

    /// <summary>The message that deletes it.</summary>
    public abstract TChange ToDeletion(TResource resource);

    /// <summary>Numbers that a rule refers to.</summary>
    public abstract IEnumerable<uint> In(InstalledRule rule);

    /// <summary>Reads all of a switch.</summary>
    public abstract Task<IReadOnlyList<TResource>> ReadAsync(ISwitchResources target, CancellationToken cancellation);

    /// <summary>Sends changes; returns what was refused.</summary>
    public abstract Task<IReadOnlyList<RefusedResource>> ChangeAsync(ISwitchResources target, IReadOnlyList<TChange> changes, CancellationToken cancellation);
}

/// <summary>Meters.</summary>
internal sealed class MeterKind : ResourceKind<MeterDescription, MeterMod>
{
    public static MeterKind Instance { get; } = new();

    public override string Name => "meters";

    public override uint NumberOf(MeterDescription resource) => resource.Meter;

    public override bool IsOurs(uint number) => number is >= MeterPlanner.FirstNumber and <= MeterPlanner.LastNumber;

    /// <summary>Statistics, which a switch may keep unasked, do not matter.</summary>
    public override bool IsSame(MeterDescription wanted, MeterDescription found) =>
        (wanted.Flags | MeterFlags.Statistics) == (found.Flags | MeterFlags.Statistics) && wanted.Bands == found.Bands;

    public override MeterMod ToChange(MeterDescription resource, bool isNew) => resource.ToMeterMod(isNew ? MeterModCommand.Add : MeterModCommand.Modify);

    public override MeterMod ToDeletion(MeterDescription resource) => new(MeterModCommand.Delete, resource.Meter);

    public override IEnumerable<uint> In(InstalledRule rule) => rule.Instructions.OfType<MeterInstruction>().Select(instruction => instruction.Meter);

    public override Task<IReadOnlyList<MeterDescription>> ReadAsync(ISwitchResources target, CancellationToken cancellation) => target.ReadMetersAsync(cancellation);

    public override Task<IReadOnlyList<RefusedResource>> ChangeAsync(ISwitchResources target, IReadOnlyList<MeterMod> changes, CancellationToken cancellation) =>
        target.ChangeMetersAsync(changes, cancellation);
}

/// <summary>Groups.</summary>
internal sealed class GroupResourceKind : ResourceKind<GroupDescription, GroupMod>
{
    public static GroupResourceKind Instance { get; } = new();

    public override string Name => "groups";

    public override uint NumberOf(GroupDescription resource) => resource.Group;

    public override bool IsOurs(uint number) => number is >= GroupPlanner.FirstNumber and <= GroupPlanner.LastNumber;

    /// <summary>Numbers of buckets are the switch's, and weights mean something to select groups only.</summary>
    public override bool IsSame(GroupDescription wanted, GroupDescription found) =>
        wanted.Kind == found.Kind && wanted.Properties == found.Properties && wanted.Buckets.Count == found.Buckets.Count
        && wanted.Buckets.Zip(found.Buckets).All(pair => Meaning(wanted.Kind, pair.First) == Meaning(wanted.Kind, pair.Second));

    public override GroupDescription Adapt(ISwitchResources target, GroupDescription resource) => target.Adapt(resource);

    public override GroupMod ToChange(GroupDescription resource, bool isNew) =>
        new(isNew ? GroupModCommand.Add : GroupModCommand.Modify, resource.Kind, resource.Group, resource.Buckets) { Properties = resource.Properties };

    public override GroupMod ToDeletion(GroupDescription resource) => new(GroupModCommand.Delete, resource.Kind, resource.Group);

    public override IEnumerable<uint> In(InstalledRule rule) => rule.Instructions.SelectMany(instruction => instruction switch
    {
        ApplyActionsInstruction apply => apply.Actions,
        WriteActionsInstruction write => write.Actions,
        _ => default,
    }).OfType<GroupAction>().Select(action => action.Group);

    public override Task<IReadOnlyList<GroupDescription>> ReadAsync(ISwitchResources target, CancellationToken cancellation) => target.ReadGroupsAsync(cancellation);

    public override Task<IReadOnlyList<RefusedResource>> ChangeAsync(ISwitchResources target, IReadOnlyList<GroupMod> changes, CancellationToken cancellation) =>
        target.ChangeGroupsAsync(changes, cancellation);

    private static Bucket Meaning(GroupKind kind, Bucket bucket) => bucket with { Id = null, Weight = kind == GroupKind.Select ? bucket.Weight : (ushort)0 };
}
