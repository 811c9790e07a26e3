namespace Metron.Agent.Balance;

/// <summary>How many CPUs are used so that their mean load stays below a target. One more at once; one fewer only after some intervals, and with room.</summary>
/// <param name="target">Share of a CPU, above 0 and at most 1.</param>
internal sealed class CpuCount(double target)
{
    private const int PatienceIntervals = 5;
    private const double Room = 0.1;
    private int _count;
    private int _calm;

    /// <summary>The number for the next interval.</summary>
    /// <param name="load">Load of all CPUs together: 1 for one that is always busy.</param>
    /// <param name="most">Number of CPUs that there are.</param>
    public int Next(double load, int most)
    {
        var needed = Math.Clamp((int)Math.Ceiling(load / target), 1, most);
        if (_count == 0 || needed > _count)
        {
            (_count, _calm) = (_count == 0 ? most : needed, 0);
        }
        else if (_count > 1 && load / (_count - 1) < target - Room * target)
        {
            if (++_calm >= PatienceIntervals)
            {
                (_count, _calm) = (_count - 1, 0);
            }
        }
        else
        {
            _calm = 0;
        }

        return _count = Math.Min(_count, most);
    }
}
