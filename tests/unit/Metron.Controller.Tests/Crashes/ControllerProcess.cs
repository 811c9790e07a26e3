using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace Metron.Controller.Tests.Crashes;

/// <summary>A real metron-controller, which can be killed as by a power cut.</summary>
internal sealed class ControllerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _socket;
    private readonly GrpcChannel _channel;
    private readonly ConcurrentQueue<string> _log = [];

    private ControllerProcess(Process process, string socket)
    {
        _process = process;
        _socket = socket;
        _channel = Open();
    }

    public V1.ServiceChains.ServiceChainsClient Chains => new(_channel);

    /// <summary>What it logged so far.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts one on a folder, which holds its database, and waits until it serves.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="openFlowPort">Where it listens for switches.</param>
    /// <param name="timings">What its configuration says of timings.</param>
    /// <param name="settings">What its configuration says of the switch, after the name: ", key: value".</param>
    public static async Task<ControllerProcess> StartAsync(TemporaryFolder folder, int openFlowPort, string timings, string settings)
    {
        await File.WriteAllTextAsync(folder["controller.json"], $$"""
            {
              "timings": { {{timings}} },
              "switches": [{"name": "br0", "datapathId": "0x1", "tagging": "vlan"{{settings}}}]
            }
            """);
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "metron-controller"))
            {
                ArgumentList =
                {
                    "--config", folder["controller.json"], "--database", folder["controller.db"], "--grpc", $"unix:{folder["grpc.sock"]}",
                    "--rest", "none", "--openflow", $"127.0.0.1:{openFlowPort}",
                },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        var started = new ControllerProcess(process, folder["grpc.sock"]);
        process.OutputDataReceived += (_, line) => started._log.Enqueue(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) => started._log.Enqueue(line.Data ?? string.Empty);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await Eventually.HoldsAsync("the controller", started.ServesAsync);
        }
        catch (TimeoutException error)
        {
            await started.DisposeAsync();
            throw new TimeoutException($"{error.Message}: {started.Log}", error);
        }

        return started;
    }

    /// <summary>Another connection, as of an agent.</summary>
    public GrpcChannel Open() => GrpcChannel.ForAddress("http://controller", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await ConnectAsync(cancellation) },
    });

    /// <summary>Ends it without a chance to do anything more (SIGKILL).</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> ServesAsync()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"metron-controller ended with code {_process.ExitCode}: {Log}");
        }

        try
        {
            await Chains.ListServiceChainsAsync(new V1.ListServiceChainsRequest());
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellation);
            return new NetworkStream(connection, ownsSocket: true);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
