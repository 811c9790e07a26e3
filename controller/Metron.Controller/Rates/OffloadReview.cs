using Metron.Controller.Reconciliation;
using Metron.Controller.Store;

namespace Metron.Controller.Rates;

/// <summary>
/// Says when a chain is looked at again of which a switch has only a part: whether other rules would keep more packets away from servers. Used by the
/// reconciler's loop alone.
/// </summary>
/// <param name="interval">Time between two looks at a chain, and so the shortest between two changes; zero: never.</param>
internal sealed class OffloadReview(TimeSpan interval)
{
    /// <summary>A chain that was planned again and again to no avail is left alone for at most so many intervals.</summary>
    private const int LongestPause = 16;

    private readonly Dictionary<string, (DateTimeOffset At, int Pause)> _next = new(StringComparer.Ordinal);

    /// <summary>The chains that are to be looked at now.</summary>
    public IReadOnlyList<string> Due(World world)
    {
        List<string> due = [];
        if (interval == TimeSpan.Zero)
        {
            return due;
        }

        foreach (var gone in _next.Keys.Where(chain => !world.Chains.ContainsKey(chain)).ToList())
        {
            _next.Remove(gone);
        }

        foreach (var chain in world.Chains.Keys.Where(chain => IsOpen(world, chain)))
        {
            if (!_next.TryGetValue(chain, out var next))
            {
                // What just came into force has not been measured.
                _next[chain] = (world.Now + interval, 1);
            }
            else if (next.At <= world.Now)
            {
                _next[chain] = next with { At = world.Now + (interval * next.Pause) };
                due.Add(chain);
            }
        }

        return due;
    }

    /// <summary>When <see cref="Due"/> has something to say; null for never.</summary>
    public DateTimeOffset? NextAt => _next.Count == 0 ? null : _next.Values.Min(next => next.At);

    /// <summary>Notes how a look ended.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="now">When.</param>
    /// <param name="planned">Whether the planner was asked, which costs something.</param>
    /// <param name="changed">Whether it had something better.</param>
    public void Ended(string chain, DateTimeOffset now, bool planned, bool changed)
    {
        if (_next.TryGetValue(chain, out var next))
        {
            var pause = planned && !changed ? Math.Min(2 * next.Pause, LongestPause) : 1;
            _next[chain] = (now + (interval * pause), pause);
        }
    }

    /// <summary>
    /// Whether a chain is offloaded in part, and nothing is under way that concerns it: one change at a time, and none while what it would rest on is not there.
    /// </summary>
    internal static bool IsOpen(World world, string name) =>
        world.Chains.TryGetValue(name, out var chain)
        && chain is { Graph: not null, Stored.Deleting: false, Plans: [{ Phase: PlanPhase.Running, Plan.Offload.Cuts.Count: > 0 } plan] }
        && plan.StandsFor == chain.Stored.Revision
        && world.Switches.TryGetValue(plan.Plan.Switch, out var sight) && sight is { Connected: true, IsSettled: true, Change: not null } && !sight.Lacks(plan)
        && plan.Programs.Keys.All(server => world.Servers.TryGetValue(server, out var state) && state.Connected);
}
