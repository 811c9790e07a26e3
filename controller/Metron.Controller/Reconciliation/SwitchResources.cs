using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Orchestration;

namespace Metron.Controller.Reconciliation;

/// <summary>
/// Keeps the meters of a switch as intended: they are there before the first rule that refers to them, and go after the last. A switch deletes rules with
/// their meter, so that a meter that someone deleted shows as missing rules; one that was altered is told by reading.
/// </summary>
internal sealed class SwitchResources(ILogger<SwitchResources> log)
{
    /// <summary>Adds what is missing, and puts right what was altered.</summary>
    /// <returns>What the switch refused, in words; null for nothing.</returns>
    public async Task<string?> PrepareAsync(string name, ISwitchConnection connection, IReadOnlyList<MeterDescription> intended, CancellationToken cancellation)
    {
        if (intended.Count == 0 || connection is not ISwitchResources resources)
        {
            return null;
        }

        var there = (await resources.ReadMetersAsync(cancellation)).ToDictionary(meter => meter.Meter);
        var changes = Changes(intended, there).ToList();
        if (changes.Count == 0)
        {
            return null;
        }

        var refused = await resources.ChangeMetersAsync(changes, cancellation);
        if (refused.Count > 0)
        {
            return $"{refused[0]}{(refused.Count > 1 ? $", and {refused.Count - 1} more" : string.Empty)}";
        }

        var added = changes.Count(change => change.Command == MeterModCommand.Add);
        ReconcileLog.MetersChanged(log, name, added, changes.Count - added, 0);
        return null;
    }

    /// <summary>Deletes those of ours that neither a plan nor a rule of the switch needs any more. What it refuses is tried again with the next reading.</summary>
    /// <param name="name">Name of the switch.</param>
    /// <param name="connection">The switch.</param>
    /// <param name="intended">The meters that it should have.</param>
    /// <param name="rules">The rules that it has.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task CleanAsync(
        string name, ISwitchConnection connection, IReadOnlyList<MeterDescription> intended, IReadOnlyList<InstalledRule> rules, CancellationToken cancellation)
    {
        if (connection is not ISwitchResources resources)
        {
            return;
        }

        var stale = Stale(intended, rules, await resources.ReadMetersAsync(cancellation)).ToList();
        if (stale.Count > 0)
        {
            var refused = await resources.ChangeMetersAsync(stale, cancellation);
            ReconcileLog.MetersChanged(log, name, 0, 0, stale.Count - refused.Count);
        }
    }

    /// <summary>What makes meters as intended: additions, and changes of those that are otherwise.</summary>
    internal static IEnumerable<MeterMod> Changes(IReadOnlyList<MeterDescription> intended, IReadOnlyDictionary<uint, MeterDescription> there) =>
        from meter in intended
        let found = there.GetValueOrDefault(meter.Meter)
        where found is null || !IsSame(meter, found)
        select meter.ToMeterMod(found is null ? MeterModCommand.Add : MeterModCommand.Modify);

    /// <summary>Deletions of meters of ours that are not intended and that no rule refers to, as it would go with its meter. Others' are left alone.</summary>
    internal static IEnumerable<MeterMod> Stale(
        IReadOnlyList<MeterDescription> intended, IReadOnlyList<InstalledRule> rules, IReadOnlyList<MeterDescription> there)
    {
        var wanted = intended.Select(meter => meter.Meter).ToHashSet();
        wanted.UnionWith(rules.SelectMany(rule => rule.Instructions).OfType<MeterInstruction>().Select(instruction => instruction.Meter));
        return there.Where(meter => meter.Meter is >= MeterPlanner.FirstNumber and <= MeterPlanner.LastNumber && !wanted.Contains(meter.Meter))
            .Select(meter => new MeterMod(MeterModCommand.Delete, meter.Meter));
    }

    /// <summary>Whether a switch does what was asked; statistics, which it may keep unasked, do not matter.</summary>
    private static bool IsSame(MeterDescription wanted, MeterDescription found) =>
        (wanted.Flags | MeterFlags.Statistics) == (found.Flags | MeterFlags.Statistics) && wanted.Bands == found.Bands;
}
