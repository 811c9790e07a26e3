using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Goes through the steps of a check. A step that fails or loses the connection is noted, and the next one follows.</summary>
internal sealed class ProbeRunner(ProbeTarget target, ProbeOptions options, Action<string> progress) : IAsyncDisposable
{
    private static readonly TimeSpan _cleanUpPatience = TimeSpan.FromSeconds(20);

    private readonly ProbeState _state = new();
    private readonly List<StepProblem> _problems = [];
    private ProbeSession? _session;
    private HelloStyle? _style;
    private ForeignState? _before;
    private byte _table;
    private bool _hasShape;

    /// <summary>Runs all steps.</summary>
    public async Task<ProbeFacts> RunAsync(CancellationToken cancellation)
    {
        var facts = new ProbeFacts { Greetings = await HandshakeProbe.RunAsync(target, options, progress, cancellation) };
        var best = HandshakeProbe.Styles.Zip(facts.Greetings).FirstOrDefault(pair => pair.Second.Version is not null);
        if (best.Second is null)
        {
            return facts;
        }

        _style = best.First;
        Restoration? restoration = null;
        try
        {
            facts = await MeasureAsync(facts, cancellation);
        }
        finally
        {
            restoration = await CleanUpAsync();
        }

        return facts with { Restoration = restoration, Problems = _problems.ToEquatableArray() };
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _session?.DisposeAsync() ?? default;

    private async Task<ProbeFacts> MeasureAsync(ProbeFacts facts, CancellationToken cancellation)
    {
        facts = await StepAsync(StepName.Identity, facts, async (session, all) => all with { Identity = await IdentityProbe.RunAsync(session, cancellation) }, cancellation);
        await StepAsync(StepName.Before, facts, async (session, all) => await LookAsync(session, all, cancellation), cancellation);
        if (_before is null)
        {
            // Without knowing whose rules are there, none may be touched.
            return facts;
        }

        facts = await StepAsync(StepName.Barriers, facts, async (session, all) => all with { Barriers = await BarrierProbe.RunAsync(session, _table, cancellation) }, cancellation, _hasShape);
        facts = await StepAsync(StepName.Groups, facts, async (session, all) => all with { Groups = await GroupProbe.RunAsync(session, cancellation) }, cancellation);
        facts = await StepAsync(StepName.Tables, facts, async (session, all) => all with { Tables = await TableProbe.RunAsync(session, progress, cancellation) }, cancellation);
        facts = await StepAsync(StepName.Meters, facts, async (session, all) => all with { Meters = await MeterProbe.RunAsync(session, _table, cancellation) }, cancellation);
        var sendsUp = facts.Barriers is { SendsPacketsUp: true };
        facts = await StepAsync(StepName.Rules, facts, async (session, all) => all with { Rules = await RuleProbe.RunAsync(session, _table, sendsUp, cancellation) }, cancellation, _hasShape);
        facts = await StepAsync(StepName.Bundles, facts, async (session, all) => all with { Bundles = await BundleProbe.RunAsync(session, _table, cancellation) }, cancellation, _hasShape);
        facts = await StepAsync(StepName.Errors, facts, async (session, all) => all with { Errors = await ErrorProbe.RunAsync(session, cancellation) }, cancellation);
        facts = await StepAsync(StepName.Echo, facts, async (session, all) => all with { Echo = await EchoProbe.RunAsync(session, _hasShape ? _table : null, cancellation) }, cancellation);
        facts = await StepAsync(StepName.Rate, facts, async (session, all) => all with { Rate = await RateProbe.RunAsync(session, _table, cancellation) }, cancellation, _hasShape);
        return options.Destructive ? await FillAsync(facts, cancellation) : facts;
    }

    private async Task<ProbeFacts> FillAsync(ProbeFacts facts, CancellationToken cancellation)
    {
        for (var i = 0; i < (facts.Tables?.Count ?? 0); i++)
        {
            var table = facts.Tables!.Value[i];
            progress($"filling table {table.Number}");
            facts = await StepAsync(StepName.Capacity, facts, async (session, all) =>
            {
                var capacity = await CapacityProbe.RunAsync(session, table, cancellation);
                return all with { Tables = all.Tables!.Value.Select(one => one.Number == table.Number ? one with { Capacity = capacity } : one).ToEquatableArray() };
            }, cancellation);
        }

        return facts;
    }

    /// <summary>Looks at what is there, removes what a check that was cut off has left, and finds the table where packets begin.</summary>
    private async Task<ProbeFacts> LookAsync(ProbeSession session, ProbeFacts facts, CancellationToken cancellation)
    {
        var left = (await session.ReadOursAsync(TableNumber.All, cancellation)).Count;
        await session.RemoveOursAsync(TableNumber.All, cancellation);
        var claims = await TableClaims.ReadAsync(session, cancellation);
        _before = (await ForeignState.ReadAsync(session, cancellation)) with { LeftByEarlierCheck = left };

        // From here on there is something to clean up.
        var rules = claims.Numbers.Select(number => ProbePackets.Rule(number, 1, 0) with { Instructions = [] }).ToList();
        var trials = await RuleTrials.RunAsync(session, rules, cancellation);
        var first = trials.FirstOrDefault(trial => trial.Works);
        _hasShape = first is not null;
        _table = first?.Rule.Table ?? claims.Numbers[0];
        return facts;
    }

    private async Task<ProbeFacts> StepAsync(
        string name, ProbeFacts facts, Func<ProbeSession, ProbeFacts, Task<ProbeFacts>> step, CancellationToken cancellation, bool possible = true)
    {
        if (!possible)
        {
            _problems.Add(new StepProblem(name, "no table takes rules by eth_dst and eth_type, by which this is tried"));
            return facts;
        }

        progress(name);
        try
        {
            return await step(await SessionAsync(cancellation), facts);
        }
        catch (Exception error) when (error is HandshakeException || ProbeFailure.IsOfTheSwitch(error))
        {
            _problems.Add(new StepProblem(name, error.Message));
        }
        catch (Exception error) when (ProbeFailure.IsOfTheConnection(error))
        {
            var reason = _session is { Connection.Closed: { IsCompleted: true } closed } ? (await closed).Message : error.Message;
            _problems.Add(new StepProblem(name, $"the connection was lost: {reason}"));
        }

        await RecoverAsync(cancellation);
        return facts;
    }

    /// <summary>The session; a new one when the last was lost.</summary>
    private async Task<ProbeSession> SessionAsync(CancellationToken cancellation)
    {
        if (_session is { Connection.Closed.IsCompleted: false } open)
        {
            return open;
        }

        if (_session is not null)
        {
            await _session.DisposeAsync();
            _session = null;
        }

        var connection = await ProbeOpening.GreetAsync(target, options, _style!.Value, cancellation);
        _session = new ProbeSession(connection, options, _state);
        await _session.AskForPacketsAsync(cancellation);
        return _session;
    }

    /// <summary>After a step that failed, its rules must not be in the way of the next one.</summary>
    private async Task RecoverAsync(CancellationToken cancellation)
    {
        try
        {
            if (_before is not null)
            {
                await RemoveEverythingAsync(await SessionAsync(cancellation), cancellation);
            }
        }
        catch (Exception error) when (error is HandshakeException || ProbeFailure.IsOfTheSwitch(error) || ProbeFailure.IsOfTheConnection(error))
        {
            progress($"cleaning up failed, to be tried again: {error.Message}");
        }
    }

    private static async Task<IReadOnlyList<FlowStats>> RemoveEverythingAsync(ProbeSession session, CancellationToken cancellation)
    {
        var left = await session.RemoveOursAsync(TableNumber.All, cancellation);
        if (session.State.Groups.Count > 0)
        {
            await GroupProbe.RemoveAllAsync(session, cancellation);
        }

        await MeterProbe.RemoveAllAsync(session, cancellation);
        return left;
    }

    /// <summary>Removes what is left and compares with what was there before; also after a cancellation, so under an own deadline.</summary>
    private async Task<Restoration?> CleanUpAsync()
    {
        if (_before is null)
        {
            return null;
        }

        progress("removing everything");
        using var deadline = new CancellationTokenSource(_cleanUpPatience, options.TimeProvider);
        try
        {
            var session = await SessionAsync(deadline.Token);
            var left = await RemoveEverythingAsync(session, deadline.Token);
            var remarks = left.Select(rule => $"would not go: {rule}").Concat(_before.Differences(await ForeignState.ReadAsync(session, deadline.Token))).ToList();
            await session.RestoreConfigurationAsync(deadline.Token);
            var complete = remarks.Count == 0;
            if (_before.LeftByEarlierCheck > 0)
            {
                remarks.Add($"{_before.LeftByEarlierCheck} rules that an earlier check had left behind were removed");
            }

            return new Restoration(complete, remarks.ToEquatableArray());
        }
        catch (Exception error) when (error is HandshakeException or OperationCanceledException || ProbeFailure.IsOfTheSwitch(error) || ProbeFailure.IsOfTheConnection(error))
        {
            var remark = $"the switch could not be cleaned up: {error.Message}; rules with cookies 0x50524f42… are of this check";
            progress(remark);
            return new Restoration(false, [remark]);
        }
    }
}
