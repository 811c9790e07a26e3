using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Metron.V1;

namespace Metron.IntegrationTests.Lab;

/// <summary>A lab with a controller and an agent. Everything in it ends with it.</summary>
internal sealed class MetronLab : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_withoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly MetronLabOptions _options;
    private LabProcess? _controller;
    private LabProcess? _agent;
    private Appliance? _appliance;

    private MetronLab(LabNetwork network, MetronLabOptions options)
    {
        Network = network;
        _options = options;
        Client = new ControllerClient(SocketPath);
        Traffic = new TrafficSource(network);
    }

    /// <summary>Namespaces, links and switch.</summary>
    public LabNetwork Network { get; }

    /// <summary>Traffic between the hosts.</summary>
    public TrafficSource Traffic { get; }

    /// <summary>gRPC to the controller.</summary>
    public ControllerClient Client { get; }

    /// <summary>The controller's gRPC socket.</summary>
    public string SocketPath => Path.Combine(Network.Directory, "run", "controller.sock");

    /// <summary>The controller's REST socket.</summary>
    public string RestSocketPath => Path.Combine(Network.Directory, "run", "rest.sock");

    /// <summary>The running controller.</summary>
    public LabProcess Controller => _controller ?? throw new InvalidOperationException("no controller was started");

    /// <summary>The running agent.</summary>
    public LabProcess Agent => _agent ?? throw new InvalidOperationException("no agent was started");

    /// <summary>The closed program.</summary>
    public Appliance Appliance => _appliance ?? throw new InvalidOperationException("the lab has no appliance");

    /// <summary>Creates the lab and starts everything; returns when switch and agent are connected to the controller.</summary>
    public static async Task<MetronLab> StartAsync(MetronLabOptions options)
    {
        var lab = new MetronLab(await LabNetwork.CreateAsync(options.Layout), options);
        try
        {
            for (var server = 1; server <= options.Layout.Servers; server++)
            {
                await lab.Traffic.ServeAsync($"server{server}");
            }

            if (options.Appliance == ApplianceKind.Veth)
            {
                lab._appliance = await Appliance.StartAsync(lab.Network, options.Layout.Workers);
            }

            await lab.StartControllerAsync();
            await lab.StartAgentAsync();
            await lab.SwitchConnectsAsync();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the agent looks for keys.</summary>
    public string KeyDirectory => Path.Combine(Network.Directory, "keys");

    /// <summary>Makes a key for AES-128 and lets the agent have it; returns its file.</summary>
    public string MakeKey(string name)
    {
        var file = Path.Combine(Directory.CreateDirectory(KeyDirectory).FullName, name);
        File.WriteAllText(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)) + "\n");
        return file;
    }

    /// <summary>Starts the controller; returns when it answers.</summary>
    public async Task StartControllerAsync()
    {
        var file = Path.Combine(Network.Directory, "controller.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
        {
            grpc = new[] { "127.0.0.1:7080", $"unix:{SocketPath}" },
            rest = new[] { $"unix:{RestSocketPath}" },
            database = Path.Combine(Network.Directory, "controller.db"),
            openFlow = "127.0.0.1:6653",
            openFlowSessions = _options.OpenFlowVersions is { } versions ? new { versions } : null,
            switches = new[] { new { name = "br0", datapathId = "00004d4554524f4e", tagging = _options.Tagging } },
        }, s_withoutNulls));
        _controller = Network.Start("switch", Repository.Executable("controller/Metron.Controller", "metron-controller"), "--config", file);
        await Eventually.HoldsAsync("the controller answers", async () =>
        {
            FailIfEnded(_controller);
            await Client.Switches.ListSwitchesAsync(new ListSwitchesRequest());
            return null;
        });
    }

    /// <summary>Starts the agent; returns when it is connected.</summary>
    public async Task StartAgentAsync()
    {
        var file = Path.Combine(Network.Directory, "agent.json");
        var text = AgentConfiguration.Write("server1", "http://127.0.0.1:7080", _options.Layout.Workers, Network.DpdkPrefix, KeyDirectory, ApplianceDevice(), _options.Balancing, _options.IsOfKernel);
        await File.WriteAllTextAsync(file, text);
        _agent = Network.Start("switch", "nice", "-n", "-10", Repository.Executable("agent/Metron.Agent", "metron-agent"), "--config", file);
        await AgentConnectsAsync();
    }

    /// <summary>Waits until the agent is connected.</summary>
    public Task AgentConnectsAsync() => Eventually.HoldsAsync("the agent is connected", async () =>
    {
        FailIfEnded(Agent);
        var agents = (await Client.Agents.ListAgentsAsync(new ListAgentsRequest())).Agents;
        return agents.Any(agent => agent.Connected) ? null : agents.ToString();
    });

    /// <summary>Waits until the switch is connected.</summary>
    public Task SwitchConnectsAsync() => Eventually.HoldsAsync("the switch is connected", async () =>
    {
        var switches = (await Client.Switches.ListSwitchesAsync(new ListSwitchesRequest())).Switches;
        return switches.Any(s => s.Connected) ? null : switches.ToString();
    });

    /// <summary>Waits until a chain is ready in a revision (its present one unless given) and returns it.</summary>
    public Task<ServiceChain> ReadyAsync(string name, long revision = 0) => Eventually.GetAsync<ServiceChain>($"chain {name} is ready", async () =>
    {
        var chain = await Client.Chains.GetServiceChainAsync(new GetServiceChainRequest { Name = name });
        var wanted = revision == 0 ? chain.Revision : revision;
        return chain.Status.State == ChainState.Ready && chain.Status.RunningRevision == wanted ? (chain, null) : (null, chain.Status.ToString());
    }, 30);

    /// <summary>Creates or replaces a chain and waits until it is ready.</summary>
    public async Task<ServiceChain> ApplyAsync(ServiceChain chain)
    {
        var applied = await Client.Chains.UpdateServiceChainAsync(new UpdateServiceChainRequest { ServiceChain = chain, AllowMissing = true });
        return await ReadyAsync(chain.Name, applied.Revision);
    }

    /// <summary>Deletes a chain and waits until nothing is left of it.</summary>
    public async Task DeleteAsync(string name)
    {
        await Client.Chains.DeleteServiceChainAsync(new DeleteServiceChainRequest { Name = name });
        await Eventually.HoldsAsync($"chain {name} is gone", async () =>
        {
            var chains = (await Client.Chains.ListServiceChainsAsync(new ListServiceChainsRequest())).ServiceChains;
            return chains.FirstOrDefault(chain => chain.Name == name)?.Status.ToString();
        }, 30);
    }

    /// <summary>Deletes all chains.</summary>
    public async Task DeleteAllAsync()
    {
        foreach (var chain in (await Client.Chains.ListServiceChainsAsync(new ListServiceChainsRequest())).ServiceChains)
        {
            await DeleteAsync(chain.Name);
        }
    }

    /// <summary>The only server's state.</summary>
    public async Task<Agent> ServerAsync() => await Client.Agents.GetAgentAsync(new GetAgentRequest { Name = "server1" });

    /// <summary>The switch with its rules.</summary>
    public async Task<Switch> SwitchAsync() => await Client.Switches.GetSwitchAsync(new GetSwitchRequest { Name = "br0", IncludeRules = true });

    /// <summary>Packets of a rule on the switch whose purpose contains a text, of one chain.</summary>
    public async Task<ulong> RulePacketsAsync(string chain, string purpose)
    {
        var rules = (await SwitchAsync()).Rules.Where(rule => rule.Chain == chain && rule.Purpose.Contains(purpose, StringComparison.Ordinal)).ToArray();
        return rules.Length > 0 ? rules.Aggregate(0UL, (sum, rule) => sum + rule.Packets) : throw new InvalidOperationException($"chain {chain} has no rule for \"{purpose}\"");
    }

    /// <summary>The last lines of controller and agent, to explain a failure.</summary>
    public string LastWords()
    {
        static string Tail(string name, LabProcess? process) => process is null
            ? string.Empty
            : $"--- {name}\n{string.Join('\n', (process.Output + process.Errors).Split('\n').TakeLast(60))}\n";
        return Tail("controller", _controller) + Tail("agent", _agent);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Network.DisposeAsync();
    }

    private Func<int, char, string>? ApplianceDevice() => _options.Appliance switch
    {
        ApplianceKind.Veth => (worker, side) => $"net_af_packet{10 + (2 * worker) + (side == 'o' ? 1 : 0)},iface=bb{worker}{side}",
        ApplianceKind.Vhost => (worker, side) => $"net_vhost{(2 * worker) + (side == 'o' ? 1 : 0)},iface={VhostAppliance.Socket(Network, worker, side)}",
        _ => null,
    };

    private static void FailIfEnded(LabProcess process)
    {
        if (process.HasEnded)
        {
            throw new InvalidOperationException($"ended:\n{process.Output}\n{process.Errors}");
        }
    }
}

/// <summary>What is in a lab.</summary>
/// <param name="Layout">Its size.</param>
/// <param name="Tagging">How the switch tags, as the controller's configuration says it.</param>
internal sealed record MetronLabOptions(LabLayout Layout, string Tagging = "vlan")
{
    /// <summary>By what the workers have interfaces to a closed program, the appliance "ips".</summary>
    public ApplianceKind Appliance { get; init; }

    /// <summary>How the agent balances flow groups over its workers, as its configuration says it; null when tags stand for workers.</summary>
    public object? Balancing { get; init; }

    /// <summary>Versions that the controller offers; null for its default.</summary>
    public IReadOnlyList<string>? OpenFlowVersions { get; init; }

    /// <summary>Whether the kernel drives the workers' link, not DPDK.</summary>
    public bool IsOfKernel { get; init; }
}

/// <summary>By what workers reach a closed program.</summary>
internal enum ApplianceKind
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Pairs of virtual Ethernet interfaces, whose other ends the program has.</summary>
    Veth,

    /// <summary>Sockets of vhost-user, to which the program connects by virtio-user.</summary>
    Vhost,
}
