using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.Controller.Reconciliation;
using Metron.Mapping.Programs;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>Switches, as operators see them.</summary>
public sealed class SwitchesService(SwitchDirectory directory, StrayPeers strays, ChainRegistry registry, IntendedRulesCache intended, TimeProvider time) : V1.Switches.SwitchesBase
{
    /// <inheritdoc/>
    public override Task<V1.ListSwitchesResponse> ListSwitches(V1.ListSwitchesRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.ListSwitchesResponse
        {
            Switches = { directory.Switches.Values.Select(ToProto) },
            StrayPeers = { strays.All.Select(ToProto) },
        });

    /// <inheritdoc/>
    public override async Task<V1.Switch> GetSwitch(V1.GetSwitchRequest request, ServerCallContext context)
    {
        if (!directory.Switches.TryGetValue(request.Name, out var state))
        {
            throw ApiErrors.Of(StatusCode.NotFound, $"there is no switch \"{request.Name}\" in the controller's configuration");
        }

        var result = ToProto(state);
        if (!state.Connected)
        {
            result.StrayPeers.AddRange(strays.All.Select(ToProto));
        }

        if (request.IncludeRules)
        {
            result.Rules.AddRange(await ReadRulesAsync(state, context.CancellationToken));
            result.Groups.AddRange(await ReadGroupsAsync(state, context.CancellationToken));
        }

        return result;
    }

    /// <summary>The groups of ours; none of a switch that does not know groups.</summary>
    private async Task<IEnumerable<V1.PortGroup>> ReadGroupsAsync(SwitchState state, CancellationToken cancellation)
    {
        try
        {
            return state.Connection is ISwitchResources resources && state.Configuration.Profile is not { Groups.IsEmpty: true }
                ? PortGroups.OnSwitch(state.Configuration.Name, await resources.ReadGroupsAsync(cancellation), registry.Chains.Values)
                : [];
        }
        catch (SwitchException error) when (error.InnerException is OpenFlowErrorException)
        {
            return [];
        }
        catch (SwitchException error)
        {
            throw ApiErrors.Of(StatusCode.Unavailable, $"switch {state.Configuration.Name}: {error.Message}");
        }
    }

    private async Task<IEnumerable<V1.SwitchRule>> ReadRulesAsync(SwitchState state, CancellationToken cancellation)
    {
        var name = state.Configuration.Name;
        if (state.Connection is not { } connection)
        {
            throw ApiErrors.Of(StatusCode.Unavailable, $"switch {name} is not connected, so its rules cannot be read");
        }

        try
        {
            var rules = await connection.ReadRulesAsync(new FlowFilter { Cookie = Cookie.OursValue, CookieMask = Cookie.OursMask }, cancellation);
            var chains = registry.Chains;
            var wanted = intended.On(name, chains);
            var names = chains.Values.ToDictionary(chain => chain.Stored.Number, chain => chain.Name);
            return rules
                .OrderBy(rule => rule.Rule.Table).ThenByDescending(rule => rule.Rule.Priority).ThenBy(rule => rule.Rule.Cookie)
                .Select(rule => ToProto(rule, wanted.Find(rule.Rule), names));
        }
        catch (SwitchException error)
        {
            throw ApiErrors.Of(StatusCode.Unavailable, $"switch {name}: {error.Message}");
        }
    }

    private static V1.SwitchRule ToProto(CountedRule counted, SwitchRule? wanted, Dictionary<uint, string> names)
    {
        var rule = counted.Rule;
        Cookie.TryRead(rule.Cookie, out var cookie);
        return new V1.SwitchRule
        {
            Table = rule.Table,
            Priority = rule.Priority,
            Cookie = rule.Cookie,
            Chain = wanted?.Chain ?? names.GetValueOrDefault(cookie.Chain, string.Empty),
            Purpose = wanted?.Purpose ?? "left over, about to be removed",
            Text = RuleText.Of(new FlowMod
            {
                Table = rule.Table,
                Priority = rule.Priority,
                Cookie = rule.Cookie,
                Match = rule.Match,
                Instructions = rule.Instructions,
            }),
            Packets = counted.Packets,
            Bytes = counted.Bytes,
        };
    }

    private V1.Switch ToProto(SwitchState state) => new()
    {
        Name = state.Configuration.Name,
        DatapathId = $"{state.Configuration.DatapathId:x16}",
        Connected = state.Connected,
        LastTransitionTime = Timestamp.FromDateTimeOffset(state.TransitionTime),
        OpenflowVersion = state.Identity.OpenFlowVersion,
        Description = state.Identity.Description,
        Tagging = state.Configuration.Tagging.ToProto(),
        Ports =
        {
            state.Ports.Values.Select(port => new V1.SwitchPort { Number = port.Number, Name = port.Name, Mac = port.Mac, LinkUp = port.LinkUp }),
        },
        Remarks = { state.Remarks },
        Address = state.Identity.Address,
        IntendedRules = (uint)intended.On(state.Configuration.Name, registry.Chains).Rules.Count,
        Drift = state.Drift is { } drift ? ToProto(drift, state) : null,
        LossReason = state.LastLoss?.Reason ?? string.Empty,
        LossTime = state.LastLoss is { } loss ? Timestamp.FromDateTimeOffset(loss.Time) : null,
    };

    private V1.StrayPeer ToProto(StrayPeer peer) => new()
    {
        Address = peer.Address.ToString(),
        Problem = peer.Problem,
        Count = (ulong)peer.Count,
        FirstTime = Timestamp.FromDateTimeOffset(peer.FirstTime),
        LastTime = Timestamp.FromDateTimeOffset(peer.LastTime),
        QuarantinedUntil = peer.QuarantinedUntil is { } until && until > time.GetUtcNow() ? Timestamp.FromDateTimeOffset(until) : null,
    };

    private V1.SwitchDrift ToProto(SwitchDrift drift, SwitchState state)
    {
        var names = registry.Chains.Values.ToDictionary(chain => chain.Stored.Number, chain => chain.Name);
        return new V1.SwitchDrift
        {
            Policy = state.Configuration.DriftPolicy == DriftPolicy.Alarm ? V1.DriftPolicy.Alarm : V1.DriftPolicy.Repair,
            Missing = (uint)drift.Missing,
            Altered = (uint)drift.Altered,
            LeftOver = (uint)drift.LeftOver,
            Foreign = (uint)drift.Foreign,
            Rules =
            {
                drift.Examples.Select(rule => new V1.DriftedRule
                {
                    Kind = (V1.DriftKind)((int)rule.Kind + 1),
                    Chain = Cookie.TryRead(rule.Cookie, out var cookie) ? names.GetValueOrDefault(cookie.Chain, string.Empty) : string.Empty,
                    Text = rule.Text,
                }),
            },
            LastTime = state.LastDrift is { } seen ? Timestamp.FromDateTimeOffset(seen.Time) : null,
            Last = state.LastDrift?.What.ToString() ?? string.Empty,
            LastRepaired = state.LastDrift?.IsRepaired ?? false,
        };
    }
}
