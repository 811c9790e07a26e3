namespace Metron.Synthesis;

/// <summary>Computes depths of a list from those of a similar one: a rule keeps its depth unless something changed behind it that it depends on.</summary>
internal sealed class DepthUpdate
{
    private readonly RuleDepths _depths;
    private readonly RuleDepths _before;
    private readonly int _mostChanges;

    // What changed behind the rule that is looked at: a rule that was there before, is there now, or is there with another depth.
    private readonly List<Change> _changes = [];

    private DepthUpdate(RuleDepths depths, RuleDepths before, int mostChanges) => (_depths, _before, _mostChanges) = (depths, before, mostChanges);

    /// <summary>Fills in depths; null when too much changed.</summary>
    public static RuleDepths? TryRun(RuleDepths depths, RuleDepths before, int mostChanges) =>
        new DepthUpdate(depths, before, mostChanges).TryRun() ? depths : null;

    private bool TryRun()
    {
        var (now, then) = (_depths.Rules, _before.Rules);
        var origins = ListAlignment.Of(now, then);
        var places = ListAlignment.Inverse(origins, then.Count);
        if (origins.Count(origin => origin < 0) + places.Count(place => place < 0) > _mostChanges)
        {
            return false;
        }

        // From the end through both lists at once: where neither has a rule of its own, the two that are left face each other.
        for (var (i, old) = (now.Count - 1, then.Count - 1); i >= 0 || old >= 0;)
        {
            if (old >= 0 && places[old] < 0)
            {
                NoteRemoved(old--);
            }
            else if (origins[i] < 0)
            {
                NoteAdded(i--);
            }
            else if (!Update(i--, old--))
            {
                return false;
            }
        }

        return true;
    }

    private void NoteRemoved(int index) => Note(new Change(_before, index, _before[index], 0));

    private void NoteAdded(int index)
    {
        _depths.Compute(index);
        Note(new Change(_depths, index, 0, _depths[index]));
    }

    /// <summary>Notes a rule that is gone or new; one that only moved, to the same depth, is no change any more for those before both places.</summary>
    private void Note(Change change)
    {
        var moved = _changes.FindIndex(other => other.Then == change.Now && other.Now == change.Then && other.Rule == change.Rule);
        if (moved >= 0)
        {
            _changes.RemoveAt(moved);
        }
        else
        {
            _changes.Add(change);
        }
    }

    private bool Update(int index, int old)
    {
        var then = _before[old];
        var (now, mayBeLess) = (then, false);
        foreach (var change in _changes)
        {
            // Only what made the rule as deep as it was, or makes it deeper, can change it.
            if ((change.Now >= now || change.Then == then - 1)
                && _depths.Boxes.MayMeet(index, change.In.Boxes, change.Index)
                && RuleDepths.DependsOn(_depths.Rules[index], change.Rule))
            {
                now = Math.Max(now, change.Now + 1);
                mayBeLess |= change.Then == then - 1 && change.Now < change.Then;
            }
        }

        if (mayBeLess)
        {
            _depths.Compute(index);
            now = _depths[index];
        }

        _depths.Set(index, now);
        if (now != then)
        {
            _changes.Add(new Change(_depths, index, then, now));
        }

        return _changes.Count <= _mostChanges;
    }

    /// <summary>A rule and its depth before and now; 0 when it was not or is not there.</summary>
    private readonly record struct Change(RuleDepths In, int Index, int Then, int Now)
    {
        public OrderedRule Rule => In.Rules[Index];
    }
}
