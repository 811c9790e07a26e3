using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>What rules of a connected switch refer to: meters and groups. Calls may overlap.</summary>
public interface ISwitchResources
{
    /// <summary>Reads all meters.</summary>
    /// <exception cref="SwitchException">The switch refused, did not answer, or is gone.</exception>
    Task<IReadOnlyList<MeterDescription>> ReadMetersAsync(CancellationToken cancellation);

    /// <summary>Adds, changes or deletes meters, then waits until the switch has done so or refused.</summary>
    /// <returns>What it refused; empty when it did all.</returns>
    /// <exception cref="SwitchException">The switch did not answer or is gone.</exception>
    Task<IReadOnlyList<RefusedResource>> ChangeMetersAsync(IReadOnlyList<MeterMod> changes, CancellationToken cancellation);

    /// <summary>Reads all groups.</summary>
    /// <exception cref="SwitchException">The switch refused, did not answer, or is gone.</exception>
    Task<IReadOnlyList<GroupDescription>> ReadGroupsAsync(CancellationToken cancellation);

    /// <summary>Adds, changes or deletes groups, then waits until the switch has done so or refused.</summary>
    /// <returns>What it refused; empty when it did all.</returns>
    /// <exception cref="SwitchException">The switch did not answer or is gone.</exception>
    Task<IReadOnlyList<RefusedResource>> ChangeGroupsAsync(IReadOnlyList<GroupMod> changes, CancellationToken cancellation);

    /// <summary>A group as this switch is told it: with what its version and kind of switch know beyond OpenFlow 1.3.</summary>
    GroupDescription Adapt(GroupDescription group);
}

/// <summary>A change that a switch refused.</summary>
/// <param name="Number">Number of the meter or group.</param>
/// <param name="Words">The switch's error and what it is about.</param>
public sealed record RefusedResource(uint Number, string Words);

/// <summary>What rules of a switch refer to.</summary>
/// <param name="Meters">Meters.</param>
/// <param name="Groups">Groups.</param>
public sealed record ResourceSet(IReadOnlyList<MeterDescription> Meters, IReadOnlyList<GroupDescription> Groups)
{
    /// <summary>Nothing.</summary>
    public static ResourceSet Empty { get; } = new([], []);

    /// <summary>The numbers of all. Those of ours are of a meter or of a group, never of both.</summary>
    public IEnumerable<uint> Numbers => Meters.Select(meter => meter.Meter).Concat(Groups.Select(group => group.Group));

    /// <summary>The set without some numbers.</summary>
    public ResourceSet Without(IReadOnlySet<uint> numbers) => numbers.Count == 0 ? this
        : new([.. Meters.Where(meter => !numbers.Contains(meter.Meter))], [.. Groups.Where(group => !numbers.Contains(group.Group))]);

    /// <summary>Whether everything of another set is in this one, as it is there.</summary>
    public bool Covers(ResourceSet other) => other.Meters.All(Meters.Contains) && other.Groups.All(Groups.Contains);
}
