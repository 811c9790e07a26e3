using System.Net.Sockets;
using Grpc.Net.Client;
using Metron.V1;

namespace Metron.IntegrationTests.Lab;

/// <summary>gRPC clients of a controller behind a Unix socket.</summary>
internal sealed class ControllerClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>Creates the clients; connects with the first call.</summary>
    /// <param name="socketPath">Path of the controller's socket.</param>
    public ControllerClient(string socketPath)
    {
        _channel = GrpcChannel.ForAddress("http://controller", new GrpcChannelOptions { HttpHandler = UnixSocketHandler(socketPath) });
        Chains = new ServiceChains.ServiceChainsClient(_channel);
        Agents = new Agents.AgentsClient(_channel);
        Switches = new Switches.SwitchesClient(_channel);
    }

    /// <summary>Service chains.</summary>
    public ServiceChains.ServiceChainsClient Chains { get; }

    /// <summary>Servers.</summary>
    public Agents.AgentsClient Agents { get; }

    /// <summary>Switches.</summary>
    public Switches.SwitchesClient Switches { get; }

    /// <summary>An HTTP handler that reaches a Unix socket, whatever the host in the address.</summary>
    public static SocketsHttpHandler UnixSocketHandler(string path) => new()
    {
        ConnectCallback = async (_, cancellation) =>
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
        },
    };

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();
}
