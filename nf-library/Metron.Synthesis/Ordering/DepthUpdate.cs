namespace Metron.Synthesis;

/// <summary>Computes depths of a list that differs from one before only between a common beginning and a common end.</summary>
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
        var shorter = Math.Min(now.Count, then.Count);
        var start = 0;
        while (start < shorter && Same(now[start], then[start]))
        {
            start++;
        }

        var end = 0;
        while (end < shorter - start && Same(now[now.Count - 1 - end], then[then.Count - 1 - end]))
        {
            end++;
        }

        if (now.Count + then.Count - (2 * (start + end)) > _mostChanges)
        {
            return false;
        }

        for (var i = 1; i <= end; i++)
        {
            _depths.Set(now.Count - i, _before[then.Count - i]);
        }

        for (var i = now.Count - end - 1; i >= start; i--)
        {
            _depths.Compute(i);
            _changes.Add(new Change(_depths, i, 0, _depths[i]));
        }

        for (var i = start; i < then.Count - end; i++)
        {
            NoteRemoved(i);
        }

        for (var i = start - 1; i >= 0; i--)
        {
            if (!Update(i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A rule that is no longer there; one that only moved, to the same depth, is no change for those before it.</summary>
    private void NoteRemoved(int index)
    {
        var (rule, depth) = (_before.Rules[index], _before[index]);
        var moved = _changes.FindIndex(change => change.Then == 0 && change.Now == depth && Same(change.Rule, rule));
        if (moved >= 0)
        {
            _changes.RemoveAt(moved);
        }
        else
        {
            _changes.Add(new Change(_before, index, depth, 0));
        }
    }

    private bool Update(int index)
    {
        var then = _before[index];
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

    private static bool Same(in OrderedRule left, in OrderedRule right) => left.Action == right.Action && left.Match == right.Match;

    /// <summary>A rule and its depth before and now; 0 when it was not or is not there.</summary>
    private readonly record struct Change(RuleDepths In, int Index, int Then, int Now)
    {
        public OrderedRule Rule => In.Rules[Index];
    }
}
