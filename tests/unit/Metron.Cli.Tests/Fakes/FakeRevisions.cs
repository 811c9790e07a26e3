using Grpc.Core;

namespace Metron.Cli.Tests.Fakes;

/// <summary>A FAKE of the service of revisions, for tests of the command line alone: what the test puts there is listed and found.</summary>
internal sealed class FakeRevisions(FakeController fake) : V1.Revisions.RevisionsBase
{
    public override Task<V1.ListRevisionsResponse> ListRevisions(V1.ListRevisionsRequest request, ServerCallContext context)
    {
        // Pages of two, so that a client that does not ask on is found out.
        var skipped = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
        var size = Math.Min(2, (int)request.PageSize);
        var all = fake.Revisions.Where(revision => request.Chain.Length == 0 || revision.Chain == request.Chain).Skip(skipped).ToList();
        return Task.FromResult(new V1.ListRevisionsResponse
        {
            Revisions = { all.Take(size) },
            NextPageToken = all.Count > size ? (skipped + size).ToString(System.Globalization.CultureInfo.InvariantCulture) : string.Empty,
        });
    }

    public override Task<V1.Revision> GetRevision(V1.GetRevisionRequest request, ServerCallContext context) => Task.FromResult(
        fake.Revisions.Find(revision => revision.Chain == request.Chain && (request.Revision == 0 || revision.Revision_ == request.Revision))
            ?? throw new RpcException(new Status(StatusCode.NotFound, $"revision {request.Revision} of chain \"{request.Chain}\" is not kept")));

    public override Task<V1.ServiceChain> RollbackServiceChain(V1.RollbackServiceChainRequest request, ServerCallContext context)
    {
        fake.Rollbacks.Add(request);
        var to = fake.Revisions.Find(revision => revision.Chain == request.Name && revision.Revision_ == request.Revision)!;
        return Task.FromResult(new V1.ServiceChain { Name = request.Name, Spec = to.Spec, Revision = 9 });
    }
}
