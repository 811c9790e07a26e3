using System.Runtime.CompilerServices;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>A switch over its OpenFlow connection.</summary>
/// <param name="connection">The connection; owned by the session.</param>
/// <param name="profile">What the switch can do; null when nothing special is known of it.</param>
/// <param name="remark">Takes what its operator should know; null for nobody.</param>
internal sealed class SwitchConnection(OpenFlowConnection connection, SwitchProfile? profile = null, Action<string>? remark = null)
    : ISwitchConnection, ISwitchResources
{
    /// <summary>A port of Open vSwitch holds some 270 small packets (a socket's receive buffer of 208 KiB): those of 10 ms at 25,000 packets per second.</summary>
    private static readonly TimeSpan _sectionTime = TimeSpan.FromMilliseconds(2);

    private const string NoBarriers = "it refuses barriers: what it carries out is read back instead, which is slower";
    private const string NoBarrierReply = "a barrier was not answered in time: what it had carried out was read back instead";

    private readonly RuleTransferOptions _transfer = profile is null ? new RuleTransferOptions() : new RuleTransferOptions
    {
        RulesPerSection = profile.RulesPerBarrier,
        RulesInFlight = profile.RulesInFlight,
        Confirmation = profile.Barriers == BarrierTruth.Truthful ? RuleConfirmation.Barrier : RuleConfirmation.ReadBack,
    };

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CountedRule>> ReadRulesAsync(FlowFilter filter, CancellationToken cancellation)
    {
        var rules = new List<CountedRule>();
        await foreach (var rule in StreamRulesAsync(filter, cancellation))
        {
            rules.Add(rule);
        }

        return rules;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CountedRule> StreamRulesAsync(FlowFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var flows = connection.StreamFlowsAsync(filter, cancellation).GetAsyncEnumerator(cancellation);
        while (await MoveNextAsync(flows))
        {
            var flow = flows.Current;
            yield return new CountedRule(
                new InstalledRule(flow.Table, flow.Priority, Understood(flow), flow.Cookie, flow.Instructions), flow.PacketCount, flow.ByteCount);
        }
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<FlowStats> flows)
    {
        try
        {
            return await flows.MoveNextAsync();
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            var problem = $"reading its rules failed: {error.Message}";
            if (error is UnexpectedReplyException or OpenFlowDecodeException or OpenFlowErrorException)
            {
                remark?.Invoke(problem);
            }

            throw new SwitchException(problem, error);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedRule>> ApplyAsync(IReadOnlyList<FlowMod> messages, ChangePace pace, CancellationToken cancellation)
    {
        try
        {
            await using var transfer = new RuleTransfer(
                messages, pace == ChangePace.BesideTraffic ? _transfer with { TargetSectionTime = _sectionTime } : _transfer);
            var failures = await transfer.CompleteAsync(connection, cancellation: cancellation);
            RemarkOnBarriers(transfer);
            return [.. failures.Select(failure => Refused(failure.Rule, failure.Error))];
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"changing its rules failed: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedRule>> ApplyAtOnceAsync(IReadOnlyList<FlowMod> messages, CancellationToken cancellation)
    {
        try
        {
            var result = await connection.ApplyBundleAsync(messages, cancellation: cancellation);
            var refused = result.Failures.Select(failure => Refused((FlowMod)failure.Message, failure.Error)).ToList();
            if (refused.Count == 0 && result.BundleError is { } error)
            {
                refused.Add(new RefusedRule(messages[0], $"{error.Code.Name} for a bundle of {messages.Count} messages, beginning with the one named here:"));
            }

            return refused;
        }
        catch (Exception error) when (IsOfTheSwitch(error) || error is BundlesUnsupportedException)
        {
            throw new SwitchException($"changing its rules in one bundle failed: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MeterDescription>> ReadMetersAsync(CancellationToken cancellation)
    {
        try
        {
            return await connection.ReadMetersAsync(cancellation: cancellation);
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"reading its meters failed: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GroupDescription>> ReadGroupsAsync(CancellationToken cancellation)
    {
        try
        {
            return await connection.ReadGroupsAsync(cancellation);
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"reading its groups failed: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedResource>> ChangeGroupsAsync(IReadOnlyList<GroupMod> changes, CancellationToken cancellation) =>
        ChangeAsync(changes, "groups", change => (change.Group, $"group {change.Group} ({GroupText(change)})"), cancellation);

    /// <inheritdoc/>
    public GroupDescription Adapt(GroupDescription group) => group.Kind == GroupKind.Select && TakesSelectionMethod
        ? group with { Properties = [SelectionMethod.DatapathHash] }
        : group;

    /// <summary>Whether select groups can be told how to choose: by the property that Open vSwitch has with OpenFlow 1.5.</summary>
    public bool TakesSelectionMethod { get; private set; }

    /// <summary>Takes what the switch says of itself.</summary>
    public void Know(SwitchIdentity identity) => TakesSelectionMethod =
        connection.Version >= OpenFlowVersion.OpenFlow15 && identity.Description.Contains("Open vSwitch", StringComparison.Ordinal);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedResource>> ChangeMetersAsync(IReadOnlyList<MeterMod> changes, CancellationToken cancellation) =>
        ChangeAsync(changes, "meters", change => (change.Meter, $"meter {change.Meter}"), cancellation);

    /// <summary>Whether the switch still answers.</summary>
    public async Task<bool> IsAliveAsync(TimeSpan patience, TimeProvider time)
    {
        try
        {
            await connection.RequestAsync(new EchoRequest(default)).WaitAsync(patience, time);
            return true;
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            return false;
        }
    }

    /// <summary>Address of the switch.</summary>
    public System.Net.EndPoint? Peer => connection.Peer;

    /// <summary>Ends the connection.</summary>
    public ValueTask CloseAsync() => connection.DisposeAsync();

    private void RemarkOnBarriers(RuleTransfer transfer)
    {
        if (transfer.BarriersMissing)
        {
            remark?.Invoke(NoBarriers);
        }

        if (transfer.BarriersUnanswered > 0)
        {
            remark?.Invoke(NoBarrierReply);
        }
    }

    /// <summary>
    /// Some switches decorate rules that they report with match fields of their own. A rule of ours is compared without them: it was sent without, and a
    /// rule that differed for ever would be sent for ever.
    /// </summary>
    private Match Understood(FlowStats flow)
    {
        if (!Cookie.IsOurs(flow.Cookie) || flow.Match.Fields.All(static field => field.Type.IsKnown))
        {
            return flow.Match;
        }

        remark?.Invoke($"it reports rules of ours with a match field that is unknown here ({flow.Match.Fields.First(static field => !field.Type.IsKnown).Type.Name}); they are compared without it");
        return new Match([.. flow.Match.Fields.Where(static field => field.Type.IsKnown)]);
    }

    private async Task<IReadOnlyList<RefusedResource>> ChangeAsync<T>(
        IReadOnlyList<T> changes, string what, Func<T, (uint Number, string Words)> describe, CancellationToken cancellation)
        where T : OpenFlowMessage
    {
        try
        {
            var result = await connection.SendAllAsync(changes, cancellation);
            return
            [
                .. from failure in result.Failures
                   let change = describe((T)failure.Message)
                   select new RefusedResource(change.Number, $"{failure.Error.Code.Name} for {change.Words}"),
            ];
        }
        catch (Exception error) when (IsOfTheSwitch(error))
        {
            throw new SwitchException($"changing its {what} failed: {error.Message}", error);
        }
    }

    private static string GroupText(GroupMod change) =>
        $"{change.Command switch { GroupModCommand.Add => "to be made", GroupModCommand.Modify => "to be changed", _ => "to be deleted" }}: {change}";

    private static RefusedRule Refused(FlowMod rule, ErrorMessage? error) =>
        new(rule, error?.Code.Name ?? "taken without an error, but not there when read back,") { Code = error?.Code };

    /// <summary>Whether an exception says something about the switch, not about this program.</summary>
    internal static bool IsOfTheSwitch(Exception error) => error
        is ConnectionClosedException or OpenFlowErrorException or UnexpectedReplyException or OpenFlowDecodeException or OpenFlowEncodeException
        or TimeoutException or IOException or ObjectDisposedException or NotMasterException;
}
