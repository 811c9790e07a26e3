using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Whether meters can be added and used by rules.</summary>
internal static class MeterProbe
{
    private const uint HighestNumber = 0x5052;
    private const uint Rate = 1000;

    /// <summary>What keeps meters from working; empty when they work.</summary>
    public static async Task<string> RunAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        if (session.Version < OpenFlowVersion.OpenFlow13)
        {
            return $"not in OpenFlow {session.Version.ToDotted()}";
        }

        try
        {
            return await FreeNumberAsync(session, cancellation) is { } meter ? await TryAsync(session, table, meter, cancellation) : "the switch says that there are none";
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            return error.Message;
        }
        finally
        {
            await RemoveAllAsync(session, cancellation);
        }
    }

    /// <summary>Removes the meters of this check.</summary>
    public static async Task RemoveAllAsync(ProbeSession session, CancellationToken cancellation)
    {
        if (session.State.Meters.Count > 0)
        {
            await session.SendAsync([.. session.State.Meters.Select(meter => new MeterMod(MeterModCommand.Delete, meter))], cancellation);
            session.State.Meters.Clear();
        }
    }

    private static async Task<string> TryAsync(ProbeSession session, byte table, uint meter, CancellationToken cancellation)
    {
        session.State.Meters.Add(meter);
        var added = (await session.SendAsync([new MeterMod(MeterModCommand.Add, meter, MeterFlags.KilobitsPerSecond, [new DropBand(Rate)])], cancellation))[0];
        if (!added.IsSilent)
        {
            session.State.Meters.Remove(meter);
            return added.ToString();
        }

        var found = await ReadAsync(session, meter, cancellation);
        if (found is not [{ Bands: [DropBand { Rate: Rate }] }])
        {
            return found.Count == 0 ? "accepted without a word, but not there" : $"came back altered: {found[0]}";
        }

        var guards = (await TableProbe.FindGuardsAsync(session, [table], cancellation))[table];
        if (guards.Count == 0)
        {
            return $"no rule could be tried in table {table}";
        }

        var rule = new FlowMod { Table = table, Match = Match.Of(guards[0]), Instructions = [new MeterInstruction(meter)] };
        var trial = await RuleTrials.RunAsync(session, rule, cancellation);
        return trial.Works ? "" : $"a meter can be added, but no rule can use it: {trial}";
    }

    /// <summary>Reads the meter; again while it is not there, for it may come late. A switch may answer for a meter that is not there by an error.</summary>
    private static async Task<IReadOnlyList<MeterDescription>> ReadAsync(ProbeSession session, uint meter, CancellationToken cancellation)
    {
        var start = session.Options.TimeProvider.GetTimestamp();
        while (true)
        {
            var isLast = session.Options.TimeProvider.GetElapsedTime(start) > session.Options.Settle;
            try
            {
                var found = await session.Connection.ReadMetersAsync(meter, cancellation);
                if (found.Count > 0 || isLast)
                {
                    return found;
                }
            }
            catch (OpenFlowErrorException) when (!isLast)
            {
                // Asked again below.
            }

            await session.DelayAsync(TimeSpan.FromMilliseconds(50), cancellation);
        }
    }

    /// <summary>A number that nobody uses; null when there is none.</summary>
    private static async Task<uint?> FreeNumberAsync(ProbeSession session, CancellationToken cancellation)
    {
        var used = (await session.Connection.ReadMetersAsync(cancellation: cancellation)).Select(meter => meter.Meter).ToHashSet();
        var most = (await session.Connection.ReadMeterFeaturesAsync(cancellation)).MaximumMeters;
        var number = Math.Min(HighestNumber, most);
        while (number > 0 && used.Contains(number))
        {
            number--;
        }

        return number == 0 ? null : number;
    }
}
