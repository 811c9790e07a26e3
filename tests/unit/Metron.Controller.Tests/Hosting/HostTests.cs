using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;
using Metron.Controller.Store;

namespace Metron.Controller.Tests.Hosting;

public class HostTests
{
    [Fact]
    public async Task Health_is_serving_once_the_reconciler_makes_its_rounds()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var health = new Health.HealthClient(controller.Channel);

        await Eventually.HoldsAsync("health", async () =>
            (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.Serving);

        Assert.True((await controller.Http.GetAsync("/healthz")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Reflection_lists_the_services()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(controller.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = string.Empty });
        await call.ResponseStream.MoveNext(CancellationToken.None);

        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name);

        Assert.Superset(
            new HashSet<string> { "metron.v1.ServiceChains", "metron.v1.Agents", "metron.v1.Switches", "metron.v1.AgentControl" }, services.ToHashSet());
    }

    [Fact]
    public async Task A_second_controller_on_the_same_database_is_refused_with_the_reason()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var other = new System.Diagnostics.Process
        {
            StartInfo = new System.Diagnostics.ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "metron-controller"))
            {
                ArgumentList = { "--database", controller.Folder["controller.db"], "--grpc", $"unix:{controller.Folder["other.sock"]}", "--rest", "none", "--openflow", "none" },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            },
        };
        other.Start();
        var message = await other.StandardError.ReadToEndAsync();
        await other.WaitForExitAsync();

        Assert.Equal(1, other.ExitCode);
        Assert.Contains("is in use by another process", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_not_taken_over()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        using var folder = new TemporaryFolder();

        await Assert.ThrowsAsync<StartupException>(() => ControllerUnderTest.StartAsync(folder, configuration => configuration with
        {
            Grpc = [ListenAddress.Unix(controller.Folder["grpc.sock"])],
        }));
    }

    [Fact]
    public async Task A_database_that_is_none_is_refused_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["controller.db"], string.Concat(Enumerable.Repeat("this is no database. ", 100)));

        var error = await Assert.ThrowsAsync<DatabaseException>(() => ControllerUnderTest.StartAsync(folder));

        Assert.Contains("is no SQLite database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_stops_the_program_with_status_0()
    {
        using var folder = new TemporaryFolder();
        using var program = new System.Diagnostics.Process
        {
            StartInfo = new System.Diagnostics.ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "metron-controller"))
            {
                ArgumentList = { "--database", folder["controller.db"], "--grpc", $"unix:{folder["grpc.sock"]}", "--rest", "none", "--openflow", "none" },
                RedirectStandardOutput = true,
            },
        };
        program.Start();
        while (await program.StandardOutput.ReadLineAsync() is { } line && !line.Contains("runs: gRPC", StringComparison.Ordinal))
        {
        }

        using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{program.Id}"]);
        await program.WaitForExitAsync();

        Assert.Equal(0, program.ExitCode);
    }
}
