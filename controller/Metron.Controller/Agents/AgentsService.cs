using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Metron.Controller.Chains;
using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Agents;

/// <summary>Servers, as operators see them.</summary>
public sealed class AgentsService(AgentDirectory directory, ChainRegistry registry, IHostApplicationLifetime lifetime) : V1.Agents.AgentsBase
{
    /// <summary>Load reports that may wait for a slow reader; older ones are left out then.</summary>
    private const int WaitingReports = 1024;

    /// <inheritdoc/>
    public override Task<V1.ListAgentsResponse> ListAgents(V1.ListAgentsRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.ListAgentsResponse { Agents = { directory.Servers.Values.Select(ToProto) } });

    /// <inheritdoc/>
    public override Task<V1.Agent> GetAgent(V1.GetAgentRequest request, ServerCallContext context) => Task.FromResult(ToProto(Find(request.Name)));

    /// <inheritdoc/>
    public override Task<V1.Agent> CordonServer(V1.CordonServerRequest request, ServerCallContext context) => SetUse(request.Name, ServerUse.Cordoned);

    /// <inheritdoc/>
    public override Task<V1.Agent> UncordonServer(V1.UncordonServerRequest request, ServerCallContext context) => SetUse(request.Name, ServerUse.InUse);

    /// <inheritdoc/>
    public override Task<V1.Agent> DrainServer(V1.DrainServerRequest request, ServerCallContext context) => SetUse(request.Name, ServerUse.Draining);

    /// <inheritdoc/>
    public override async Task WatchLoad(V1.WatchLoadRequest request, IServerStreamWriter<V1.ServerLoad> responseStream, ServerCallContext context)
    {
        var name = request.Name.Length == 0 ? null : Find(request.Name).Name;
        var reports = Channel.CreateBounded<V1.ServerLoad>(
            new BoundedChannelOptions(WaitingReports) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        void Take(V1.ServerLoad load)
        {
            if (name is null || load.Server == name)
            {
                reports.Writer.TryWrite(load);
            }
        }

        directory.LoadReported += Take;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
            await context.WriteResponseHeadersAsync([]);
            foreach (var server in directory.Servers.Values.Where(server => server is { Connected: true, Load: not null }))
            {
                Take(server.Load!);
            }

            await foreach (var load in reports.Reader.ReadAllAsync(stop.Token))
            {
                // Cancelling a write would break the stream off instead of ending it with a status.
                await responseStream.WriteAsync(load, context.CancellationToken);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the controller stops"));
        }
        catch (OperationCanceledException)
        {
            // The reader went away.
        }
        finally
        {
            directory.LoadReported -= Take;
        }
    }

    private Task<V1.Agent> SetUse(string name, ServerUse use)
    {
        try
        {
            return Task.FromResult(ToProto(directory.SetUse(name, use) ?? Find(name)));
        }
        catch (DatabaseException error)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"nothing was changed: {error.Message}"));
        }
    }

    private V1.Agent ToProto(ServerState server) => new()
    {
        Name = server.Name,
        Connected = server.Connected,
        LastTransitionTime = Timestamp.FromDateTimeOffset(server.TransitionTime),
        Resources = server.Resources,
        DeployedChains = { server.Deployed.Select(program => program.ToProto()) },
        Load = server.Load,
        Lost = server.IsLost,
        Use = server.Use switch
        {
            ServerUse.Cordoned => V1.ServerUse.Cordoned,
            ServerUse.Draining => V1.ServerUse.Draining,
            _ => V1.ServerUse.InUse,
        },
        PlacedChains = { registry.Chains.Values.Where(chain => chain.Target?.Plan.Placement?.Server == server.Name).Select(chain => chain.Name) },
    };

    private ServerState Find(string name) => directory.Servers.TryGetValue(name, out var server)
        ? server
        : throw new RpcException(new Status(StatusCode.NotFound, $"there is no server \"{name}\"; its agent has never connected"));
}
