using Metron.Cli.Client;
using Metron.Cli.Commands;
using Metron.Cli.Specs;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Orchestration;
using Metron.Synthesis;

namespace Metron.Cli.Compile;

/// <summary>What chains are compiled for.</summary>
/// <param name="TagKind">How the switches tag.</param>
/// <param name="Workers">Workers of the server.</param>
/// <param name="Profile">What the switches can do; null for all that Open vSwitch can.</param>
internal sealed record CompileOptions(TagKind TagKind, int Workers, SwitchProfile? Profile = null);

/// <summary>A chain compiled on this machine, for servers and switches that are made up.</summary>
/// <param name="Document">Where it was read from.</param>
/// <param name="Spec">The chain.</param>
/// <param name="Plan">Classes, tags and placement.</param>
/// <param name="Rules">Rules on the switch, those included that count what no chain wants.</param>
/// <param name="Programs">What is left for the servers, by their name.</param>
internal sealed record Compilation(
    SpecDocument Document,
    ChainSpec Spec,
    ChainPlan Plan,
    IReadOnlyList<SwitchRule> Rules,
    IReadOnlyDictionary<string, ResidualProgram> Programs)
{
    private const long MostNaiveRules = 1_000_000;
    private const long MostNaiveSteps = 2_000_000;

    private static readonly TimeSpan VerificationTime = TimeSpan.FromSeconds(5);

    /// <summary>Rules and routes that have no effect.</summary>
    public ChainWarnings Warnings => ChainWarnings.Of(Spec);

    /// <summary>Proves that the compiled form does what the chain as written does, or finds a packet that shows otherwise.</summary>
    public ChainVerification Verify() => ChainVerifier.Verify(Plan, new EquivalenceBudget(VerificationTime, TimeProvider.System));

    /// <summary>How many rules the chain would take if its functions' rules were multiplied; given up soon enough to wait for.</summary>
    public NaiveProduct CountNaively() => NaiveProduct.Of(Spec, MostNaiveRules, MostNaiveSteps);

    /// <summary>Compiles a chain.</summary>
    /// <param name="document">A chain without problems of its own.</param>
    /// <param name="options">What for.</param>
    /// <param name="problems">What keeps it from being compiled, when the result is null.</param>
    public static Compilation? Of(SpecDocument document, CompileOptions options, out IReadOnlyList<SpecProblem> problems)
    {
        if (!document.Mapped.TryGetSpec(out var spec))
        {
            throw new ArgumentException("The chain has problems of its own.", nameof(document));
        }

        var inventory = VirtualInventory.For(spec, options.TagKind, options.Workers, options.Profile);
        problems = [.. ChainValidator.Validate(spec, inventory, []).Select(violation => document.Problem(new(violation.Path, violation.Message)))];
        if (problems.Count > 0)
        {
            return null;
        }

        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));
        if (result.Plan is not { } plan)
        {
            problems = [document.Problem(new("", result.Problem!.Message))];
            return null;
        }

        return new Compilation(
            document, spec, plan, ChainPrograms.IntendedRules(plan.Switch, [plan], []), ChainPrograms.ResidualPrograms(plan));
    }

    /// <summary>Compiles the chains of a command's files; prints all problems and ends the command when there are any.</summary>
    public static async Task<IReadOnlyList<Compilation>> AllAsync(Session session, string[] sources, CompileOptions options)
    {
        var compiled = new List<Compilation>();
        var problems = new List<SpecProblem>();
        foreach (var document in await SpecInput.ReadAsync(session, sources))
        {
            if (Of(document, options, out var found) is { } compilation)
            {
                compiled.Add(compilation);
            }

            problems.AddRange(found);
        }

        if (problems.Count > 0)
        {
            await SpecInput.PrintAsync(session.Terminal, problems);
            throw new CommandException(ExitCode.BadInput, $"{SpecInput.Count(problems.Count)}; nothing was compiled");
        }

        return compiled;
    }

    /// <summary>Where the chain is written.</summary>
    public SpecSource Source => new(Document);

    /// <summary>The place in the file that a switch rule comes from: "web.yaml:12"; empty when it comes from none in particular.</summary>
    public string SourceOf(SwitchRule rule) => Source.Of(RuleOrigins.OfRule(Spec, rule.Purpose));
}
