using System.Runtime.CompilerServices;

namespace Metron.OpenFlow;

/// <summary>Sends any number of rules in order, and says of each what became of it. Memory is bounded by the window, whatever their number.</summary>
/// <remarks>
/// Rules go out in sections; each is followed by a barrier, and a few sections are under way at a time, so that the switch never waits for this
/// side; with <see cref="RuleTransferOptions.TargetSectionTime"/> one at a time, so that packets never wait for long. Messages that may be about many
/// rules (modify and delete that are not strict) are sections of their own. Errors are attributed by transaction number. When a barrier is refused or
/// not answered in time, the section is unknown and is read back; nothing is guessed. When the connection is lost, or not even reading works,
/// <see cref="RunAsync"/> ends by an exception: rules up to
/// <see cref="Confirmed"/> are known, those between that and <see cref="Sent"/> are not. Calling it again, with another connection, goes on from
/// there: unknown rules are sent once more, which changes nothing if the switch has them (do not use <see cref="FlowModFlags.CheckOverlap"/>).
/// One caller at a time.
/// </remarks>
public sealed class RuleTransfer : IAsyncDisposable
{
    private readonly IAsyncEnumerator<FlowMod> _rules;
    private readonly RuleTransferOptions _options;
    private readonly SectionPace? _pace;

    // The oldest first; what a lost connection left unknown stays here to be sent again.
    private readonly Queue<RuleSection> _unconfirmed = new();
    private FlowMod? _taken;
    private bool _ended;
    private bool _running;

    /// <summary>Prepares sending <paramref name="rules"/>, which are read as the switch takes them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public RuleTransfer(IAsyncEnumerable<FlowMod> rules, RuleTransferOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _options = options ?? new RuleTransferOptions();
        _options.Validate();
        _pace = _options is { TargetSectionTime: { } target, Confirmation: RuleConfirmation.Barrier } ? new SectionPace(target, _options.RulesPerSection) : null;
        _rules = rules.GetAsyncEnumerator();
    }

    /// <inheritdoc cref="RuleTransfer(IAsyncEnumerable{FlowMod}, RuleTransferOptions?)"/>
    public RuleTransfer(IEnumerable<FlowMod> rules, RuleTransferOptions? options = null)
        : this(ToAsync(rules), options)
    {
    }

    /// <summary>Rules sent so far.</summary>
    public long Sent { get; private set; }

    /// <summary>Rules, from the first on, of which it is known what became of them.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Whether the switch turned out to have no barriers, so that the rest is read back.</summary>
    public bool BarriersMissing { get; private set; }

    /// <summary>Sections whose barrier was not answered in time, so that they were read back.</summary>
    public long BarriersUnanswered { get; private set; }

    private bool ReadsBack => BarriersMissing || _options.Confirmation == RuleConfirmation.ReadBack;

    /// <summary>Sends what is not confirmed yet, and says section by section what became of it, in order.</summary>
    /// <param name="connection">The switch.</param>
    /// <param name="cancellation">Ends the sending; what is on its way is unknown then.</param>
    /// <exception cref="OpenFlowEncodeException">A rule cannot be expressed in the version that is spoken; it and those after it were not sent.</exception>
    /// <exception cref="TimeoutException">The switch answers neither barrier nor reading.</exception>
    /// <exception cref="OpenFlowErrorException">The switch refuses the barrier, and reading as well.</exception>
    /// <exception cref="ConnectionClosedException">The connection closed.</exception>
    public async IAsyncEnumerable<RuleSectionResult> RunAsync(
        OpenFlowConnection connection, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_running)
        {
            throw new InvalidOperationException("the transfer is running already");
        }

        _running = true;
        var underWay = new Queue<(RuleSection Section, SectionOnTheWay Way)>();
        try
        {
            await MeasureWayAsync(connection, cancellation).ConfigureAwait(false);
            var again = new Queue<RuleSection>(_unconfirmed);
            while (true)
            {
                var begin = connection.Options.TimeProvider.GetTimestamp();
                await SendAsync(connection, again, underWay, cancellation).ConfigureAwait(false);
                if (!underWay.TryPeek(out var oldest))
                {
                    yield break;
                }

                var later = underWay.Skip(1).Select(pair => pair.Section);
                var result = await ConfirmAsync(connection, oldest.Section, oldest.Way, later, cancellation).ConfigureAwait(false);
                oldest.Way.Dispose();
                underWay.Dequeue();
                _unconfirmed.Dequeue();
                Confirmed += oldest.Section.Rules.Count;
                _pace?.Note(connection.Options.TimeProvider.GetElapsedTime(begin));
                yield return result;
                await LeaveTimeAsync(connection, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var (_, way) in underWay)
            {
                way.Dispose();
            }

            _running = false;
        }
    }

    /// <summary>Sends everything and returns what was not carried out, at most <paramref name="limit"/> of it.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public async Task<IReadOnlyList<RuleFailure>> CompleteAsync(
        OpenFlowConnection connection, int limit = int.MaxValue, CancellationToken cancellation = default)
    {
        var failures = new List<RuleFailure>();
        await foreach (var section in RunAsync(connection, cancellation).ConfigureAwait(false))
        {
            failures.AddRange(section.Failures.Take(limit - failures.Count));
        }

        return failures;
    }

    /// <summary>Ends reading the rules.</summary>
    public ValueTask DisposeAsync() => _rules.DisposeAsync();

    /// <summary>Sends sections while the window has room: first those whose fate a lost connection left open, then new ones.</summary>
    private async Task SendAsync(
        OpenFlowConnection connection,
        Queue<RuleSection> again,
        Queue<(RuleSection Section, SectionOnTheWay Way)> underWay,
        CancellationToken cancellation)
    {
        while (HasRoom(underWay))
        {
            if (!again.TryPeek(out var section))
            {
                if (await NextSectionAsync(cancellation).ConfigureAwait(false) is not { } next)
                {
                    return;
                }

                section = next;
                again.Enqueue(section);
                _unconfirmed.Enqueue(section);
                Sent += section.Rules.Count;
            }

            if (section.StandsAlone && underWay.Count > 0)
            {
                return;
            }

            again.Dequeue();
            underWay.Enqueue((section, await connection.SendSectionAsync(section.Rules, withBarrier: !ReadsBack, cancellation).ConfigureAwait(false)));
        }
    }

    /// <summary>A barrier behind nothing tells how long the way to the switch and back takes.</summary>
    private async Task MeasureWayAsync(OpenFlowConnection connection, CancellationToken cancellation)
    {
        if (_pace is null)
        {
            return;
        }

        var time = connection.Options.TimeProvider;
        var begin = time.GetTimestamp();
        using var way = await connection.SendSectionAsync([], withBarrier: true, cancellation).ConfigureAwait(false);
        try
        {
            await connection.WaitForBarrierAsync(way.Barrier!, cancellation).ConfigureAwait(false);
            _pace.Note(time.GetElapsedTime(begin), isIdle: true);
        }
        catch (OpenFlowErrorException)
        {
            BarriersMissing = true;
        }
        catch (TimeoutException)
        {
            // Late or lost: the sections will tell.
        }
    }

    private Task LeaveTimeAsync(OpenFlowConnection connection, CancellationToken cancellation) =>
        _pace is { Pause: var pause } && pause > TimeSpan.Zero && !ReadsBack ? Task.Delay(pause, connection.Options.TimeProvider, cancellation) : Task.CompletedTask;

    private bool HasRoom(Queue<(RuleSection Section, SectionOnTheWay Way)> underWay) =>
        underWay.Count == 0
        || (!ReadsBack && _pace is null && !underWay.Peek().Section.StandsAlone
            && underWay.Sum(pair => pair.Section.Rules.Count) + _options.RulesPerSection <= _options.RulesInFlight);

    private async ValueTask<RuleSection?> NextSectionAsync(CancellationToken cancellation)
    {
        var rules = new List<FlowMod>();
        // Reading costs the switch more the more often it is done.
        var most = _pace is null || ReadsBack ? _options.RulesPerSection : _pace.Rules;
        while (rules.Count < most && await PeekAsync().ConfigureAwait(false) is { } rule)
        {
            cancellation.ThrowIfCancellationRequested();

            var stands = !SectionReading.IsOfOneRule(rule);
            if (stands && rules.Count > 0)
            {
                break;
            }

            rules.Add(rule);
            _taken = null;
            if (stands)
            {
                break;
            }
        }

        return rules.Count == 0 ? null : new RuleSection(Sent, rules);
    }

    private async ValueTask<FlowMod?> PeekAsync()
    {
        if (_taken is null && !_ended)
        {
            _ended = !await _rules.MoveNextAsync().ConfigureAwait(false);
            _taken = _ended ? null : _rules.Current;
        }

        return _taken;
    }

    private async Task<RuleSectionResult> ConfirmAsync(
        OpenFlowConnection connection, RuleSection section, SectionOnTheWay way, IEnumerable<RuleSection> later, CancellationToken cancellation)
    {
        if (way.Barrier is { } barrier)
        {
            try
            {
                await connection.WaitForBarrierAsync(barrier, cancellation).ConfigureAwait(false);
                return section.ToResult(way.Failures, [], RuleConfirmation.Barrier);
            }
            catch (OpenFlowErrorException)
            {
                BarriersMissing = true;
            }
            catch (TimeoutException)
            {
                // Late or lost: unknown until it is read.
                BarriersUnanswered++;
            }
        }

        return await new SectionReading(connection, section, later, _options).ConfirmAsync(way, cancellation).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<FlowMod> ToAsync(IEnumerable<FlowMod> rules)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var rule in rules)
        {
            yield return rule;
        }
    }
}

/// <summary>Consecutive rules of a transfer.</summary>
internal sealed record RuleSection(long First, IReadOnlyList<FlowMod> Rules)
{
    /// <summary>
    /// Whether it is one message that may be about many rules. What it did can be read back only while nothing else changes the same rules, so
    /// it goes out when all before it are confirmed, and the next after it is.
    /// </summary>
    public bool StandsAlone => Rules is [{ } only] && !SectionReading.IsOfOneRule(only);

    public RuleSectionResult ToResult(EquatableArray<MessageFailure> refused, IEnumerable<int> missing, RuleConfirmation confirmedBy)
    {
        var failures = refused.Select(failure => new RuleFailure(First + failure.Index, Rules[failure.Index], RuleOutcome.Refused, failure.Error))
            .Concat(missing.Select(index => new RuleFailure(First + index, Rules[index], RuleOutcome.Missing, null)))
            .OrderBy(failure => failure.Index);
        return new RuleSectionResult(First, Rules, [.. failures], confirmedBy);
    }
}
