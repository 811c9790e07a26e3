using Metron.Dataplane.Appliances;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Programs;

/// <summary>
/// The programs that are deployed and their places on the workers: decides what each worker shall run, and leaves it to the caller to tell them.
/// Changed by one thread at a time; <see cref="Programs"/> and <see cref="Plans"/> may be read by any.
/// </summary>
internal sealed class ProgramRegistry : IDisposable
{
    private readonly DataplaneOptions _options;
    private volatile CompiledProgram[] _programs = [];
    private int _lineages;

    public ProgramRegistry(DataplaneOptions options)
    {
        _options = options;
        Plans = [.. options.Workers.Select((worker, index) => new WorkerPlan(index, worker))];
    }

    /// <summary>The programs in the order of their deployment.</summary>
    public IReadOnlyList<CompiledProgram> Programs => _programs;

    /// <summary>What runs on each worker.</summary>
    public WorkerPlan[] Plans { get; }

    /// <summary>A program that is deployed; null for none.</summary>
    public CompiledProgram? Find(string chain, long revision) =>
        Array.Find(_programs, program => program.Program.Chain == chain && program.Program.Revision == revision);

    /// <summary>Adds a program to all workers' plans, or to none.</summary>
    /// <returns>The program on each worker; null on those that have none of its tags.</returns>
    /// <exception cref="ProgramRejectedException">It cannot be deployed; nothing was changed.</exception>
    public WorkerProgram?[] Add(ResidualProgram program)
    {
        var compiled = new CompiledProgram(program, Plans.Length);
        CheckTags(program);
        ApplianceEnd.Check(program, _options.Workers, _programs.Select(other => other.Program));
        var added = new List<WorkerProgram?>();
        try
        {
            foreach (var plan in Plans)
            {
                added.Add(plan.Add(compiled, previous => MakeFunctions(compiled, previous)));
            }
        }
        catch (Exception exception)
        {
            foreach (var plan in Plans.Take(added.Count))
            {
                plan.Remove(compiled);
                plan.Release();
            }

            throw exception as ProgramRejectedException
                ?? new ProgramRejectedException($"chain '{program.Chain}' cannot be run: {exception.Message}", exception);
        }

        _programs = [.. _programs, compiled];
        return [.. added];
    }

    /// <summary>Takes a program off all workers' plans.</summary>
    /// <returns>The program on each worker; null on those that had none of its tags.</returns>
    public WorkerProgram?[] Remove(CompiledProgram compiled)
    {
        _programs = [.. _programs.Where(program => program != compiled)];
        return Array.ConvertAll(Plans, plan => plan.Remove(compiled));
    }

    /// <summary>All workers have let go of the program that was removed last.</summary>
    public void Release() => Array.ForEach(Plans, plan => plan.Release());

    /// <summary>Frees what the programs hold; the workers have ended.</summary>
    public void Dispose()
    {
        _programs = [];
        Array.ForEach(Plans, plan => plan.Dispose());
    }

    private void CheckTags(ResidualProgram program)
    {
        var values = program.IngressTags.Select(tag => tag.Value).ToHashSet();
        foreach (var other in _programs.Select(compiled => compiled.Program).Where(other => other.TagKind == program.TagKind))
        {
            if (other.IngressTags.FirstOrDefault(tag => values.Contains(tag.Value)) is { } taken)
            {
                throw new ProgramRejectedException(
                    $"ingress tag {taken.Value} is taken by chain '{other.Chain}' revision {other.Revision}");
            }
        }
    }

    private WorkerFunction[] MakeFunctions(CompiledProgram compiled, WorkerProgram? previous)
    {
        var functions = new List<WorkerFunction>();
        var workers = compiled.Program.IngressTags.Select(tag => tag.Worker).Distinct().Count();
        foreach (var configuration in compiled.Program.Functions)
        {
            var instance = _options.CreateFunction(configuration);
            instance.Share(workers);
            var predecessor = previous?.Functions.FirstOrDefault(
                other => other.Instance.Name == instance.Name && other.Instance.GetType() == instance.GetType());
            functions.Add(new WorkerFunction(instance, predecessor?.Lineage ?? ++_lineages) { Predecessor = predecessor });
        }

        return [.. functions];
    }
}
