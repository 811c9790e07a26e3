using Grpc.Core;
using Metron.Controller.Hosting;
using Metron.Controller.Rates;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Service chains, as operators manage them. Changes are stored here; the reconciler carries them out.</summary>
public sealed class ServiceChainsService(
    ChainRegistry registry,
    ChainAdmission admission,
    ServiceChainView view,
    IInventorySource inventory,
    ICounterRefresh refresh,
    RuleRateBook rates,
    IHostApplicationLifetime lifetime,
    ILogger<ServiceChainsService> log) : V1.ServiceChains.ServiceChainsBase
{
    private const int DefaultPageSize = 100;
    private const int LargestPageSize = 1000;

    /// <inheritdoc/>
    public override Task<V1.ServiceChain> CreateServiceChain(V1.CreateServiceChainRequest request, ServerCallContext context)
    {
        var chain = Required(request.ServiceChain);
        return Task.FromResult(Create(chain, request.ValidateOnly, Callers.Note(context, RevisionKind.Created, request.Author, request.Message)));
    }

    /// <inheritdoc/>
    public override async Task<V1.ServiceChain> GetServiceChain(V1.GetServiceChainRequest request, ServerCallContext context)
    {
        var chain = Find(request.Name);
        await refresh.RefreshAsync(chain, context.CancellationToken);
        return view.ToProto(Find(request.Name));
    }

    /// <inheritdoc/>
    public override Task<V1.ListServiceChainsResponse> ListServiceChains(V1.ListServiceChainsRequest request, ServerCallContext context)
    {
        if (request.PageSize > LargestPageSize)
        {
            throw ApiErrors.InvalidArgument("page_size", $"{request.PageSize} is too large; ask for 1 to {LargestPageSize}, or 0 for {DefaultPageSize}");
        }

        if (!PageToken.TryRead(request.PageToken, out var after))
        {
            throw ApiErrors.InvalidArgument("page_token", "is no token of this list; send next_page_token of the page before, unchanged");
        }

        var size = request.PageSize == 0 ? DefaultPageSize : (int)request.PageSize;
        var page = registry.Chains.Values
            .Where(chain => string.CompareOrdinal(chain.Name, after) > 0)
            .Where(chain => request.Labels.All(label => chain.Stored.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
            .Take(size + 1)
            .ToList();
        return Task.FromResult(new V1.ListServiceChainsResponse
        {
            ServiceChains = { page.Take(size).Select(view.ToProto) },
            NextPageToken = page.Count > size ? PageToken.After(page[size - 1].Name) : string.Empty,
        });
    }

    /// <inheritdoc/>
    public override Task<V1.ServiceChain> UpdateServiceChain(V1.UpdateServiceChainRequest request, ServerCallContext context)
    {
        var chain = Required(request.ServiceChain);
        var note = Callers.Note(context, RevisionKind.Changed, request.Author, request.Message);
        while (true)
        {
            var version = registry.IntentVersion;
            if (!registry.Chains.TryGetValue(chain.Name, out var before))
            {
                if (!request.AllowMissing)
                {
                    throw NotFound(chain.Name);
                }

                if (chain.Etag.Length > 0)
                {
                    throw ApiErrors.Of(StatusCode.Aborted, $"the etag does not fit: there is no chain \"{chain.Name}\" any more");
                }

                return Task.FromResult(Create(chain, request.ValidateOnly, note with { Kind = RevisionKind.Created }));
            }

            CheckEtag(chain.Etag, before);
            if (before.Stored.Deleting)
            {
                throw ApiErrors.Of(StatusCode.FailedPrecondition, $"chain \"{chain.Name}\" is being deleted; wait until it is gone, then create it anew");
            }

            var after = admission.AdmitChange(before, chain, registry.Chains);
            if (request.ValidateOnly)
            {
                return Task.FromResult(view.Preview(after, Plan(after)));
            }

            if (ReferenceEquals(before, after))
            {
                return Task.FromResult(view.ToProto(before));
            }

            if (registry.TryUpdate(after, version, note) is { } stored)
            {
                ChainLog.Updated(log, stored.Name, stored.Stored.Revision);
                return Task.FromResult(view.ToProto(stored));
            }
        }
    }

    /// <inheritdoc/>
    public override Task<V1.DeleteServiceChainResponse> DeleteServiceChain(V1.DeleteServiceChainRequest request, ServerCallContext context)
    {
        var note = Callers.Note(context, RevisionKind.Deleted, request.Author, request.Message);
        while (true)
        {
            var version = registry.IntentVersion;
            var before = Find(request.Name);
            CheckEtag(request.Etag, before);
            if (request.ValidateOnly || before.Stored.Deleting)
            {
                return Task.FromResult(new V1.DeleteServiceChainResponse());
            }

            if (registry.TryUpdate(admission.MarkDeleted(before), version, note) is not null)
            {
                ChainLog.Deleting(log, before.Name);
                return Task.FromResult(new V1.DeleteServiceChainResponse());
            }
        }
    }

    /// <inheritdoc/>
    public override async Task WatchServiceChains(
        V1.WatchServiceChainsRequest request, IServerStreamWriter<V1.ServiceChainEvent> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        using var subscription = registry.Subscribe(request.Name.Length == 0 ? null : request.Name);
        try
        {
            // The watcher may count on hearing of everything from now on.
            await context.WriteResponseHeadersAsync([]);
            while (true)
            {
                foreach (var (type, chain) in await subscription.NextAsync(stop.Token))
                {
                    // Cancelling a write would break the stream off instead of ending it with a status.
                    await responseStream.WriteAsync(new V1.ServiceChainEvent { Type = type, ServiceChain = view.ToProto(chain) }, context.CancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw ApiErrors.Of(StatusCode.Unavailable, "the controller stops");
        }
        catch (OperationCanceledException)
        {
            // The watcher went away.
        }
    }

    internal static V1.ServiceChain Required(V1.ServiceChain? chain) =>
        chain ?? throw ApiErrors.InvalidArgument("service_chain", "is missing; send the chain");

    internal static void CheckEtag(string etag, ChainState chain)
    {
        if (etag.Length > 0 && etag != chain.Stored.Etag)
        {
            throw ApiErrors.Of(
                StatusCode.Aborted, $"chain \"{chain.Name}\" has changed since it was read: its etag is {chain.Stored.Etag}, not {etag}; read it again");
        }
    }

    internal static RpcException NotFound(string name) => ApiErrors.Of(StatusCode.NotFound, $"there is no chain \"{name}\"");

    private V1.ServiceChain Create(V1.ServiceChain chain, bool validateOnly, ChangeNote note)
    {
        while (true)
        {
            var version = registry.IntentVersion;
            if (registry.Chains.TryGetValue(chain.Name, out var present))
            {
                throw ApiErrors.Of(StatusCode.AlreadyExists, present.Stored.Deleting
                    ? $"a chain \"{chain.Name}\" is still being deleted; wait until it is gone"
                    : $"there is a chain \"{chain.Name}\" already; update it, or choose another name");
            }

            var admitted = admission.Admit(chain, registry.Chains);
            if (validateOnly)
            {
                return view.Preview(admitted, Plan(admitted));
            }

            if (registry.TryCreate(admitted, version, note) is { } stored)
            {
                ChainLog.Created(log, stored.Name, stored.Spec.Functions.Count, stored.Spec.Endpoints.Count);
                return view.ToProto(stored);
            }
        }
    }

    /// <summary>What would be planned; null when that is not possible at the moment.</summary>
    private ChainPlan? Plan(ChainState chain) => ChainPlanning.Plan(chain, registry.Chains, inventory.Read(), rates.Snapshot()).Plan;

    private ChainState Find(string name) => registry.Chains.TryGetValue(name, out var chain) ? chain : throw NotFound(name);
}

/// <summary>Reads the counters of a chain anew.</summary>
public interface ICounterRefresh
{
    /// <summary>Reads the counters of a chain from its switch, unless that was done just now or cannot be done; never throws for that.</summary>
    Task RefreshAsync(ChainState chain, CancellationToken cancellation);
}
