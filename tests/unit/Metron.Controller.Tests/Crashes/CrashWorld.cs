using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Grpc.Core;
using Metron.OpenFlow;
using Metron.VirtualSwitch;

namespace Metron.Controller.Tests.Crashes;

/// <summary>
/// A controller process that is killed when its n-th message of an update has reached the switch, and started again on what it had stored.
/// Switch and agent outlive it.
/// </summary>
internal sealed partial class CrashWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _port;
    private readonly bool _hasAgent;
    private readonly ConcurrentQueue<string> _violations = [];
    private ControllerProcess? _process;

    private CrashWorld(EmulatedSwitch atSwitch, int port, bool hasAgent)
    {
        (Switch, _port, _hasAgent) = (atSwitch, port, hasAgent);
        atSwitch.OnProcessed = Look;
    }

    public EmulatedSwitch Switch { get; }

    public FakeAgent? Agent { get; private set; }

    public ControllerProcess Process => _process!;

    /// <summary>Programs of the agent that ran at any time, by chain and revision; the agent's own memory ends with its connection.</summary>
    public ConcurrentDictionary<(string Chain, long Revision), V1.ResidualProgram> Programs { get; } = new();

    /// <summary>Looks at the switch after each message, and says what is wrong with it; null for nothing.</summary>
    public Func<string?> Check { get; set; } = () => null;

    /// <summary>What <see cref="Check"/> found.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Messages that came from the first change of rules on, since <see cref="KillAt"/> or <see cref="CountMessages"/>.</summary>
    public int MessageCount { get; private set; }

    /// <summary>Longest time from a controller that serves again to a switch as it should be.</summary>
    public TimeSpan WorstRecovery { get; private set; }

    /// <summary>What the controller logged that took longest.</summary>
    public string WorstLog { get; private set; } = string.Empty;

    public static async Task<CrashWorld> StartAsync(bool hasBundles, bool hasAgent = false)
    {
        var profile = new Offload.SwitchProfile { Name = "emulated", Bundles = hasBundles };
        var ports = new uint[] { 1, 2, 3, 4, 101, 102 }.Select(number => new EmulatedPort(number, $"p{number}")).ToArray();
        var atSwitch = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 1, Profile = profile, Ports = ports });
        var port = FreePort();
        atSwitch.ConnectTo(new IPEndPoint(IPAddress.Loopback, port));
        var world = new CrashWorld(atSwitch, port, hasAgent);
        await world.StartControllerAsync();
        return world;
    }

    /// <summary>Starts the controller, on what an earlier one stored.</summary>
    public async Task StartControllerAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _process = await ControllerProcess.StartAsync(_folder, _port);
        if (_hasAgent)
        {
            var running = Agent?.Running.Values ?? [];
            if (Agent is not null)
            {
                await Agent.DisposeAsync();
            }

            Agent = await FakeAgent.ConnectAsync(_process.Open(), running: running);
            Agent.OnDeploy = program =>
            {
                Programs[(program.Chain, program.Revision)] = program;
                return string.Empty;
            };
        }

        await Switch.WhenConnectedAsync(cancellation: new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
    }

    /// <summary>Has the controller killed at the n-th message of what it sends from its next change of rules on.</summary>
    /// <param name="message">1 for the first.</param>
    /// <param name="isProcessed">Whether the switch still carries that message out.</param>
    /// <returns>Completes when it was killed.</returns>
    public Task KillAt(int message, bool isProcessed)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        MessageCount = 0;
        Switch.Faults = new Faults
        {
            Fate = received =>
            {
                if (killed.Task.IsCompleted || (MessageCount == 0 && !IsChange(received)) || ++MessageCount != message)
                {
                    return MessageFate.Process;
                }

                _process!.Kill();
                killed.SetResult();
                return isProcessed ? MessageFate.AbortAfter : MessageFate.AbortBefore;
            },
        };
        return killed.Task;
    }

    /// <summary>Counts what the controller sends from its next change of rules on.</summary>
    public void CountMessages() => _ = KillAt(int.MaxValue, isProcessed: true);

    /// <summary>Waits until the chain is ready, or gone, and the switch has exactly these rules.</summary>
    public async Task SettledAsync(string chain, IReadOnlyList<string>? rules, Task? orKilled = null)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await Eventually.HoldsAsync("the end of the update", async () =>
                orKilled is { IsCompleted: true } || ((rules is null || rules.SequenceEqual(Rules())) && await IsAtRestAsync(chain)));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}: {Describe(rules)}; {Process.Log}", error);
        }

        if (orKilled is null && watch.Elapsed > WorstRecovery)
        {
            (WorstRecovery, WorstLog) = (watch.Elapsed, Process.Log);
        }
    }

    /// <summary>Waits until nothing is left of an earlier revision.</summary>
    public Task GoneAsync(string chain, int revision) =>
        Eventually.HoldsAsync($"the end of revision {revision}", () => Process.Log.Contains($"Chain {chain}: plan {revision} is gone", StringComparison.Ordinal));

    /// <summary>The switch's rules, so that they can be compared: without the revision that installed them, and without numbers of tags.</summary>
    public IReadOnlyList<string> Rules() =>
        [.. Switch.Rules.Select(rule => Tag().Replace((rule.Rule with { Cookie = rule.Cookie & Offload.Cookie.ChainMask }).ToString(), "$1*")).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        if (Agent is not null)
        {
            await Agent.DisposeAsync();
        }

        await Process.DisposeAsync();
        await Switch.DisposeAsync();
        _folder.Dispose();
    }

    private static bool IsChange(ReceivedMessage message) => message.Frame?.Message is FlowMod or BundleControl or BundleAddMessage;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Describe(IReadOnlyList<string>? rules) => rules is null
        ? string.Empty
        : $"missing {string.Join(" | ", rules.Except(Rules()))}, unwanted {string.Join(" | ", Rules().Except(rules))}";

    private void Look(ReceivedMessage message)
    {
        if (Check() is { } problem)
        {
            _violations.Enqueue($"after {message}: {problem}");
        }
    }

    private async Task<bool> IsAtRestAsync(string name)
    {
        try
        {
            var chain = await Process.Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = name });
            return chain.Status.State == V1.ChainState.Ready && chain.Status.RunningRevision == chain.Revision && Agent is null or { Running.Count: 1 };
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    [GeneratedRegex("(vlan_vid=0x|set_field:)[0-9a-f]+(?=->vlan_vid|/| |,|$)")]
    private static partial Regex Tag();
}
