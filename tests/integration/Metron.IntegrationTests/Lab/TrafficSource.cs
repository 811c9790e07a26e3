using System.Globalization;
using System.Text.Json;

namespace Metron.IntegrationTests.Lab;

/// <summary>Makes traffic between the hosts of a lab, and says what became of it.</summary>
internal sealed class TrafficSource(LabNetwork network)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Starts the services on a server: an echo for numbered UDP packets at port 7, iperf3 at port 5201, and a web server, whose every answer
    /// is the server's name and the client's address, at ports 80 and 8080.
    /// </summary>
    public async Task ServeAsync(string host)
    {
        await network.Start(host, Repository.Traffic("numbered.py"), "echo", "7").WroteAsync("ready");
        await network.Start(host, "iperf3", "--server", "--forceflush").WroteAsync("Server listening");
        await network.Start(host, Repository.Traffic("web.py"), "80", host).WroteAsync("ready");
        await network.Start(host, Repository.Traffic("web.py"), "8080", host).WroteAsync("ready");
    }

    /// <summary>Starts numbered UDP packets from client 1, which are echoed; end it with <see cref="ResultAsync"/>.</summary>
    public async Task<LabProcess> StartNumberedAsync(string address, int flows = 8, int packetsPerSecond = 400, string client = "client1", params IEnumerable<string> more)
    {
        var process = network.Start(client,
            [Repository.Traffic("numbered.py"), "send", address, "7", "--flows", $"{flows}", "--rate", $"{packetsPerSecond}", .. more]);
        await process.WroteAsync("started");
        return process;
    }

    /// <summary>Ends numbered packets and returns the sums.</summary>
    public static async Task<NumberedResult> ResultAsync(LabProcess process)
    {
        var lines = (await process.StopAsync()).Succeeded().Output.Split('\n');
        return JsonSerializer.Deserialize<NumberedResult>(lines[1], s_json)!;
    }

    /// <summary>Sends numbered packets for a while and returns the sums.</summary>
    public async Task<NumberedResult> NumberedAsync(string address, int flows = 8, double seconds = 1, int packetsPerSecond = 400, string client = "client1", params IEnumerable<string> more)
    {
        await using var process = await StartNumberedAsync(address, flows, packetsPerSecond, client,
            ["--seconds", seconds.ToString(CultureInfo.InvariantCulture), .. more]);
        await process.WaitAsync();
        return await ResultAsync(process);
    }

    /// <summary>Pings an address three times and fails unless all come back.</summary>
    public async Task PingAsync(string address, string client = "client1")
    {
        // One by one: of several, ping waits for the last only twice as long as an answer took before.
        for (var i = 0; i < 3; i++)
        {
            var result = await network.RunAsync(client, "ping", "-c", "1", "-W", "5", address);
            Assert.True(result.Output.Contains(" 0% packet loss", StringComparison.Ordinal), result.Output + result.Errors);
        }
    }

    /// <summary>Runs iperf3 over TCP and returns the bytes that arrived.</summary>
    /// <param name="address">Where iperf3's server listens.</param>
    /// <param name="reverse">Whether the server sends; otherwise the client does.</param>
    /// <param name="seconds">How long.</param>
    public async Task<long> TcpAsync(string address, bool reverse, int seconds = 2)
    {
        string[] direction = reverse ? ["--reverse"] : [];
        var report = await Eventually.GetAsync<JsonDocument>("iperf3's server takes a test", async () =>
        {
            var result = await network.RunAsync("client1",
                ["iperf3", "--client", address, "--json", "--time", $"{seconds}", "--parallel", "4", "--connect-timeout", "5000", .. direction]);
            var answer = JsonDocument.Parse(result.Output);
            return answer.RootElement.TryGetProperty("error", out var error) && error.GetString()!.Contains("busy", StringComparison.Ordinal)
                ? (null, error.GetString())
                : (answer, null);
        });
        Assert.False(report.RootElement.TryGetProperty("error", out var failure), failure.ToString());
        return report.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bytes").GetInt64();
    }

    /// <summary>Fetches a page by HTTP; null when no connection comes about.</summary>
    public async Task<string?> HttpAsync(string url, string client = "client1", int seconds = 3)
    {
        var result = await network.RunAsync(client, "curl", "--silent", "--globoff", "--fail", "--max-time", $"{seconds}", url);
        return result.ExitCode == 0 ? result.Output : null;
    }

    /// <summary>Sends frames that no well-behaved host sends, from client 1; see Traffic/frames.py.</summary>
    public async Task FramesAsync(string kind, int count, params IEnumerable<string> destinations) =>
        (await network.RunAsync("client1", [Repository.Traffic("frames.py"), kind, count.ToString(CultureInfo.InvariantCulture), .. destinations])).Succeeded();
}

/// <summary>What became of numbered packets.</summary>
internal sealed record NumberedResult(int Sent, int Received, int Lost, int Doubled, int Reordered, IReadOnlyList<NumberedFlow> Flows)
{
    /// <summary>Fails unless every packet came back once and in order, and there were some.</summary>
    public void NothingWasLost()
    {
        Assert.True(Sent > 0, "nothing was sent");
        Assert.True(Lost == 0 && Doubled == 0 && Reordered == 0, JsonSerializer.Serialize(this));
    }
}

/// <summary>What became of the packets of one flow.</summary>
internal sealed record NumberedFlow(int Port, int Sent, int Received, int Lost, IReadOnlyList<int> FirstLost, IReadOnlyDictionary<string, int> Errors);
