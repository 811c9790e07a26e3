namespace Metron.Balancing;

/// <summary>Moves that must be, whatever they cost: away from draining workers, and away from elephants.</summary>
internal sealed class Relocation(Assignment assignment)
{
    /// <summary>Gives the flow groups of draining and parked workers to active ones, the largest first, each where squared imbalance rises least.</summary>
    /// <returns>Whether there were any.</returns>
    public bool EmptyDraining()
    {
        var any = false;
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            while (!assignment.Counts(worker) && assignment.First(worker) is var group && group != Assignment.None)
            {
                any = true;
                assignment.Move(group, Place(group, exceptFor: worker).Worker);
            }
        }

        return any;
    }

    /// <summary>Leaves each elephant alone with its worker as far as others have room: what is with it goes where that lowers squared imbalance.</summary>
    /// <returns>Whether anything moved.</returns>
    public bool Isolate(ReadOnlySpan<ushort> elephants, BalanceSettings settings)
    {
        var any = false;
        foreach (var elephant in elephants)
        {
            var worker = assignment.Owners[elephant];
            var group = assignment.First(worker);
            var stays = true; // The largest of its worker; a second elephant leaves as other companions do.
            while (group != Assignment.None)
            {
                var next = assignment.Next(group);
                if (!stays && assignment.Moves < settings.MaximumMoves && Place(group, worker) is { Change: < 0 } place)
                {
                    assignment.Move(group, place.Worker);
                    any = true;
                }

                (stays, group) = (false, next);
            }
        }

        return any;
    }

    // Where a flow group does least harm; the fewest flow groups decide between equals, so that silent ones are spread, too.
    private (int Worker, double Change) Place(int group, int exceptFor)
    {
        var load = assignment.Load(group);
        var (best, least) = (Assignment.None, double.PositiveInfinity);
        for (var worker = 0; worker < assignment.Workers; worker++)
        {
            if (worker == exceptFor || assignment.States[worker] != WorkerState.Active)
            {
                continue;
            }

            var share = load * assignment.Inverses[worker];
            var change = (share * (share + (2 * assignment.Deviations[worker]))) + assignment.Cost(group, worker);
            if (change < least || (change == least && assignment.Count(worker) < assignment.Count(best)))
            {
                (best, least) = (worker, change);
            }
        }

        var leaving = load * assignment.Inverses[exceptFor];
        return (best, least - (leaving * ((2 * assignment.Deviations[exceptFor]) - leaving)));
    }
}
