using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Metron.Controller.Hosting;
using Metron.Controller.Store;
using Metron.Mapping.Yaml;

namespace Metron.Controller.Chains;

/// <summary>What was changed of chains, and the way back.</summary>
public sealed class RevisionsService(
    RevisionStore revisions, ChainRegistry registry, ChainAdmission admission, ServiceChainView view, ILogger<RevisionsService> log)
    : V1.Revisions.RevisionsBase
{
    private const int DefaultPageSize = 100;
    private const int LargestPageSize = 1000;

    /// <inheritdoc/>
    public override Task<V1.ListRevisionsResponse> ListRevisions(V1.ListRevisionsRequest request, ServerCallContext context)
    {
        if (request.PageSize > LargestPageSize)
        {
            throw ApiErrors.InvalidArgument("page_size", $"{request.PageSize} is too large; ask for 1 to {LargestPageSize}, or 0 for {DefaultPageSize}");
        }

        long? before = null;
        if (request.PageToken.Length > 0)
        {
            before = long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? position
                : throw ApiErrors.InvalidArgument("page_token", "is no token of this list; send next_page_token of the page before, unchanged");
        }

        var size = request.PageSize == 0 ? DefaultPageSize : (int)request.PageSize;
        var page = revisions.List(request.Chain, before, size + 1);
        if (page.Count == 0 && request.Chain.Length > 0 && before is null)
        {
            throw NotFound(request.Chain, 0);
        }

        return Task.FromResult(new V1.ListRevisionsResponse
        {
            Revisions = { page.Take(size).Select(ToProto) },
            NextPageToken = page.Count > size ? revisions.PositionOf(page[size - 1]).ToString(CultureInfo.InvariantCulture) : string.Empty,
        });
    }

    /// <inheritdoc/>
    public override Task<V1.Revision> GetRevision(V1.GetRevisionRequest request, ServerCallContext context)
    {
        var found = Find(request.Chain, request.Revision);
        var compared = request.CompareWith != 0 ? Find(request.Chain, request.CompareWith)
            : revisions.Before(found.Chain, found.Revision) is > 0 and var before ? revisions.Find(found.Chain, before)
            : null;
        var result = ToProto(found);
        if (found.Note.Kind != RevisionKind.Deleted)
        {
            result.Spec = V1.ServiceChainSpec.Parser.ParseFrom(found.Spec.Span);
        }

        result.ComparedWith = compared?.Revision ?? 0;
        result.Diff = UnifiedDiff.Of(
            compared is null ? string.Empty : Yaml(compared),
            Yaml(found),
            compared is null ? "nothing" : NameOf(compared),
            NameOf(found));
        return Task.FromResult(result);
    }

    /// <inheritdoc/>
    public override Task<V1.ServiceChain> RollbackServiceChain(V1.RollbackServiceChainRequest request, ServerCallContext context)
    {
        var to = Find(request.Name, request.Revision == 0 ? throw ApiErrors.InvalidArgument("revision", "is missing; say which revision to go back to") : request.Revision);
        if (to.Note.Kind == RevisionKind.Deleted)
        {
            throw ApiErrors.Of(StatusCode.FailedPrecondition, $"revision {to.Revision} of chain \"{request.Name}\" is a deletion; delete the chain instead, or go back to another revision");
        }

        var message = request.Message.Length > 0 ? request.Message : $"rollback to revision {to.Revision}";
        var note = Callers.Note(context, RevisionKind.RolledBack, request.Author, message) with { RolledBackTo = to.Revision };
        var chain = new V1.ServiceChain { Name = to.Chain, Spec = V1.ServiceChainSpec.Parser.ParseFrom(to.Spec.Span) };
        chain.Labels.Add(to.Labels.ToDictionary());
        while (true)
        {
            var version = registry.IntentVersion;
            var before = registry.Chains.GetValueOrDefault(request.Name);
            var after = RolledBack(request, before, chain, to.Revision);
            if (request.ValidateOnly)
            {
                return Task.FromResult(view.Preview(after, null));
            }

            if ((before is null ? registry.TryCreate(after, version, note) : registry.TryUpdate(after, version, note)) is { } stored)
            {
                ChainLog.RolledBack(log, stored.Name, to.Revision, stored.Stored.Revision);
                return Task.FromResult(view.ToProto(stored));
            }
        }
    }

    private ChainState RolledBack(V1.RollbackServiceChainRequest request, ChainState? before, V1.ServiceChain chain, long to)
    {
        if (before is null)
        {
            if (request.Etag.Length > 0)
            {
                throw ApiErrors.Of(StatusCode.Aborted, $"the etag does not fit: there is no chain \"{chain.Name}\" any more");
            }

            return admission.Admit(chain, registry.Chains);
        }

        ServiceChainsService.CheckEtag(request.Etag, before);
        if (before.Stored.Deleting)
        {
            throw ApiErrors.Of(StatusCode.FailedPrecondition, $"chain \"{chain.Name}\" is being deleted; wait until it is gone, then go back to the revision");
        }

        var after = admission.AdmitChange(before, chain, registry.Chains);
        return ReferenceEquals(after, before)
            ? throw ApiErrors.Of(StatusCode.FailedPrecondition, $"chain \"{chain.Name}\" is what it was in revision {to} already; nothing would change")
            : after;
    }

    private StoredRevision Find(string chain, long revision) => revisions.Find(chain, revision) ?? throw NotFound(chain, revision);

    private RpcException NotFound(string chain, long revision)
    {
        var kept = revisions.List(chain, null, int.MaxValue).Select(each => each.Revision).ToList();
        return ApiErrors.Of(StatusCode.NotFound, kept.Count == 0
            ? $"there is no chain \"{chain}\", and none of its revisions is kept"
            : $"revision {revision} of chain \"{chain}\" is not kept; there are {kept[^1]} to {kept[0]}");
    }

    private static string NameOf(StoredRevision revision) => $"{revision.Chain} revision {revision.Revision}";

    private static string Yaml(StoredRevision revision)
    {
        if (revision.Note.Kind == RevisionKind.Deleted)
        {
            return string.Empty;
        }

        var chain = new V1.ServiceChain { Name = revision.Chain, Spec = V1.ServiceChainSpec.Parser.ParseFrom(revision.Spec.Span) };
        chain.Labels.Add(revision.Labels.ToDictionary());
        return ChainYaml.Of(chain);
    }

    private static V1.Revision ToProto(StoredRevision revision)
    {
        var (result, supersededBy) = ResultOf(revision);
        var message = new V1.Revision
        {
            Chain = revision.Chain,
            Revision_ = revision.Revision,
            Kind = revision.Note.Kind switch
            {
                RevisionKind.Kept => V1.ChangeKind.Kept,
                RevisionKind.Created => V1.ChangeKind.Created,
                RevisionKind.Changed => V1.ChangeKind.Changed,
                RevisionKind.RolledBack => V1.ChangeKind.RolledBack,
                _ => V1.ChangeKind.Deleted,
            },
            Author = new V1.Author { Name = revision.Note.Author, Peer = revision.Note.Peer },
            Time = Timestamp.FromDateTimeOffset(revision.Time),
            Message = revision.Note.Message,
            Labels = { revision.Labels.ToDictionary() },
            Plan = revision.Plan is { } plan ? V1.PlanSummary.Parser.ParseFrom(plan.Span) : null,
            Result = result,
            InForceTime = revision.InForce is { } inForce ? Timestamp.FromDateTimeOffset(inForce) : null,
            EndTime = revision.Ended is { } ended ? Timestamp.FromDateTimeOffset(ended) : null,
            SupersededBy = supersededBy,
            Problem = revision.Problem,
            RolledBackTo = revision.Note.RolledBackTo,
        };
        return message;
    }

    private static (V1.RevisionResult Result, long SupersededBy) ResultOf(StoredRevision revision) => revision switch
    {
        { InForce: not null, Ended: null } => (V1.RevisionResult.InForce, 0),
        { InForce: not null } => (V1.RevisionResult.Superseded, revision.SupersededBy),
        { Problem.Length: > 0 } => (V1.RevisionResult.Failed, revision.Next),
        { Next: > 0 } => (V1.RevisionResult.Superseded, revision.Next),
        _ => (V1.RevisionResult.InProgress, 0),
    };
}
