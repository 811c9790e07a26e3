using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Metron.Cli.Tests.Fakes;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.VirtualSwitch;

namespace Metron.Cli.Tests.Commands;

/// <summary>`switch check` on emulated switches, which are no hardware.</summary>
public sealed class SwitchCheckTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_report_comes_to_the_output_and_what_is_done_to_the_error_stream()
    {
        await using var emulated = Restricted();
        var result = await RunAsync($"switch check {emulated.Listen()} --tables 2 --rate-rules 20");
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.StartsWith("Switch at 127.0.0.1:", result.Output, StringComparison.Ordinal);
        Assert.Contains("\nwork-around  VLAN tags: push, pop, write", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("This check of the switch at 127.0.0.1:", result.Error, StringComparison.Ordinal);
        Assert.Contains("removes everything that it installs, also when it is interrupted", result.Error, StringComparison.Ordinal);
        Assert.Contains("… bundles\n", result.Error, StringComparison.Ordinal);
        Assert.Empty(emulated.Rules);
    }

    [Fact]
    public async Task The_report_as_JSON_holds_the_profile_that_is_written_to_a_file()
    {
        var file = Path.Combine(Path.GetTempPath(), $"metronctl-{Guid.NewGuid():n}.json");
        try
        {
            await using var emulated = Restricted();
            var result = await RunAsync($"switch check {emulated.Listen()} --tables 2 --rate-rules 20 -q -o json --profile-name leaf7 --profile-out {file}");
            Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
            using var report = JsonDocument.Parse(result.Output);
            var root = report.RootElement;
            Assert.Equal("0000000000000001", root.GetProperty("switch").GetProperty("datapathId").GetString());
            Assert.Equal("workAround", root.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("id").GetString() == "action.vlan").GetProperty("verdict").GetString());
            Assert.Equal(["0", "1"], root.GetProperty("tables").EnumerateArray().Select(table => table.GetProperty("number").GetRawText()));
            var written = SwitchProfileJson.Parse(await File.ReadAllTextAsync(file));
            Assert.Equal("leaf7", written.Name);
            Assert.Equal(written, SwitchProfileJson.Parse(root.GetProperty("profile").GetRawText()));
            Assert.DoesNotContain(ActionType.PushVlan, written.Tables[0].Actions!.Value);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_report_as_HTML_refers_to_nothing_outside_and_does_not_trust_the_switch()
    {
        await using var emulated = new EmulatedSwitch(new EmulatedSwitchOptions { Profile = new SwitchProfile { Name = "<script>alert(1)</script>\u001b[2J" } });
        var result = await RunAsync($"switch check {emulated.Listen()} --tables 1 --rate-rules 20 -q -o html");
        Assert.StartsWith("<!doctype html>", result.Output, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;?[2J", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("http", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_that_connects_by_itself_is_waited_for()
    {
        // The port has to be known before the command listens on it.
        var port = FreePort();
        await using var emulated = Restricted();
        emulated.ConnectTo(new IPEndPoint(IPAddress.Loopback, port));
        var result = await RunAsync($"switch check 127.0.0.1:{port} --listen --tables 1 --rate-rules 20");
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.StartsWith($"This check waits at 127.0.0.1:{port} for the switch, and", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_answers_the_report_says_so()
    {
        var result = await RunAsync($"switch check 127.0.0.1:{FreePort()} -q");
        Assert.Equal(ExitCode.Unreachable, result.ExitCode);
        Assert.Contains("The switch cannot be used: it could not be spoken with.", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'a:b:c' is no host name", "switch check a:b:c:1")]
    [InlineData("'x:99999' is not HOST:PORT", "switch check x:99999")]
    [InlineData("'leaf7' is no IP address to listen on", "switch check leaf7:6653 --listen")]
    [InlineData("TLS of OpenFlow is mutual", "switch check leaf7 --tls-key k.pem")]
    [InlineData("--output 'xml' is not one of text, json, html", "switch check leaf7 -o xml")]
    [InlineData("--tables '0' is not a number from 1 to 255", "switch check leaf7 --tables 0")]
    [InlineData("'metronctl switch' needs one of check", "switch")]
    public async Task A_wrong_command_line_is_refused_with_a_remedy(string message, string line)
    {
        var result = await RunAsync(line);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private static async Task<CliResult> RunAsync(string line)
    {
        using var deadline = new CancellationTokenSource(_deadline);
        return await CliRun.Async(line.Split(' '), time: TimeProvider.System, cancellation: deadline.Token);
    }

    private static EmulatedSwitch Restricted() => new(new EmulatedSwitchOptions { Profile = SwitchProfiles.Find("no-vlan-actions")! });

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
