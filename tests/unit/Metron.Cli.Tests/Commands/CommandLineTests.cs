using System.Diagnostics;
using System.Net.Sockets;
using Metron.Cli.Client;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("'metronctl' needs one of apply, get,", "")]
    [InlineData("'metronctl get' needs one of chains, agents, switches", "get")]
    [InlineData("'metronctl' has no command 'gte'; did you mean 'get'?", "gte chains")]
    [InlineData("'metronctl get' has no command 'chans'; did you mean 'chains'?", "get chans")]
    [InlineData("'metronctl' has no option '--bogus'", "--bogus")]
    [InlineData("there is no option --bogus", "get chains --bogus")]
    [InlineData("--output 'xml' is not one of wide, name, json, yaml", "get chains -o xml")]
    [InlineData("--selector 'team' is not KEY=VALUE", "get chains -l team")]
    [InlineData("--selector names 'a' twice", "get chains -l a=1,a=2")]
    [InlineData("give either names or --selector", "get chains web -l a=1")]
    [InlineData("'10x' is not a time", "apply -f - --wait --timeout 10x")]
    [InlineData("Option '--filename' is required", "apply")]
    [InlineData("say what to delete", "delete")]
    [InlineData("did you mean http://127.0.0.1:7080?", "get chains --controller 127.0.0.1:7080")]
    [InlineData("there is no kind 'chian'; did you mean 'chain'?", "explain chian")]
    [InlineData("chain.spec has no field 'functoins'; did you mean 'functions'?", "explain chain.spec.functoins")]
    [InlineData("chain.name is text and has no fields", "explain chain.name.first")]
    [InlineData("the directory has no .yaml, .yml or .json files", "apply -f /sys")]
    [InlineData("there is no such file", "apply -f @nothing")]
    public async Task A_wrong_command_line_is_refused_with_a_remedy(string message, string line)
    {
        var result = await CliRun.Async(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), environmentAddress: "unix:/nowhere");

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1", "nothing listens there")]
    [InlineData("unix:/nowhere/socket", "there is no such socket")]
    [InlineData("http://host.invalid:1", "the host is not known")]
    public async Task An_unreachable_controller_is_named_with_the_reason(string address, string reason)
    {
        var result = await CliRun.Async(["get", "chains", "--controller", address]);

        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
        Assert.Equal($"metronctl: the controller at {address} cannot be reached: {reason}\n", result.Error);
    }

    [Theory]
    [InlineData("http", "what answers there does not speak HTTP/2; is it the controller's port for gRPC?")]
    [InlineData("https", "no secure connection: ")]
    public async Task A_port_of_something_else_is_named_as_such(string scheme, string reason)
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);

        var result = await CliRun.Async(["get", "chains", "--controller", $"{scheme}://{listener.LocalEndpoint}"]);
        listener.Stop();
        await answering;

        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
        Assert.Contains($"cannot be reached: {reason}", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    // Any server of another kind: it answers whatever comes as HTTP/1.1 does, and hangs up.
    private static async Task AnswerAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[1024]);
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    [Fact]
    public async Task The_address_comes_from_the_environment_when_not_given()
    {
        await using var controller = await FakeController.StartAsync();

        var found = await CliRun.Async(["get", "chains", "-o", "name"], environmentAddress: controller.Address);
        var wrong = await CliRun.Async(["get", "chains"], environmentAddress: "nonsense");

        Assert.Equal(ExitCode.Success, found.ExitCode);
        Assert.Equal((ExitCode.BadInput, true), (wrong.ExitCode, wrong.Error.Contains("'nonsense' is not http://", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_unix_domain_socket_works()
    {
        var folder = Directory.CreateTempSubdirectory("cli-socket-");
        try
        {
            await using var controller = await FakeController.StartAsync(Path.Combine(folder.FullName, "c.sock"));
            controller.Chains["web"] = new V1.ServiceChain { Name = "web" };

            var result = await controller.RunAsync("get", "chains", "-o", "name");

            Assert.Equal(("web\n", ""), (result.Output, result.Error));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:7080", true)]
    [InlineData("https://metron.example:443/", true)]
    [InlineData("http://[::1]:7080", true)]
    [InlineData("unix:/run/metron.sock", true)]
    [InlineData("unix:///run/metron.sock", true)]
    [InlineData("unix:metron.sock", false)]
    [InlineData("http://", false)]
    [InlineData("http://host:70800", false)]
    [InlineData("http://user@host", false)]
    [InlineData("http://host/path", false)]
    [InlineData("tcp://host:1", false)]
    [InlineData("", false)]
    public void Addresses_are_checked_before_use(string text, bool right) =>
        Assert.Equal(right, ControllerAddress.TryParse(text, out _, out _));

    [Fact]
    public async Task A_socket_path_that_is_too_long_is_refused()
    {
        var result = await CliRun.Async(["get", "chains", "--controller", "unix:/" + new string('x', 200)]);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains("longer than a socket's path can be", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get cha", "chains")]
    [InlineData("get chains w", "web")]
    [InlineData("describe agent s", "s1")]
    [InlineData("describe switch b", "br0")]
    [InlineData("get chains -o j", "json")]
    [InlineData("explain chain.spec.fun", "chain.spec.functions")]
    [InlineData("explain ch", "chain")]
    public async Task The_shell_completes_commands_names_and_fields(string line, string completion)
    {
        await using var controller = await FakeController.StartAsync();
        controller.Chains["web"] = new V1.ServiceChain { Name = "web" };
        controller.Agents.Add(new V1.Agent { Name = "s1" });
        controller.Switches.Add(new V1.Switch { Name = "br0" });

        var result = await CliRun.Async([$"[suggest:{line.Length}]", line], environmentAddress: controller.Address);

        Assert.Contains(completion, result.Output.Split('\n'));
    }

    [Fact]
    public async Task Completion_is_silent_when_the_controller_is_not_there()
    {
        var result = await CliRun.Async(["[suggest:11]", "get chains "], environmentAddress: "unix:/nowhere");

        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_scripts_ask_this_program(string shell)
    {
        var result = await CliRun.Async(["completion", shell]);

        Assert.Contains("[suggest:", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, result.ExitCode);
    }

    [Fact]
    public async Task In_bash_names_are_offered_as_they_are_and_never_carried_out()
    {
        var script = (await CliRun.Async(["completion", "bash"])).Output + """
            metronctl() { printf '%s\n' 'web' 'w$(echo carried-out)' 'other'; }
            COMP_LINE='metronctl get chain w' COMP_POINT=21 COMP_WORDS=(metronctl get chain w) COMP_CWORD=3
            _metronctl
            printf '%s|' "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true })!;
        var offered = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();

        Assert.Equal("web|w$(echo carried-out)|", offered);
    }

    [Fact]
    public async Task Help_asks_no_controller_and_states_the_exit_codes()
    {
        await using var controller = await FakeController.StartAsync();

        var help = await controller.RunAsync("--help");
        var get = await controller.RunAsync("get", "chains", "--help");

        Assert.Contains("5 controller unreachable", help.Output, StringComparison.Ordinal);
        Assert.Contains("--selector", get.Output, StringComparison.Ordinal);
        Assert.Empty(controller.Calls);
    }

    [Fact]
    public async Task An_interrupted_command_ends_with_130()
    {
        await using var controller = await FakeController.StartAsync();
        using var interrupted = new CancellationTokenSource();
        await interrupted.CancelAsync();

        var result = await CliRun.Async(["get", "chains", "--controller", controller.Address], cancellation: interrupted.Token);

        Assert.Equal((ExitCode.Interrupted, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task The_executable_itself_prints_and_exits_as_the_entry_point_does()
    {
        await using var controller = await FakeController.StartAsync();
        controller.Chains["web"] = new V1.ServiceChain { Name = "web" };

        var version = await ProcessAsync("version");
        var get = await ProcessAsync("get", "chains", "-o", "name", "--controller", controller.Address);
        var missing = await ProcessAsync("get", "chain", "nothing", "--controller", controller.Address);
        var wrong = await ProcessAsync("bogus");

        Assert.Equal(0, version.ExitCode);
        Assert.Matches(@"^metronctl \d+\.\d+\.\d+ \(API metron\.v1\)\n$", version.Output);
        Assert.Equal((0, "web\n", ""), (get.ExitCode, get.Output, get.Error));
        Assert.Equal((ExitCode.NotFound, ""), (missing.ExitCode, missing.Output));
        Assert.Equal(ExitCode.BadInput, wrong.ExitCode);
    }

    // As it is built for itself: the copy beside these tests lacks what ASP.NET brings along.
    private static string Executable()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(TestFolder.Repository, "controller/Metron.Cli/bin", output.Parent!.Name, output.Name, "metronctl.dll");
    }

    private static async Task<CliResult> ProcessAsync(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && host.EndsWith("dotnet", StringComparison.Ordinal) ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Executable());
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }
}
