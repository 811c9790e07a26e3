using System.Collections.Immutable;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Store;
using Metron.Controller.Switches;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Reconciliation;

/// <summary>How a remote action went.</summary>
/// <param name="Problem">Why it failed as a whole; null when it did not.</param>
internal sealed record Outcome(string? Problem)
{
    /// <summary>It was done.</summary>
    public static Outcome Done { get; } = new((string?)null);

    /// <summary>Chains, by number, whose rules a switch refused, and its words.</summary>
    public IReadOnlyDictionary<uint, string> Refused { get; init; } = ImmutableDictionary<uint, string>.Empty;
}

/// <summary>Carries out what was decided on servers and switches; failures become outcomes.</summary>
internal sealed class RemoteExecutor(
    ChainRegistry registry,
    AgentDirectory agents,
    SwitchDirectory switches,
    IntendedRulesCache intended,
    SwitchResources resources,
    CounterFeed counters,
    PlanVerifier verifier,
    LearntCapacities capacities,
    ControllerConfiguration configuration,
    ILogger<RemoteExecutor> log)
{
    /// <summary>Carries out one action.</summary>
    public async Task<Outcome> RunAsync(RemoteAction action, CancellationToken cancellation)
    {
        try
        {
            return action switch
            {
                VerifyPlan verify => await VerifyAsync(verify, cancellation),
                Deploy deploy => await DeployAsync(deploy, cancellation),
                Undeploy undeploy => await UndeployAsync(undeploy, cancellation),
                ProgramSwitch program => await ProgramAsync(program, cancellation),
                ReadSwitch read => await ReadAsync(read, cancellation),
                _ => throw new InvalidOperationException($"unknown action {action}"),
            };
        }
        catch (Exception error) when (error is SwitchException or AgentLostException)
        {
            return new Outcome(error.Message);
        }
        catch (TimeoutException)
        {
            return new Outcome($"no answer within {configuration.Timings.AnswerTimeout.TotalSeconds:0.#} s");
        }
    }

    private async Task<Outcome> VerifyAsync(VerifyPlan action, CancellationToken cancellation)
    {
        var verification = await verifier.VerifyAsync(action.Plan, cancellation);
        registry.SetVerification(action.Plan.Chain, action.Plan.Revision, verification);
        return Outcome.Done;
    }

    private async Task<Outcome> DeployAsync(Deploy action, CancellationToken cancellation)
    {
        if (!agents.TryGetSession(action.Server, out var session))
        {
            return new Outcome("the agent is not connected");
        }

        var program = action.Plan.Programs[action.Server];
        var error = await session.CallAsync(new V1.ControllerMessage { Deploy = program }, configuration.Timings.AnswerTimeout, cancellation);
        if (error.Length > 0)
        {
            return new Outcome(error);
        }

        ReconcileLog.Deployed(log, action.Server, program.Chain, program.Revision);
        agents.NoteDeployed(session, DeployedProgram.From(program));
        return Outcome.Done;
    }

    private async Task<Outcome> UndeployAsync(Undeploy action, CancellationToken cancellation)
    {
        if (!agents.TryGetSession(action.Server, out var session))
        {
            return new Outcome("the agent is not connected");
        }

        var message = new V1.ControllerMessage { Undeploy = new V1.Undeploy { Chain = action.Chain, Revision = action.Revision } };
        var error = await session.CallAsync(message, configuration.Timings.AnswerTimeout, cancellation);
        if (error.Length > 0)
        {
            return new Outcome(error);
        }

        ReconcileLog.Undeployed(log, action.Server, action.Chain, action.Revision);
        agents.NoteUndeployed(session, action.Chain, action.Revision);
        return Outcome.Done;
    }

    private async Task<Outcome> ReadAsync(ReadSwitch action, CancellationToken cancellation)
    {
        if (switches.Switches[action.Switch].Connection is not { } connection)
        {
            return new Outcome("the switch is not connected");
        }

        // Before the rules, so that those of a meter or group that was deleted are read as missing.
        var refused = await PrepareAsync(action.Switch, connection, cancellation);
        await ReadBackAsync(action.Switch, connection, cancellation);
        return Outcome.Done with { Refused = refused };
    }

    private async Task<Outcome> ProgramAsync(ProgramSwitch action, CancellationToken cancellation)
    {
        if (switches.Switches[action.Switch].Connection is not { } connection)
        {
            return new Outcome("the switch is not connected");
        }

        try
        {
            return await ProgramAsync(action, connection, cancellation);
        }
        catch
        {
            // What the switch carried out is not known until it is read again.
            switches.ForgetRules(action.Switch, connection);
            throw;
        }
    }

    private async Task<Outcome> ProgramAsync(ProgramSwitch action, ISwitchConnection connection, CancellationToken cancellation)
    {
        // What refers to something that is not there would be refused, too, or worse.
        var refused = await PrepareAsync(action.Switch, connection, cancellation);
        var refusedChains = new HashSet<uint>([.. refused.Keys, .. action.AtOnce]);

        // Without a rule it forwards nothing, and is to begin soon.
        var pace = switches.Switches[action.Switch].Rules is { Count: 0 } ? ChangePace.Full : ChangePace.BesideTraffic;
        var filling = new TableFilling((switches.Switches[action.Switch].Rules ?? []).Select(counted => counted.Rule));
        var taken = new TakenRules();
        await ProgramAtOnceAsync(action, connection, filling, refused, cancellation);
        foreach (var phase in action.Change.Phases)
        {
            var messages = phase.FlowMods.Where(message => !SwitchSight.Concerns(message, refusedChains)).ToList();
            if (messages.Count == 0)
            {
                continue;
            }

            var refusals = await connection.ApplyAsync(messages, pace, cancellation);
            Learn(action.Switch, filling.Follow(messages, refusals));
            taken.Follow(messages, refusals);
            ReconcileLog.SwitchChanged(log, action.Switch, phase.Name, messages.Count - refusals.Count);
            foreach (var ofChain in refusals.GroupBy(refusal => Cookie.TryRead(refusal.Message.Cookie, out var cookie) ? cookie.Chain : 0))
            {
                refusedChains.Add(ofChain.Key);
                refused[ofChain.Key] = Describe([.. ofChain]);
                await TakeBackAsync(action.Switch, connection, ofChain.Key, messages, [.. ofChain], cancellation);
            }
        }

        var rules = await ReadBackAsync(action.Switch, connection, cancellation);
        if (refused.Count == 0 && taken.AreMissingIn(rules.Select(counted => counted.Rule)))
        {
            switches.Remark(action.Switch, TakenRules.Remark);
        }

        return Outcome.Done with { Refused = refused };
    }

    /// <summary>Makes sure of the meters and groups that rules refer to.</summary>
    /// <returns>The chains, by number, whose plans need what the switch refused, and its words.</returns>
    private async Task<Dictionary<uint, string>> PrepareAsync(string name, ISwitchConnection connection, CancellationToken cancellation)
    {
        var chains = registry.Chains;
        var needed = intended.On(name, chains).Resources;
        var refused = await resources.PrepareAsync(name, connection, needed, cancellation);
        var words = refused.DistinctBy(one => one.Number).ToDictionary(one => one.Number, one => one.Words);
        switches.SetResources(name, connection, needed.Without(words.Keys.ToHashSet()));
        return (from chain in chains.Values
                where words.Count > 0 && chain.InForce is { } plan && plan.Plan.Switch == name
                let missing = IntendedRulesCache.ResourcesOf(chain.InForce!.Plan).Numbers.Where(words.ContainsKey).ToList()
                where missing.Count > 0
                select (chain.Stored.Number, Words: $"{words[missing[0]]}{(missing.Count > 1 ? $", and {missing.Count - 1} more" : string.Empty)}"))
            .ToDictionary(chain => chain.Number, chain => chain.Words);
    }

    /// <summary>
    /// Sends the messages of each chain that is changed in place in a bundle of its own: a packet meets all of them or none, and a refusal
    /// leaves everything as it was.
    /// </summary>
    /// <param name="action">What is to be done.</param>
    /// <param name="connection">The switch.</param>
    /// <param name="filling">How full its tables are.</param>
    /// <param name="refused">Chains that are left out; gets those whose bundle is refused.</param>
    /// <param name="cancellation">Ends the wait.</param>
    private async Task ProgramAtOnceAsync(
        ProgramSwitch action, ISwitchConnection connection, TableFilling filling, Dictionary<uint, string> refused, CancellationToken cancellation)
    {
        foreach (var chain in action.AtOnce.Order().Where(chain => !refused.ContainsKey(chain)).ToList())
        {
            var only = new HashSet<uint> { chain };

            // Deletions first: no packet sees what is between, and in a table that is nearly full there is no room for old and new.
            var messages = action.Change.Phases.SelectMany(phase => phase.FlowMods).Where(message => SwitchSight.Concerns(message, only))
                .OrderBy(message => message.Command == FlowModCommand.Add).ToList();
            if (messages.Count == 0)
            {
                continue;
            }

            var refusals = await connection.ApplyAtOnceAsync(messages, cancellation);
            Learn(action.Switch, filling.Follow(messages, refusals, atOnce: true));
            if (refusals.Count > 0)
            {
                refused[chain] = Describe(refusals);
                continue;
            }

            ReconcileLog.SwitchChanged(log, action.Switch, "change in place", messages.Count);
        }
    }

    private void Learn(string name, IReadOnlyDictionary<byte, int> found)
    {
        foreach (var (table, rules) in found)
        {
            capacities.Learn(new StoredCapacity(name, switches.Switches[name].Identity.Description, table, rules));
            switches.Remark(name, $"table {table} was full with {rules} rules of chains (TABLE_FULL)");
        }
    }

    private static string Describe(IReadOnlyList<RefusedRule> refusals)
    {
        var first = refusals[0];
        return $"{first.Error} for {RuleText.Of(first.Message)}{(refusals.Count > 1 ? $", and {refusals.Count - 1} more" : string.Empty)}";
    }

    /// <summary>
    /// Rules that were taken for a plan that cannot be completed lead nowhere yet, as its entrances were not sent: they would only fill
    /// the switch.
    /// </summary>
    private async Task TakeBackAsync(
        string name,
        ISwitchConnection connection,
        uint chainNumber,
        IReadOnlyList<FlowMod> messages,
        IReadOnlyList<RefusedRule> refusals,
        CancellationToken cancellation)
    {
        var chains = registry.Chains;
        if (chains.Values.FirstOrDefault(chain => chain.Stored.Number == chainNumber)?.Committed is not { } plan)
        {
            return;
        }

        var rules = intended.On(name, chains);
        var ofPlan = messages.Where(message => Cookie.TryRead(message.Cookie, out var cookie)
            && cookie.Chain == chainNumber && cookie.Revision == (ushort)plan.Revision && message.Command == FlowModCommand.Add).ToList();
        if (ofPlan.Exists(message => rules.Find(Installed(message))?.Role is not (RuleRole.Tag or RuleRole.Stage)))
        {
            return;
        }

        var taken = ofPlan.Except(refusals.Select(refusal => refusal.Message)).Select(Deletion).ToList();
        if (taken.Count > 0)
        {
            await connection.ApplyAsync(taken, ChangePace.BesideTraffic, cancellation);
            ReconcileLog.TakenBack(log, plan.Chain, plan.Revision, name);
        }
    }

    private static InstalledRule Installed(FlowMod message) =>
        new(message.Table, message.Priority, message.Match, message.Cookie, message.Instructions);

    private static FlowMod Deletion(FlowMod message) => new()
    {
        Command = FlowModCommand.DeleteStrict,
        Table = message.Table,
        Priority = message.Priority,
        Match = message.Match,
        Cookie = message.Cookie,
        CookieMask = ulong.MaxValue,
    };

    private async Task<IReadOnlyList<CountedRule>> ReadBackAsync(string name, ISwitchConnection connection, CancellationToken cancellation)
    {
        var sieve = new RuleSieve(intended.On(name, registry.Chains));
        await foreach (var rule in connection.StreamRulesAsync(FlowFilter.All, cancellation))
        {
            sieve.Add(rule);
        }

        var rules = sieve.ToRules();
        counters.Take(name, rules);
        switches.SetRules(name, connection, rules);
        var needed = intended.On(name, registry.Chains).Resources;
        await resources.CleanAsync(switches.Switches[name].Configuration, connection, needed, [.. rules.Select(rule => rule.Rule)], cancellation);
        return rules;
    }
}
