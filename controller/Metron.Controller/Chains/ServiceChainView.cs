using Google.Protobuf.WellKnownTypes;
using Metron.Controller.Rates;
using Metron.Mapping.Programs;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Optimization;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Shows chains as the API has them: intent as the operator gave it, and status.</summary>
/// <param name="counters">Counts of traffic classes.</param>
/// <param name="rules">Counts of rules on switches.</param>
/// <param name="rates">What rules take.</param>
public sealed class ServiceChainView(CounterBook counters, IRuleCounts rules, RuleRateBook rates)
{
    /// <summary>The chain with its status.</summary>
    public V1.ServiceChain ToProto(ChainState chain)
    {
        var result = Intent(chain);
        result.Status = new V1.ServiceChainStatus
        {
            State = StateOf(chain),
            Conditions = { chain.Conditions.Select(ToProto) },
            RunningRevision = chain.Running?.StandsFor ?? 0,
            SwitchRules = rules.RulesOf(chain.Stored.Number),
        };
        if (chain.Target is { Verification: { } verification } target)
        {
            result.Status.Verification = ToProto(verification, target.Revision);
        }

        if ((chain.Running ?? chain.Target) is { } plan)
        {
            Describe(plan.Plan, result.Status);
        }

        Warn(chain, result.Status);
        return result;
    }

    /// <summary>The chain as it would be, with the plan that would be carried out if there is one at the moment.</summary>
    public V1.ServiceChain Preview(ChainState chain, ChainPlan? plan)
    {
        var result = Intent(chain);
        result.Status = new V1.ServiceChainStatus { State = V1.ChainState.Pending, Conditions = { chain.Conditions.Select(ToProto) } };
        if (plan is not null)
        {
            Describe(plan, result.Status);
        }

        Warn(chain, result.Status);
        return result;
    }

    /// <summary>Warnings follow from the spec; they are worked out once for each.</summary>
    private static void Warn(ChainState chain, V1.ServiceChainStatus status)
    {
        if (chain.Graph is { } graph && !chain.Stored.Deleting)
        {
            var warnings = ChainWarnings.Of(graph);
            status.Warnings.AddRange(warnings.First.Select(warning => new V1.Warning
            {
                Path = warning.Path,
                Code = warning.Code switch
                {
                    WarningCode.Shadowed => V1.WarningCode.Shadowed,
                    WarningCode.Redundant => V1.WarningCode.Redundant,
                    _ => V1.WarningCode.Unreachable,
                },
                Message = warning.Message,
                RelatedPath = warning.RelatedPath,
            }));
            status.WarningsNotListed = (uint)(warnings.Count - warnings.First.Count);
        }
    }

    private static V1.ServiceChain Intent(ChainState chain) => new()
    {
        Name = chain.Name,
        Labels = { chain.Stored.Labels.ToDictionary() },
        Spec = chain.Spec,
        Etag = chain.Stored.Etag,
        Revision = chain.Stored.Revision,
        CreateTime = Timestamp.FromDateTimeOffset(chain.Stored.CreateTime),
        UpdateTime = Timestamp.FromDateTimeOffset(chain.Stored.UpdateTime),
    };

    private static V1.ChainState StateOf(ChainState chain)
    {
        if (chain.Stored.Deleting)
        {
            return V1.ChainState.Deleting;
        }

        if (chain.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) is not { } ready)
        {
            return V1.ChainState.Pending;
        }

        return ready.Holds == true ? V1.ChainState.Ready
            : chain.Running is null || ready.Reason == ReadyReasons.InProgress ? V1.ChainState.Pending
            : V1.ChainState.Degraded;
    }

    private static V1.Condition ToProto(ChainCondition condition) => new()
    {
        Type = condition.Type,
        Status = condition.Holds switch
        {
            true => V1.ConditionStatus.True,
            false => V1.ConditionStatus.False,
            null => V1.ConditionStatus.Unknown,
        },
        Reason = condition.Reason,
        Message = condition.Message,
        LastTransitionTime = Timestamp.FromDateTimeOffset(condition.Since),
    };

    private static V1.Verification ToProto(ChainVerification verification, long revision) => new()
    {
        Result = verification.Verdict switch
        {
            VerificationVerdict.Verified => V1.VerificationResult.Verified,
            VerificationVerdict.VerifiedBySampling => V1.VerificationResult.VerifiedBySampling,
            VerificationVerdict.Refuted => V1.VerificationResult.Refuted,
            _ => V1.VerificationResult.NotVerifiable,
        },
        Samples = (uint)verification.Samples,
        Duration = Duration.FromTimeSpan(verification.Duration),
        Counterexample = verification.Counterexample?.ToString() ?? string.Empty,
        Problem = verification.Problem ?? string.Empty,
        Checked = { verification.Checked },
        Revision = revision,
    };

    private void Describe(ChainPlan plan, V1.ServiceChainStatus status)
    {
        if (plan.Placement is { } placement)
        {
            status.Placements.Add(new V1.Placement
            {
                Server = placement.Server,
                Workers = { placement.Workers.Where(_ => !placement.IsBalanced).Select(worker => (uint)worker.Index) },
                FlowGroups = { placement.Workers.Where(_ => placement.IsBalanced).Select(group => (uint)group.Index) },
                Tags =
                {
                    plan.IngressTags.Select(tag => new V1.Tag
                    {
                        Value = tag.Value,
                        Kind = plan.TagKind.ToProto(),
                        Worker = (uint)tag.Worker.Index,
                        Ingress = ServerEndpoints.NameOf(plan.Spec, tag.Endpoint),
                    }),
                },
                Choice = plan.Choice is { } choice ? ToProto(choice) : null,
            });
        }

        status.Groups.AddRange((plan.Groups ?? []).Select(group => PortGroups.ToProto(plan, group)));
        status.PartialOffloads.AddRange(rates.SharesOf(plan).Select(share => new V1.PartialOffload
        {
            Endpoint = ServerEndpoints.NameOf(plan.Spec, share.Endpoint),
            Function = plan.Spec.Functions[share.At.Function].Name,
            Rules = (uint)share.Rules,
            RulesOnSwitch = (uint)share.OnSwitch,
            RulesThatDrop = (uint)share.Droppable,
            Reason = share.Reason,
            Measured = share.IsMeasured,
            DroppedPerSecond = (ulong)Math.Round(share.KeptAway),
            DroppablePerSecond = (ulong)Math.Round(share.OfPossible),
        }));
        var counts = counters.Read(plan.Spec.Name, plan.Revision);
        status.TrafficClasses.AddRange(plan.Classes.Select(trafficClass => ToProto(trafficClass, plan.Spec, counts)));
    }

    private static V1.PlacementChoice ToProto(PlacementChoice choice) => new()
    {
        Reason = choice.Reason,
        Candidates = { choice.Candidates.Select(candidate => new V1.PlacementCandidate { Server = candidate.Server, FreeMillicores = (long)Math.Round(candidate.FreeCores * 1000) }) },
        Rejected = { choice.Rejected.Select(server => new V1.RejectedServer { Server = server.Server, Reason = server.Reason }) },
        RejectedNotListed = (uint)choice.RejectedNotListed,
    };

    private static V1.TrafficClass ToProto(
        PlannedClass trafficClass, ChainSpec spec, IReadOnlyDictionary<int, (ulong Packets, ulong Bytes)> counts)
    {
        counts.TryGetValue(trafficClass.Id, out var count);
        return new V1.TrafficClass
        {
            Id = (uint)trafficClass.Id,
            Ingress = ServerEndpoints.NameOf(spec, trafficClass.Ingress),
            Egress = trafficClass.Egress < 0 ? string.Empty : ServerEndpoints.NameOf(spec, trafficClass.Egress),
            Path = { trafficClass.Path },
            Conditions = { trafficClass.Conditions },
            DecidedBy = trafficClass.DecidedBy == DecidedBy.Switch ? "switch" : "server",
            Packets = count.Packets,
            Bytes = count.Bytes,
        };
    }
}

/// <summary>Tells how many rules chains have on the switches.</summary>
public interface IRuleCounts
{
    /// <summary>Rules of a chain that were last seen on connected switches.</summary>
    /// <param name="chainNumber">Number of the chain in cookies.</param>
    uint RulesOf(uint chainNumber);
}

/// <summary>Reasons of the condition Ready that others depend on.</summary>
internal static class ReadyReasons
{
    /// <summary>All is well.</summary>
    public const string Ready = "Ready";

    /// <summary>The newest revision is being brought into force and nothing went wrong.</summary>
    public const string InProgress = "InProgress";

    /// <summary>Something is wrong; another condition says what.</summary>
    public const string NotInForce = "NotInForce";

    /// <summary>The chain is being removed.</summary>
    public const string Deleting = "Deleting";
}
