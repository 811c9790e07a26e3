using System.Text.Json;
using Metron.Cli.Tests.Fakes;
using Metron.Offline.Captures;
using Metron.Packets;
using Metron.Packets.Tests;

namespace Metron.Cli.Tests.Commands;

/// <summary>No controller is there: the address leads nowhere.</summary>
public sealed class RunTests : IDisposable
{
    private static readonly string Spec = Path.Combine(TestFolder.Repository, "deploy", "examples", "firewall-router-napt.yaml");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("metron-run-");

    private string Capture => Path.Combine(_folder.FullName, "in.pcap");

    [Fact]
    public async Task A_capture_is_told_by_verdict_and_class_and_what_leaves_is_written()
    {
        WriteCapture();
        var written = Path.Combine(_folder.FullName, "out.pcap");

        var result = await RunAsync("--endpoint", "clients", "--out", written);

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        Assert.Matches(@"3 +\d+ +clients +forwarded to internet +- +fw: allow \| rt: via wan", result.Output);
        Assert.Matches(@"1 +\d+ +clients +dropped: denied +switch", result.Output);
        var left = CaptureReader.ReadFile(written).Packets;
        Assert.Equal(3, left.Count);
        Assert.All(left, packet =>
        {
            Assert.Equal(DropReason.None, FrameParser.Parse(packet.Frame, packet.Frame.Length, false, out var headers, out _));
            Assert.Equal(IpAddress.Parse("198.51.100.1"), headers.Source);
        });
    }

    [Theory]
    [InlineData("--reference")]
    [InlineData("--compare")]
    public async Task The_interpreter_agrees(string option)
    {
        WriteCapture();

        var result = await RunAsync("--endpoint", "clients", option, "-o", "json", "--packets");

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(
            ["internet", "internet", null, "internet"],
            json.RootElement.GetProperty("everyPacket").EnumerateArray().Select(packet => packet.GetProperty("egress").GetString()));
        Assert.True(option == "--reference" || json.RootElement.GetProperty("differences").GetInt32() == 0);
    }

    [Fact]
    public async Task Packets_enter_where_they_are_mapped_and_others_are_left_out()
    {
        WriteCapture();
        var mapped = await RunAsync("--map", "0=clients");
        Assert.Matches(@"3 +\d+ +clients +forwarded to internet", mapped.Output);

        var unclear = await RunAsync();
        Assert.Equal(ExitCode.BadInput, unclear.ExitCode);
        Assert.Contains("say where the packets of the capture enter the chain", unclear.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--endpoint: the chain has no endpoint 'client'; did you mean", "--endpoint", "client")]
    [InlineData("--map 'x' is not of the form INTERFACE=ENDPOINT", "--map", "x")]
    [InlineData("--map: the capture has no interface 'eth7'", "--map", "eth7=clients")]
    [InlineData("exclude each other", "--endpoint", "clients", "--reference", "--compare")]
    [InlineData("there is no such file", "--endpoint", "clients", "--in", "/nowhere.pcap")]
    public async Task Wrong_input_is_refused_in_a_sentence(string message, params string[] options)
    {
        WriteCapture();

        var result = await CliRun.Async(
            ["run", Spec, .. options.Contains("--in") ? [] : (string[])["--in", Capture], .. options], environmentAddress: "unix:/nowhere");

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task A_broken_capture_is_refused_by_the_byte()
    {
        await File.WriteAllTextAsync(Capture, "this is no capture");
        var result = await RunAsync("--endpoint", "clients");
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains("byte 0: 0x74686973 is the magic number of neither pcap nor pcapng", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<CliResult> RunAsync(params string[] options) =>
        CliRun.Async(["run", Spec, "--in", Capture, .. options], environmentAddress: "unix:/nowhere");

    /// <summary>A web request, a name query, a forbidden connection, a ping.</summary>
    private void WriteCapture()
    {
        var client = new FrameBuilder { Source = IpAddress.Parse("10.1.0.2"), Destination = IpAddress.Parse("192.0.2.1") };
        var web = client with { Protocol = IpProtocol.Tcp, DestinationPort = 80, TcpFlags = TcpFlags.Syn };
        using var writer = new PcapWriter(File.Create(Capture));
        writer.Write(1_000_000_000, web.Build());
        writer.Write(1_000_500_000, client.Build());
        writer.Write(1_001_000_000, (web with { DestinationPort = 8080 }).Build());
        writer.Write(2_000_000_000, (client with { Protocol = IpProtocol.Icmp, IcmpType = 8 }).Build());
    }
}
