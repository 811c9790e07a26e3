using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Metron.Mapping;
using Metron.Orchestration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metron.Cli.Tests.Fakes;

/// <summary>
/// A FAKE of the controller, for tests of the command line alone: the real gRPC services over a real socket, but chains are only kept in
/// memory and get ready by <see cref="BecomesReady"/>; agents and switches are what the test puts there.
/// </summary>
internal sealed class FakeController : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly WebApplication application;

    private FakeController(WebApplication application, string address)
    {
        this.application = application;
        Address = address;
    }

    /// <summary>Where it listens, as --controller takes it.</summary>
    public string Address { get; }

    public ConcurrentDictionary<string, V1.ServiceChain> Chains { get; } = new();

    public List<V1.Agent> Agents { get; } = [];

    public List<V1.Switch> Switches { get; } = [];

    public List<V1.StrayPeer> StrayPeers { get; } = [];

    /// <summary>Revisions of chains, the newest first.</summary>
    public List<V1.Revision> Revisions { get; } = [];

    /// <summary>What was asked to go back to.</summary>
    public List<V1.RollbackServiceChainRequest> Rollbacks { get; } = [];

    /// <summary>Who asked for changes, and why, in order.</summary>
    public ConcurrentQueue<(string Author, string Message)> Notes { get; } = new();

    /// <summary>What a watch of loads sends before it stays open.</summary>
    public List<V1.ServerLoad> Loads { get; } = [];

    /// <summary>What a watch of chains sends before it ends; null stays open.</summary>
    public List<V1.ServiceChainEvent> Events { get; } = [];

    /// <summary>Whether chains get ready at once.</summary>
    public bool BecomesReady { get; set; } = true;

    /// <summary>Whether deleted chains stay, as long as switch and servers hold on to them.</summary>
    public bool DeletionHangs { get; set; }

    /// <summary>When set, every call fails with it.</summary>
    public Func<RpcException>? Failure { get; set; }

    /// <summary>When set, the real validator checks graphs against it.</summary>
    public Inventory? Inventory { get; set; }

    /// <summary>Problems that only a controller can see, by chain.</summary>
    public Dictionary<string, Mapping.Violation[]> Refusals { get; } = [];

    /// <summary>What is warned of when a chain is applied, by its name.</summary>
    public Dictionary<string, V1.ServiceChainStatus> Warnings { get; } = [];

    /// <summary>Why rules of switches cannot be read, if they cannot.</summary>
    public string? RulesUnavailable { get; set; }

    /// <summary>Names of the calls that came, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Starts one on a free TCP port, or on a Unix domain socket.</summary>
    public static async Task<FakeController> StartAsync(string? socket = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            if (socket is null)
            {
                options.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            }
            else
            {
                options.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2);
            }
        });
        FakeController? fake = null;
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_ => fake!);
        var application = builder.Build();
        application.MapGrpcService<ChainsService>();
        application.MapGrpcService<FakeRevisions>();
        application.MapGrpcService<AgentsService>();
        application.MapGrpcService<SwitchesService>();
        await application.StartAsync();
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        fake = new FakeController(application, socket is null ? addresses.First() : $"unix:{socket}");
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await application.StopAsync(atOnce.Token);
        await application.DisposeAsync();
    }

    /// <summary>Runs a command line against this controller.</summary>
    public Task<CliResult> RunAsync(params string[] args) => CliRun.Async([.. args, "--controller", Address]);

    private void Enter(string call)
    {
        Calls.Enqueue(call);
        if (Failure is { } failure)
        {
            throw failure();
        }
    }

    private static RpcException NotFound(string kind, string name) => new(new Grpc.Core.Status(StatusCode.NotFound, $"there is no {kind} \"{name}\""));

    private sealed class ChainsService(FakeController fake) : V1.ServiceChains.ServiceChainsBase
    {
        public override Task<V1.ServiceChain> GetServiceChain(V1.GetServiceChainRequest request, ServerCallContext context)
        {
            fake.Enter($"get {request.Name}");
            return Task.FromResult(fake.Chains.TryGetValue(request.Name, out var chain) ? chain : throw NotFound("chain", request.Name));
        }

        public override Task<V1.ListServiceChainsResponse> ListServiceChains(V1.ListServiceChainsRequest request, ServerCallContext context)
        {
            fake.Enter("list");

            // Pages of two, so that a client that does not ask on is found out.
            var after = request.PageToken;
            var chains = fake.Chains.Values
                .Where(chain => request.Labels.All(label => chain.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
                .Where(chain => string.CompareOrdinal(chain.Name, after) > 0)
                .OrderBy(chain => chain.Name, StringComparer.Ordinal).ToList();
            return Task.FromResult(new V1.ListServiceChainsResponse
            {
                ServiceChains = { chains.Take(2) },
                NextPageToken = chains.Count > 2 ? chains[1].Name : string.Empty,
            });
        }

        public override Task<V1.ServiceChain> UpdateServiceChain(V1.UpdateServiceChainRequest request, ServerCallContext context)
        {
            fake.Enter($"update {request.ServiceChain.Name}{(request.ValidateOnly ? " (validate only)" : string.Empty)}");
            fake.Notes.Enqueue((request.Author, request.Message));
            var wanted = request.ServiceChain;
            Check(wanted);
            fake.Chains.TryGetValue(wanted.Name, out var before);
            if (wanted.Etag.Length > 0 && wanted.Etag != before?.Etag)
            {
                throw new RpcException(new Grpc.Core.Status(StatusCode.Aborted, "the etag does not fit; someone else was faster"));
            }

            var revision = (before?.Revision ?? 0) + 1;
            var after = new V1.ServiceChain(wanted)
            {
                Revision = revision,
                Etag = $"etag-{revision}",
                CreateTime = Timestamp.FromDateTimeOffset(Now),
                UpdateTime = Timestamp.FromDateTimeOffset(Now),
                Status = Status(revision),
            };
            after.Status.MergeFrom(fake.Warnings.GetValueOrDefault(wanted.Name, new V1.ServiceChainStatus()));
            if (!request.ValidateOnly)
            {
                fake.Chains[wanted.Name] = after;
            }

            return Task.FromResult(after);
        }

        public override Task<V1.DeleteServiceChainResponse> DeleteServiceChain(V1.DeleteServiceChainRequest request, ServerCallContext context)
        {
            fake.Notes.Enqueue((request.Author, request.Message));
            fake.Enter($"delete {request.Name}{(request.ValidateOnly ? " (validate only)" : string.Empty)}");
            if (!fake.Chains.ContainsKey(request.Name))
            {
                throw NotFound("chain", request.Name);
            }

            if (!request.ValidateOnly && !fake.DeletionHangs)
            {
                fake.Chains.TryRemove(request.Name, out _);
            }

            return Task.FromResult(new V1.DeleteServiceChainResponse());
        }

        public override async Task WatchServiceChains(
            V1.WatchServiceChainsRequest request, IServerStreamWriter<V1.ServiceChainEvent> responseStream, ServerCallContext context)
        {
            fake.Enter($"watch {request.Name}");
            foreach (var change in fake.Events.Where(change => request.Name.Length == 0 || change.ServiceChain.Name == request.Name))
            {
                await responseStream.WriteAsync(change);
            }
        }

        private V1.ServiceChainStatus Status(long revision) => fake.BecomesReady
            ? new V1.ServiceChainStatus { State = V1.ChainState.Ready, RunningRevision = revision }
            : new V1.ServiceChainStatus
            {
                State = V1.ChainState.Pending,
                Conditions =
                {
                    new V1.Condition { Type = "Accepted", Status = V1.ConditionStatus.True },
                    new V1.Condition { Type = "Placed", Status = V1.ConditionStatus.False, Reason = "NoServer", Message = "no server has 4 free workers" },
                },
            };

        private void Check(V1.ServiceChain chain)
        {
            var mapped = ServiceChainMapper.Map(chain);
            var ofGraph = mapped.Graph is { } graph && fake.Inventory is { } inventory
                ? ChainValidator.Validate(graph, inventory, [], isComplete: mapped.Violations.Count == 0)
                : [];
            var violations = mapped.Violations
                .Concat(ofGraph.Select(violation => new Mapping.Violation(violation.Path, violation.Message)))
                .Concat(fake.Refusals.GetValueOrDefault(chain.Name, []))
                .ToList();
            if (violations.Count == 0)
            {
                return;
            }

            var detail = new BadRequest();
            detail.FieldViolations.Add(violations.Select(v => new BadRequest.Types.FieldViolation { Field = v.Path, Description = v.Message }));
            throw new Google.Rpc.Status { Code = (int)Code.InvalidArgument, Message = "the chain is not valid", Details = { Any.Pack(detail) } }
                .ToRpcException();
        }
    }

    private sealed class AgentsService(FakeController fake) : V1.Agents.AgentsBase
    {
        public override Task<V1.ListAgentsResponse> ListAgents(V1.ListAgentsRequest request, ServerCallContext context)
        {
            fake.Enter("list agents");
            return Task.FromResult(new V1.ListAgentsResponse { Agents = { fake.Agents } });
        }

        public override Task<V1.Agent> GetAgent(V1.GetAgentRequest request, ServerCallContext context)
        {
            fake.Enter($"get agent {request.Name}");
            return Task.FromResult(fake.Agents.Find(agent => agent.Name == request.Name) ?? throw NotFound("server", request.Name));
        }

        public override Task<V1.Agent> CordonServer(V1.CordonServerRequest request, ServerCallContext context) => SetUse(request.Name, V1.ServerUse.Cordoned);

        public override Task<V1.Agent> UncordonServer(V1.UncordonServerRequest request, ServerCallContext context) => SetUse(request.Name, V1.ServerUse.InUse);

        public override Task<V1.Agent> DrainServer(V1.DrainServerRequest request, ServerCallContext context) => SetUse(request.Name, V1.ServerUse.Draining);

        private Task<V1.Agent> SetUse(string name, V1.ServerUse use)
        {
            fake.Enter($"{use} {name}");
            var agent = fake.Agents.Find(agent => agent.Name == name) ?? throw NotFound("server", name);
            agent.Use = use;
            var answer = agent.Clone();
            if (use == V1.ServerUse.Draining && !fake.DeletionHangs)
            {
                agent.PlacedChains.Clear();
                agent.DeployedChains.Clear();
            }

            return Task.FromResult(answer);
        }

        public override async Task WatchLoad(V1.WatchLoadRequest request, IServerStreamWriter<V1.ServerLoad> responseStream, ServerCallContext context)
        {
            fake.Enter($"watch load {request.Name}");
            foreach (var load in fake.Loads.Where(load => request.Name.Length == 0 || load.Server == request.Name))
            {
                await responseStream.WriteAsync(load);
            }
        }
    }

    private sealed class SwitchesService(FakeController fake) : V1.Switches.SwitchesBase
    {
        public override Task<V1.ListSwitchesResponse> ListSwitches(V1.ListSwitchesRequest request, ServerCallContext context)
        {
            fake.Enter("list switches");
            return Task.FromResult(new V1.ListSwitchesResponse
            {
                Switches = { fake.Switches.Select(s => Shown(s, includeRules: false)) },
                StrayPeers = { fake.StrayPeers },
            });
        }

        public override Task<V1.Switch> GetSwitch(V1.GetSwitchRequest request, ServerCallContext context)
        {
            fake.Enter($"get switch {request.Name}");
            if (request.IncludeRules && fake.RulesUnavailable is { } reason)
            {
                throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, reason));
            }

            return Task.FromResult(Shown(
                fake.Switches.Find(s => s.Name == request.Name) ?? throw NotFound("switch", request.Name), request.IncludeRules));
        }

        private static V1.Switch Shown(V1.Switch @switch, bool includeRules)
        {
            var shown = @switch.Clone();
            if (!includeRules)
            {
                shown.Rules.Clear();
            }

            return shown;
        }
    }
}
