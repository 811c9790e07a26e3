using Metron.Agent.Configuration;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Balancing;

/// <summary>How many workers shall be in use, by the configuration and by the chains that run.</summary>
/// <param name="Minimum">Fewest.</param>
/// <param name="Maximum">Most.</param>
internal readonly record struct WorkerLimits(int Minimum, int Maximum)
{
    /// <summary>
    /// The most demanding chain says how many at least, the most generous one how many at most: all chains have all workers in use. Chains never get more
    /// than the configuration allows.
    /// </summary>
    /// <param name="configuration">What the configuration says.</param>
    /// <param name="workers">Workers that there are.</param>
    /// <param name="programs">What runs.</param>
    public static WorkerLimits Of(BalancingConfiguration configuration, int workers, IReadOnlyList<ResidualProgram> programs)
    {
        var most = configuration.MaximumWorkers == 0 ? workers : Math.Min(configuration.MaximumWorkers, workers);
        var asked = programs.Select(program => program.MinimumWorkers).DefaultIfEmpty().Max();
        var allowed = programs.Count == 0 ? 0 : programs.Select(program => program.MaximumWorkers == 0 ? workers : program.MaximumWorkers).Max();
        var minimum = Math.Clamp(Math.Max(configuration.MinimumWorkers, asked), 1, most);
        return new WorkerLimits(minimum, allowed == 0 ? most : Math.Clamp(allowed, minimum, most));
    }
}
