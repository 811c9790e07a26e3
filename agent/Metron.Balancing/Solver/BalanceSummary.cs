namespace Metron.Balancing;

/// <summary>What a plan does.</summary>
/// <param name="ImbalanceBefore">Squared imbalance as things are: Σ over counting workers of (load / capacity − mean)², mean = all load / all counting capacity.</param>
/// <param name="ImbalanceAfter">The same when the plan has been carried out.</param>
/// <param name="ImbalanceAim">The same if load were a fluid apart from elephants and base load: what the solver aims at.</param>
/// <param name="Mean">All load divided by the capacity of all counting workers.</param>
/// <param name="HighestBefore">Highest load / capacity of a counting worker.</param>
/// <param name="HighestAfter">The same when the plan has been carried out.</param>
/// <param name="Moves">Number of flow groups that move.</param>
/// <param name="MovedLoad">Their load in nominal cores.</param>
/// <param name="Elephants">Flow groups that alone fill a worker; see <see cref="FlowGroupBalancer.Elephants"/>.</param>
/// <param name="End">Why it stopped.</param>
/// <param name="Steps">Search steps that it took.</param>
public readonly record struct BalanceSummary(
    double ImbalanceBefore,
    double ImbalanceAfter,
    double ImbalanceAim,
    double Mean,
    double HighestBefore,
    double HighestAfter,
    int Moves,
    double MovedLoad,
    int Elephants,
    BalanceEnd End,
    int Steps);
