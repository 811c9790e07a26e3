namespace Metron.IntegrationTests.Lab;

/// <summary>The namespaces, links and the switch of a lab, made by deploy/lab/lab.</summary>
internal sealed class LabNetwork : IAsyncDisposable
{
    /// <summary>Directories of labs are named by this, the id of the test process, and a number.</summary>
    private const string Prefix = "/tmp/metron-test-";

    private static int s_count;
    private readonly List<LabProcess> _processes = [];

    private LabNetwork(string directory) => Directory = directory;

    /// <summary>State directory.</summary>
    public string Directory { get; }

    /// <summary>What DPDK's files of this lab are named by; they go with the lab.</summary>
    public string DpdkPrefix { get; private set; } = string.Empty;

    /// <summary>Creates a lab; removes labs whose test process has died.</summary>
    public static async Task<LabNetwork> CreateAsync(LabLayout layout)
    {
        await RemoveStaleAsync();
        var network = new LabNetwork($"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
        await Script("up", network.Directory, "--clients", $"{layout.Clients}", "--servers", $"{layout.Servers}", "--uplinks", $"{layout.Uplinks}", "--workers", $"{layout.Workers}");
        var settings = await File.ReadAllLinesAsync(Path.Combine(network.Directory, "lab.env"));
        network.DpdkPrefix = settings.Single(line => line.StartsWith("LAB_DPDK_PREFIX=", StringComparison.Ordinal)).Split('=')[1];
        return network;
    }

    /// <summary>Starts a command on a host of the lab: client1, server1, … or switch. It ends with the lab at the latest.</summary>
    public LabProcess Start(string host, params IEnumerable<string> command)
    {
        var process = LabProcess.Start([Repository.LabScript, "run", Directory, host, .. command]);
        lock (_processes)
        {
            _processes.Add(process);
        }

        return process;
    }

    /// <summary>Runs a command on a host of the lab and waits for its end.</summary>
    public async Task<CommandResult> RunAsync(string host, params IEnumerable<string> command)
    {
        await using var process = LabProcess.Start([Repository.LabScript, "run", Directory, host, .. command]);
        return await process.WaitAsync(60);
    }

    /// <summary>Starts, stops or kills the switch.</summary>
    public Task SwitchAsync(string action) => Script("switch", Directory, action);

    /// <summary>Runs ovs-ofctl on the lab's bridge.</summary>
    public async Task<string> OfctlAsync(string command, params IEnumerable<string> arguments)
    {
        await using var process = LabProcess.Start([Repository.LabScript, "ofctl", Directory, command, .. arguments]);
        return (await process.WaitAsync()).Succeeded().Output;
    }

    /// <summary>Watches the switch's flow tables: every rule added, changed or deleted by anyone from now on is a line of the output.</summary>
    public async Task<LabProcess> WatchFlowsAsync()
    {
        var process = LabProcess.Start([Repository.LabScript, "ofctl", Directory, "monitor", "watch:!initial"]);
        lock (_processes)
        {
            _processes.Add(process);
        }

        await process.WroteAsync("FLOW_MONITOR");
        return process;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var process in _processes)
            {
                await process.DisposeAsync();
            }
        }
        finally
        {
            await Script("down", Directory);
        }
    }

    private static async Task RemoveStaleAsync()
    {
        foreach (var directory in System.IO.Directory.GetDirectories("/tmp", Path.GetFileName(Prefix) + "*"))
        {
            var owner = directory[Prefix.Length..].Split('-')[0];
            if (!System.IO.Directory.Exists($"/proc/{owner}"))
            {
                await Script("down", directory);
            }
        }
    }

    private static async Task Script(params IEnumerable<string> arguments)
    {
        await using var process = LabProcess.Start([Repository.LabScript, .. arguments]);
        (await process.WaitAsync(60)).Succeeded();
    }
}

/// <summary>How large a lab is.</summary>
/// <param name="Clients">Client networks, each with one host.</param>
/// <param name="Servers">Hosts on the server network.</param>
/// <param name="Workers">Links for workers.</param>
/// <param name="Uplinks">Links between the switch and the server network: ports 2, 52, …</param>
internal sealed record LabLayout(int Clients = 1, int Servers = 1, int Workers = 2, int Uplinks = 1);
