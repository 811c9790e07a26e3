using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Orchestration.Tests;

/// <summary>A plan with what switch and servers are told for it.</summary>
internal sealed record Compiled(ChainPlan Plan, IReadOnlyList<SwitchRule> Rules, IReadOnlyDictionary<string, ResidualProgram> Programs)
{
    /// <summary>The groups that rules send packets to.</summary>
    public IReadOnlyList<GroupDescription> Groups { get; init; } = ChainPrograms.Groups(Plan);

    public static Compiled Of(ChainPlan plan) => new(plan, ChainPrograms.SwitchRules(plan), ChainPrograms.ResidualPrograms(plan));

    /// <summary>As a compiler would write it that reads the chain wrongly: numbers of the right plan, rules and programs of another chain.</summary>
    public Compiled AsIf(Func<ChainSpec, ChainSpec> misread)
    {
        var plan = Plan with { Spec = misread(Plan.Spec) };
        Assert.NotEqual(plan.Spec, Plan.Spec);
        return this with { Rules = ChainPrograms.SwitchRules(plan), Programs = ChainPrograms.ResidualPrograms(plan) };
    }

    /// <summary>As if the first firewall were another one.</summary>
    public Compiled AsIfFirewall(Func<FirewallConfiguration, FirewallConfiguration> misread) => AsIf(spec => spec with
    {
        Functions = [.. spec.Functions.Select(function => function is FirewallConfiguration firewall ? misread(firewall) : function)],
    });

    /// <summary>As if the plan were another one.</summary>
    public Compiled AsIfPlanned(Func<ChainPlan, ChainPlan> misread) => Of(misread(Plan)) with { Plan = Plan };

    /// <summary>With rules changed that fit; there must be one.</summary>
    public Compiled Change(Func<SwitchRule, bool> fits, Func<FlowMod, FlowMod?> change)
    {
        Assert.Contains(Rules, rule => fits(rule));
        return this with
        {
            Rules = [.. Rules.Select(rule => !fits(rule) ? rule : change(rule.Flow) is { } flow ? rule with { Flow = flow } : null).OfType<SwitchRule>()],
        };
    }

    /// <summary>With only the first rule changed that fits.</summary>
    public Compiled ChangeFirst(Func<SwitchRule, bool> fits, Func<FlowMod, FlowMod?> change)
    {
        var first = Rules.First(fits);
        return Change(rule => ReferenceEquals(rule, first), change);
    }

    /// <summary>With actions of rules changed that fit.</summary>
    public Compiled ChangeActions(Func<SwitchRule, bool> fits, Func<OpenFlowAction, OpenFlowAction?> change) => Change(fits, flow => flow with
    {
        Instructions = flow.Instructions.Select(instruction => instruction is ApplyActionsInstruction apply
            ? new ApplyActionsInstruction(apply.Actions.Select(change).OfType<OpenFlowAction>().ToEquatableArray()) : instruction).ToEquatableArray(),
    });

    /// <summary>With the second bucket of each group changed.</summary>
    public Compiled ChangeBackup(Func<Bucket, Bucket?> change)
    {
        Assert.NotEmpty(Groups);
        return this with
        {
            Groups = [.. Groups.Select(group => group with { Buckets = group.Buckets.Select((bucket, i) => i == 1 ? change(bucket) : bucket).OfType<Bucket>().ToEquatableArray() })],
        };
    }

    /// <summary>With another program on the server.</summary>
    public Compiled ChangeProgram(Func<ResidualProgram, ResidualProgram> change) => this with
    {
        Programs = Programs.ToDictionary(program => program.Key, program => change(program.Value)),
    };
}
