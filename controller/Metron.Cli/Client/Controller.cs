using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Metron.Cli.Client;

/// <summary>A connection to a controller.</summary>
internal sealed class Controller : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private const int LargestMessage = 128 * 1024 * 1024;

    private readonly GrpcChannel channel;

    public Controller(ControllerAddress address)
    {
        channel = GrpcChannel.ForAddress(address.Uri, new GrpcChannelOptions
        {
            HttpHandler = Handler(address),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LargestMessage,
            MaxSendMessageSize = LargestMessage,
        });
        var calls = channel.Intercept(new CallPolicy(TimeProvider.System));
        Chains = new V1.ServiceChains.ServiceChainsClient(calls);
        Revisions = new V1.Revisions.RevisionsClient(calls);
        Agents = new V1.Agents.AgentsClient(calls);
        Switches = new V1.Switches.SwitchesClient(calls);
    }

    /// <summary>Service chains.</summary>
    public V1.ServiceChains.ServiceChainsClient Chains { get; }

    /// <summary>What was changed of service chains.</summary>
    public V1.Revisions.RevisionsClient Revisions { get; }

    /// <summary>Servers.</summary>
    public V1.Agents.AgentsClient Agents { get; }

    /// <summary>Switches.</summary>
    public V1.Switches.SwitchesClient Switches { get; }

    /// <summary>Options of a call that is answered at once.</summary>
    public static CallOptions Call(CancellationToken cancellation) =>
        new(deadline: (TimeProvider.System.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellation);

    /// <summary>All chains that carry the labels, page by page.</summary>
    public async Task<IReadOnlyList<V1.ServiceChain>> ListChainsAsync(
        IReadOnlyDictionary<string, string> labels, CancellationToken cancellation)
    {
        var chains = new List<V1.ServiceChain>();
        var request = new V1.ListServiceChainsRequest { PageSize = 1000 };
        request.Labels.Add(labels.ToDictionary());
        do
        {
            var page = await Chains.ListServiceChainsAsync(request, Call(cancellation));
            chains.AddRange(page.ServiceChains);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return chains;
    }

    /// <summary>The newest revisions of a chain, or of all chains when no name is given, page by page.</summary>
    public async Task<IReadOnlyList<V1.Revision>> ListRevisionsAsync(string chain, int most, CancellationToken cancellation)
    {
        const int LargestPage = 1000;
        var revisions = new List<V1.Revision>();
        var request = new V1.ListRevisionsRequest { Chain = chain };
        do
        {
            request.PageSize = (uint)Math.Min(LargestPage, most - revisions.Count);
            var page = await Revisions.ListRevisionsAsync(request, Call(cancellation));
            revisions.AddRange(page.Revisions);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0 && revisions.Count < most);
        return revisions;
    }

    /// <summary>The chain, or null when there is none of that name.</summary>
    public async Task<V1.ServiceChain?> FindChainAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = name }, Call(cancellation));
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();

    private static SocketsHttpHandler Handler(ControllerAddress address)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, EnableMultipleHttp2Connections = true };
        if (address.SocketPath is { } path)
        {
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        return handler;
    }
}
