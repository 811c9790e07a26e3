using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Appliances;

/// <summary>Where a program meets an interface of a closed program.</summary>
/// <param name="Function">Name of the blackbox.</param>
/// <param name="Appliance">Name of the appliance.</param>
/// <param name="Side">0 inside, 1 outside.</param>
/// <param name="Endpoint">The endpoint that stands for the interface.</param>
internal readonly record struct ApplianceEnd(string Function, string Appliance, int Side, int Endpoint)
{
    /// <summary>The ends of a program: a blackbox's ports behind its sides are wired to them.</summary>
    public static IEnumerable<ApplianceEnd> Of(ResidualProgram program) =>
        from wire in program.Wires
        where wire.ToEndpoint >= 0 && wire.From.Port >= BlackboxConfiguration.FirstProgramPort
        let blackbox = program.Functions[wire.From.Function] as BlackboxConfiguration
        where blackbox is not null
        select new ApplianceEnd(blackbox.Name, blackbox.Appliance, wire.From.Port - BlackboxConfiguration.FirstProgramPort, wire.ToEndpoint);

    /// <summary>Adds what a program's tags mean for a worker's interfaces.</summary>
    /// <param name="routes">The worker's.</param>
    /// <param name="appliances">Names of the worker's appliances.</param>
    /// <param name="worker">Index of the worker.</param>
    /// <param name="program">A program that was checked.</param>
    public static void AddRoutes(ApplianceRoutes routes, IReadOnlyList<string> appliances, int worker, ResidualProgram program)
    {
        foreach (var end in Of(program))
        {
            var ingress = program.IngressTags.FirstOrDefault(tag => tag.Endpoint == end.Endpoint && tag.Worker == worker);
            var egress = program.EgressTags.FirstOrDefault(tag => tag.Endpoint == end.Endpoint);
            if (ingress is not null && egress is not null)
            {
                routes.Add((Index(appliances, end.Appliance) * 2) + end.Side, program.TagKind, ingress.Value, egress.Value);
            }
        }
    }

    /// <summary>Whether the workers of a program have the appliances that it uses, and no other chain uses them.</summary>
    /// <exception cref="ProgramRejectedException">Not so.</exception>
    public static void Check(ResidualProgram program, IReadOnlyList<WorkerOptions> workers, IEnumerable<ResidualProgram> others)
    {
        var ends = Of(program).ToList();
        foreach (var appliance in ends.Select(end => end.Appliance).Distinct())
        {
            foreach (var worker in program.IngressTags.Select(tag => tag.Worker).Distinct().Where(worker => !workers[worker].Appliances.Contains(appliance)))
            {
                throw new ProgramRejectedException($"worker {worker} has no interfaces to appliance '{appliance}'");
            }

            if (others.FirstOrDefault(other => other.Chain != program.Chain && Of(other).Any(end => end.Appliance == appliance)) is { } taken)
            {
                throw new ProgramRejectedException($"appliance '{appliance}' is taken by chain '{taken.Chain}' revision {taken.Revision}");
            }
        }
    }

    private static int Index(IReadOnlyList<string> appliances, string name)
    {
        for (var i = 0; i < appliances.Count; i++)
        {
            if (appliances[i] == name)
            {
                return i;
            }
        }

        throw new InvalidOperationException($"no appliance '{name}', although the program was checked");
    }
}
