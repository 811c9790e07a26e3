using System.Diagnostics;
using System.Globalization;

namespace Metron.Agent.Tests;

/// <summary>The program as a process, on DPDK's virtual devices and without hugepages.</summary>
public sealed class AgentProgramTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("metron-agent-tests-").FullName;

    private string Socket => Path.Combine(_directory, "controller.sock");

    [Fact]
    public async Task The_version_is_told() => Assert.Equal((0, "metron-agent 0.1.0\n"), await RunAsync("--version"));

    [Theory]
    [InlineData]
    [InlineData("--configuration", "x")]
    [InlineData("--config")]
    public async Task Wrong_arguments_end_with_code_2(params string[] arguments) => Assert.Equal(2, (await RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task A_right_configuration_is_told_to_be_right()
    {
        var file = WriteConfiguration("net_null0");

        Assert.Equal((0, $"{file}: right; server server1, 1 workers on 1 ports\n"), await RunAsync("--check-config", file));
    }

    [Fact]
    public async Task A_wrong_configuration_ends_with_code_2_and_says_what_is_wrong()
    {
        var file = WriteConfiguration("net_null0", extra: ", \"idle\": 1");
        foreach (var option in (string[])["--check-config", "--config"])
        {
            var (exitCode, output) = await RunAsync(option, file);
            Assert.Equal(2, exitCode);
            Assert.Contains($"{file}: idle: is 1; write an object", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_device_that_cannot_lead_tags_to_queues_refuses_to_serve_two_workers()
    {
        var file = WriteConfiguration(
            "net_null0", port: ", \"dispatch\": \"queue-per-worker\"", workers: "{\"core\": 0, \"port\": 0}, {\"core\": 0, \"port\": 0, \"queue\": 1}");

        var (exitCode, output) = await RunAsync("--config", file);

        Assert.Equal(2, exitCode);
        Assert.Contains(
            $"{file}: ports[0].dispatch: is queue-per-worker for 2 workers, but the device cannot lead tags to queues: net_null0: the driver net_null has no flow rules (rte_flow). "
            + "Give each worker a port of its own and write port-per-worker, or leave one worker on this port",
            output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_cannot_be_opened_ends_with_code_1_and_is_named()
    {
        var (exitCode, output) = await RunAsync("--config", WriteConfiguration("net_af_packet0,iface=nosuch"));

        Assert.Equal(1, exitCode);
        Assert.Contains("'net_af_packet0,iface=nosuch'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agent_runs_a_program_on_a_device_and_stops_at_SIGTERM()
    {
        await using var controller = await FakeController.StartAsync(Socket);
        using var agent = Start("--config", WriteConfiguration("net_null0,size=64", port: ", \"switch\": \"br0\", \"switchPort\": 101"));
        var errors = agent.StandardError.ReadToEndAsync();
        var stream = await controller.AcceptAsync();

        var resources = stream.Registration.Resources;
        Assert.StartsWith("DPDK 22.11", resources.DpdkVersion, StringComparison.Ordinal);
        Assert.NotEqual(0ul, resources.TscHz);
        var port = Assert.Single(resources.Ports);
        Assert.Equal(("net_null0,size=64", "net_null", "br0", 101u, "port-per-worker", true), (port.Device, port.Driver, port.Switch, port.SwitchPort, port.Dispatch, port.LinkUp));
        Assert.Equal(new V1.Worker { Index = 0, Core = 0, Port = 0, Queue = 0 }, Assert.Single(resources.Workers));
        Assert.Empty((await stream.CallAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor() })).Error);

        // The device delivers frames of zeros: they are received and dropped by reason, as the report says.
        V1.ServerLoad load;
        do
        {
            load = (await stream.ReceiveAsync(V1.AgentMessage.MessageOneofCase.Load)).Load;
        }
        while (load.Workers[0].Received.Packets == 0 || load.Chains.Count == 0);

        Assert.NotEmpty(load.Workers[0].Drops);
        Assert.Equal(("web", 1), (load.Chains[0].Chain, load.Chains[0].Revision));
        await TerminateAsync(agent);
        await stream.EndAsync();
        Assert.Equal(0, agent.ExitCode);
        Assert.Contains("Stopped", await errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/var/run/dpdk/metron-agent-{agent.Id}")));
    }

    [Fact]
    public async Task The_agent_stops_at_SIGTERM_while_no_controller_is_there()
    {
        using var agent = Start("--config", WriteConfiguration("net_null0"));
        string? line;
        do
        {
            line = await agent.StandardError.ReadLineAsync().WaitAsync(Deadline);
        }
        while (line is not null && !line.Contains("No connection to the controller", StringComparison.Ordinal));

        var rest = agent.StandardError.ReadToEndAsync();
        Assert.NotNull(line);
        await TerminateAsync(agent);
        Assert.Equal(0, agent.ExitCode);
        Assert.Contains("Stopped", await rest, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Process Start(params string[] arguments)
    {
        // The program as it was built: its copy beside the tests lacks what the tests' framework brings along.
        var program = Path.Combine(AppContext.BaseDirectory.Replace("tests/unit/Metron.Agent.Tests", "agent/Metron.Agent", StringComparison.Ordinal), "metron-agent.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Deadline);
        return (process.ExitCode, output + await errors);
    }

    private static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(Deadline);
    }

    private string WriteConfiguration(string device, string port = "", string workers = "{\"core\": 0, \"port\": 0}", string extra = "")
    {
        var file = Path.Combine(_directory, "agent.json");
        File.WriteAllText(file, $$"""
            {
              "server": "server1",
              "controller": "unix:{{Socket}}",
              "dpdk": { "hugePages": false },
              "mbufs": { "count": 8191 },
              "limits": { "flowsPerWorker": 1024 },
              "ports": [ { "device": "{{device}}"{{port}} } ],
              "workers": [ {{workers}} ]{{extra}}
            }
            """);
        return file;
    }
}
