using System.Net.Sockets;
using Grpc.Net.Client;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metron.Controller.Tests;

/// <summary>A whole controller in this process, on Unix sockets and a database of its own.</summary>
internal sealed class ControllerUnderTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly bool _ownsFolder;
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly LogCollector _logs;

    private ControllerUnderTest(TemporaryFolder folder, bool ownsFolder, WebApplication app, LogCollector logs)
    {
        _logs = logs;
        _folder = folder;
        _ownsFolder = ownsFolder;
        _app = app;
        _channel = Open("grpc.sock");
        Http = new HttpClient(Handler("rest.sock")) { BaseAddress = new Uri("http://controller") };
    }

    public V1.ServiceChains.ServiceChainsClient Chains => new(_channel);

    public V1.Agents.AgentsClient Agents => new(_channel);

    public V1.Switches.SwitchesClient SwitchesApi => new(_channel);

    public HttpClient Http { get; }

    public GrpcChannel Channel => _channel;

    public IServiceProvider Services => _app.Services;

    public SwitchDirectory Switches => Services.GetRequiredService<SwitchDirectory>();

    public TemporaryFolder Folder => _folder;

    /// <summary>Starts a controller; with the folder of one that was stopped, it goes on where that one ended.</summary>
    public static async Task<ControllerUnderTest> StartAsync(TemporaryFolder? folder = null, Func<ControllerConfiguration, ControllerConfiguration>? change = null)
    {
        var owned = folder is null;
        folder ??= new TemporaryFolder();
        var configuration = new ControllerConfiguration
        {
            Grpc = [ListenAddress.Unix(folder["grpc.sock"])],
            Rest = [ListenAddress.Unix(folder["rest.sock"])],
            Database = folder["controller.db"],
            OpenFlow = null,
            Switches = [new ConfiguredSwitch("br0", 0x1, TagKind.Vlan)],
            Timings = new ControllerTimings { Drain = TimeSpan.FromMilliseconds(50), ReconcileInterval = TimeSpan.FromSeconds(2) },
        };
        configuration = change?.Invoke(configuration) ?? configuration;
        var logs = new LogCollector();
        try
        {
            var app = ControllerHost.Build(configuration, logging: logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(logs));
            await app.StartAsync();
            return new ControllerUnderTest(folder, owned, app, logs);
        }
        catch when (owned)
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>What was logged under an event id.</summary>
    public IReadOnlyList<string> Logged(int id) => [.. _logs.Lines.Where(line => line.Id == id).Select(line => line.Text)];

    /// <summary>Opens another connection, as another process would.</summary>
    public GrpcChannel Open() => Open("grpc.sock");

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownsFolder)
        {
            _folder.Dispose();
        }
    }

    private GrpcChannel Open(string socket) => GrpcChannel.ForAddress(
        "http://controller", new GrpcChannelOptions { HttpHandler = Handler(socket), MaxReceiveMessageSize = null, DisposeHttpClient = true });

    private SocketsHttpHandler Handler(string socket)
    {
        var path = _folder[socket];
        return new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
    }
}

/// <summary>Waits for what becomes of chains.</summary>
internal static class ControllerExtensions
{
    public static async Task<V1.ServiceChain> CreateAsync(this ControllerUnderTest controller, V1.ServiceChain chain) =>
        await controller.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = chain });

    public static async Task<V1.ServiceChain> UpdateAsync(this ControllerUnderTest controller, V1.ServiceChain chain) =>
        await controller.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = chain });

    public static async Task<V1.ServiceChain> GetAsync(this ControllerUnderTest controller, string name) =>
        await controller.Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = name });

    /// <summary>Waits until the newest revision of a chain is in force.</summary>
    public static Task<V1.ServiceChain> ReadyAsync(this ControllerUnderTest controller, string name) =>
        controller.WhenAsync(name, chain => chain.Status.State == V1.ChainState.Ready && chain.Status.RunningRevision == chain.Revision);

    /// <summary>Waits until something holds for a chain.</summary>
    public static async Task<V1.ServiceChain> WhenAsync(this ControllerUnderTest controller, string name, Func<V1.ServiceChain, bool> holds)
    {
        V1.ServiceChain? last = null;
        try
        {
            return await Eventually.GetAsync($"chain {name}", async () => holds(last = await controller.GetAsync(name)) ? last : null);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}: {last?.Status}", error);
        }
    }

    /// <summary>Waits until a chain is gone.</summary>
    public static Task GoneAsync(this ControllerUnderTest controller, string name) => Eventually.HoldsAsync($"the end of chain {name}", async () =>
    {
        try
        {
            await controller.GetAsync(name);
            return false;
        }
        catch (Grpc.Core.RpcException error) when (error.StatusCode == Grpc.Core.StatusCode.NotFound)
        {
            return true;
        }
    });

    public static V1.Condition Condition(this V1.ServiceChain chain, string type) =>
        chain.Status.Conditions.FirstOrDefault(condition => condition.Type == type) ?? new V1.Condition();
}
