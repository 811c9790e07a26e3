using System.Text.Json;
using Metron.Cli.Tests.Fakes;
using Metron.Offline.Captures;

namespace Metron.Cli.Tests.Commands;

/// <summary>No controller is there: the address leads nowhere.</summary>
public sealed class TraceTests
{
    private const string Http = "--source 10.1.0.10 --destination 203.0.113.80 --source-port 40000 --destination-port 80";
    private static readonly string Folder = Path.Combine(TestFolder.Repository, "deploy", "examples");

    [Theory]
    [InlineData("trace-allowed.txt", "firewall-router-napt.yaml", "clients", Http)]
    [InlineData("trace-allowed.json", "firewall-router-napt.yaml", "clients", Http + " -o json")]
    [InlineData("trace-denied.txt", "firewall-router-napt.yaml", "clients", "--source 10.1.0.10 --destination 203.0.113.80 --source-port 40002 --destination-port 8080")]
    [InlineData("trace-no-binding.txt", "firewall-router-napt.yaml", "internet", "--source 203.0.113.80 --destination 198.51.100.1 --source-port 80 --destination-port 4002 --tcp-flags syn,ack")]
    [InlineData("trace-ipv6.txt", "nptv6.yaml", "clients", "--source fd00:1::10 --destination 2001:db8:f::80 --protocol udp --source-port 5000 --destination-port 53")]
    [InlineData("trace-balanced.txt", "load-balancer.yaml", "clients", "--source 10.1.0.10 --destination 198.51.100.80 --source-port 40000 --destination-port 80")]
    [InlineData("trace-mac.txt", "mac-tagging.yaml", "clients", Http + " --tagging mac --workers 1")]
    [InlineData("trace-switch-only.txt", "firewall.yaml", "clients", "--source 10.1.0.10 --destination 10.2.0.10 --source-port 40000 --destination-port 80")]
    public async Task A_packet_is_followed_with_the_line_of_the_spec_behind_each_step(string golden, string example, string from, string options)
    {
        // By standard input, so that no path of this machine makes columns wider.
        var spec = await File.ReadAllTextAsync(Path.Combine(Folder, example));

        var result = await CliRun.Async(["trace", "-f", "-", "--from", from, .. Words(options)], spec, environmentAddress: "unix:/nowhere");

        Assert.Equal(("", ExitCode.Success), (result.Error, result.ExitCode));
        Golden.Equal(golden, result.Output);
    }

    [Fact]
    public async Task A_frame_in_hexadecimal_digits_is_followed_like_one_in_words()
    {
        using var told = JsonDocument.Parse((await TraceAsync("firewall-router-napt.yaml", "clients", Http + " -o json")).Output);
        var digits = string.Join(':', told.RootElement.GetProperty("frame").GetString()!.Chunk(2).Select(pair => new string(pair)));

        using var given = JsonDocument.Parse((await TraceAsync("firewall-router-napt.yaml", "clients", $"--hex {digits} -o json")).Output);

        Assert.Equal(told.RootElement.ToString(), given.RootElement.ToString());
    }

    [Fact]
    public async Task Packets_of_a_capture_before_the_one_asked_for_have_made_their_connection()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var capture = new PcapWriter(new FileStream(file, FileMode.CreateNew)))
            {
                const string query = "--source 10.1.0.10 --destination 203.0.113.53 --protocol udp --source-port 40000 --destination-port 53";
                using var told = JsonDocument.Parse((await TraceAsync("firewall-router-napt.yaml", "clients", query + " -o json")).Output);
                var frame = Convert.FromHexString(told.RootElement.GetProperty("frame").GetString()!);
                capture.Write(0, frame);
                capture.Write(10_000_000, frame);
            }

            var first = await TraceAsync("firewall-router-napt.yaml", "clients", $"--in {file}");
            var second = await TraceAsync("firewall-router-napt.yaml", "clients", $"--in {file} --number 2");
            var third = await TraceAsync("firewall-router-napt.yaml", "clients", $"--in {file} --number 3");

            Assert.Contains("allow; rule dns", first.Output, StringComparison.Ordinal);
            Assert.Contains("its flow has an entry: functions are not asked", second.Output, StringComparison.Ordinal);
            Assert.Contains("Traffic class:    3: fw: allow", second.Output, StringComparison.Ordinal);
            Assert.Contains("leaves by port 2: udp 198.51.100.1:40000 > 203.0.113.53:53", second.Output, StringComparison.Ordinal);
            Assert.Equal((ExitCode.BadInput, "metronctl: --number 3: the capture has 2 packets\n"), (third.ExitCode, third.Error));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("tcp", "tcp 10.1.0.10:1 > 203.0.113.80:2 syn", "--source-port 1 --destination-port 2")]
    [InlineData("udp", "udp 10.1.0.10:1 > 203.0.113.80:2,", "--source-port 1 --destination-port 2")]
    [InlineData("sctp", "sctp 10.1.0.10:1 > 203.0.113.80:2,", "--source-port 1 --destination-port 2")]
    [InlineData("icmp", "icmp 10.1.0.10 > 203.0.113.80 type 3 code 1,", "--icmp-type 3 --icmp-code 1")]
    [InlineData("47", "protocol 47 10.1.0.10 > 203.0.113.80,", "")]
    public async Task Every_protocol_gives_a_frame_that_reads_as_it_was_told(string protocol, string text, string options)
    {
        var result = await TraceAsync("monitor.yaml", "clients", $"--source 10.1.0.10 --destination 203.0.113.80 --protocol {protocol} {options}");

        Assert.Contains("Packet:           " + text, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--source and --destination must each be one address", "clients", "--source 10.1.0.0/24 --destination 10.2.0.1")]
    [InlineData("--source and --destination must each be one address", "clients", "--source 10.1.0.1")]
    [InlineData("--destination 'x' is not an IP", "clients", "--source 10.1.0.1 --destination x")]
    [InlineData("--source-port", "clients", "--source 10.1.0.1 --destination 10.2.0.1 --source-port 70000")]
    [InlineData("a packet has one protocol, one port each", "clients", "--source 10.1.0.1 --destination 10.2.0.1 --source-port 1-2")]
    [InlineData("--icmp-type '256' is not a number from 0 to 255", "clients", "--source 10.1.0.1 --destination 10.2.0.1 --protocol icmp --icmp-type 256")]
    [InlineData("--from 'nowhere' is no endpoint of switch-firewall; it has clients, servers", "nowhere", "--source 10.1.0.1 --destination 10.2.0.1")]
    [InlineData("--hex must be an even number of hexadecimal digits", "clients", "--hex 0g")]
    [InlineData("--hex has 2 bytes; an Ethernet frame has 14 to 9216", "clients", "--hex 0102")]
    [InlineData("give the packet either by --hex or by its fields", "clients", "--hex 0102030405060708090a0b0c0800 --source 10.1.0.1 --destination 10.2.0.1")]
    public async Task A_wrong_packet_is_refused_with_a_remedy(string message, string from, string options)
    {
        var result = await TraceAsync("firewall.yaml", from, options);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private static Task<CliResult> TraceAsync(string example, string from, string options) => CliRun.Async(
        ["trace", "-f", Path.Combine(Folder, example), "--from", from, .. Words(options)], environmentAddress: "unix:/nowhere");

    private static string[] Words(string options) => options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
