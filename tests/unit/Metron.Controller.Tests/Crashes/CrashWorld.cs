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
    private const string Timings = """
        "reconcileSeconds": 1, "drainSeconds": 0.05
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly int _port;
    private readonly ConcurrentQueue<string> _violations = [];
    private readonly ConcurrentQueue<Func<Task>> _unacknowledged = [];
    private Func<CrashWorld, string?> _check = _ => null;
    private ControllerProcess? _process;
    private Task? _killed;

    private CrashWorld(CrashScenario scenario, EmulatedSwitch atSwitch, int port)
    {
        (Scenario, Switch, _port) = (scenario, atSwitch, port);
        atSwitch.OnProcessed = Look;
    }

    public CrashScenario Scenario { get; }

    public EmulatedSwitch Switch { get; }

    public FakeAgent? Agent { get; private set; }

    public ControllerProcess Process => _process!;

    /// <summary>Programs of the agent that ran at any time, by chain and revision; the agent's own memory ends with its connection.</summary>
    public ConcurrentDictionary<(string Chain, long Revision), V1.ResidualProgram> Programs { get; } = new();

    /// <summary>What was wrong with the switch after a message.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Messages from the first change of the switch to the last one, since <see cref="KillAt"/> or <see cref="CountMessages"/>.</summary>
    public int MessageCount { get; private set; }

    /// <summary>Longest time from the start of a controller until it served.</summary>
    public TimeSpan WorstStart { get; private set; }

    /// <summary>Longest time from the start of a controller until the switch was as it should be.</summary>
    public TimeSpan WorstRecovery { get; private set; }

    /// <summary>What the controller logged that took longest.</summary>
    public string WorstLog { get; private set; } = string.Empty;

    public static async Task<CrashWorld> StartAsync(CrashScenario scenario)
    {
        var ports = new uint[] { 1, 2, 3, 4, 101, 102 }.Select(number => new EmulatedPort(number, $"p{number}")).ToArray();
        var atSwitch = new EmulatedSwitch(new EmulatedSwitchOptions { DatapathId = 1, Profile = scenario.Profile, Ports = ports });
        var port = FreePort();
        atSwitch.ConnectTo(new IPEndPoint(IPAddress.Loopback, port));
        var world = new CrashWorld(scenario, atSwitch, port);
        await world.StartControllerAsync();
        return world;
    }

    /// <summary>Starts the controller again after it was killed, and waits until the switch is as it should be.</summary>
    public async Task RestartAsync(IReadOnlyList<string> chains, CrashRules expected)
    {
        await _process!.DisposeAsync();
        var watch = Stopwatch.StartNew();
        await StartControllerAsync();
        WorstStart = watch.Elapsed > WorstStart ? watch.Elapsed : WorstStart;

        _killed = null;

        // An operator who got no answer says it again.
        while (_unacknowledged.TryDequeue(out var request))
        {
            await request();
        }

        await SettledAsync(chains, expected);
        if (watch.Elapsed > WorstRecovery)
        {
            (WorstRecovery, WorstLog) = (watch.Elapsed, Process.Log);
        }
    }

    public Task CreateAsync(V1.ServiceChain chain) =>
        RequestAsync(async () => await Process.Chains.CreateServiceChainAsync(new V1.CreateServiceChainRequest { ServiceChain = chain }), StatusCode.AlreadyExists);

    public Task UpdateAsync(V1.ServiceChain chain) =>
        RequestAsync(async () => await Process.Chains.UpdateServiceChainAsync(new V1.UpdateServiceChainRequest { ServiceChain = chain }), StatusCode.OK);

    public Task DeleteAsync(string chain) =>
        RequestAsync(async () => await Process.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = chain }), StatusCode.NotFound);

    /// <summary>Someone deletes a rule of a chain and adds one with our cookie that no chain has.</summary>
    public void Damage()
    {
        var rule = Switch.Rules.First(entry => entry.Match.ToString().Contains("tcp_dst=22", StringComparison.Ordinal)).Rule;
        Switch.Install(new FlowMod { Command = FlowModCommand.DeleteStrict, Table = rule.Table, Priority = rule.Priority, Match = rule.Match });
        Switch.Install(new FlowMod { Table = 5, Priority = 9, Cookie = new Offload.Cookie(0xbeef, 1, 1).Value });
    }

    /// <summary>Looks at the switch after each message from now on.</summary>
    public void LookFrom(Func<CrashWorld, string?> check) => _check = check;

    /// <summary>Has the controller killed at the n-th message of what it sends from its next change of rules on.</summary>
    /// <param name="message">1 for the first.</param>
    /// <param name="isProcessed">Whether the switch still carries that message out.</param>
    /// <returns>Completes when it was killed.</returns>
    public Task KillAt(int message, bool isProcessed)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        MessageCount = 0;
        _killed = killed.Task;
        Switch.Faults = new Faults
        {
            Fate = received =>
            {
                if (killed.Task.IsCompleted || (count == 0 && !IsChange(received)))
                {
                    return MessageFate.Process;
                }

                count++;
                MessageCount = IsChange(received) ? count : MessageCount;
                if (count != message)
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

    /// <summary>Waits until an update has begun to reach the switch, and no plan before it is left of chains that go on.</summary>
    public async Task ChangedAsync()
    {
        await Eventually.HoldsAsync("a change of the switch", () => MessageCount > 0);
        if (!Scenario.IsOneWay)
        {
            await Eventually.HoldsAsync("the end of the first plans", () =>
                Scenario.Chains.All(chain => Process.Log.Contains($"Chain {chain}: plan 1 is gone", StringComparison.Ordinal)));
        }
    }

    /// <summary>Waits until all chains of the scenario are ready, or gone.</summary>
    public Task SettledAsync() => SettledAsync(Scenario.Chains);

    /// <summary>Waits until chains are ready, or gone, and the switch has exactly what it should.</summary>
    public async Task SettledAsync(IReadOnlyList<string> chains, CrashRules? expected = null, Task? orKilled = null)
    {
        try
        {
            await Eventually.HoldsAsync("the end of the update", async () =>
                orKilled is { IsCompleted: true } || (IsAsExpected(expected) && await AreAtRestAsync(chains) && IsAsExpected(expected)));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}: {expected?.Describe(Rules())}; {Process.Log}", error);
        }
    }

    /// <summary>
    /// What the switch has, so that it can be compared: without the revision that installed it, without numbers of tags and meters, and chains by the order of
    /// their numbers, as one that is created again gets another number.
    /// </summary>
    public CrashRules Rules()
    {
        var rules = Switch.Rules.Select(entry => entry.Rule).ToList();
        var chains = rules.Select(rule => rule.Cookie & Offload.Cookie.ChainMask).Distinct().Order().ToList();
        return new(
            [.. rules.Select(rule => Numbers().Replace((rule with { Cookie = (ulong)chains.IndexOf(rule.Cookie & Offload.Cookie.ChainMask) }).ToString(), "$1*")).Order(StringComparer.Ordinal)],
            [.. Switch.Meters.Select(meter => string.Join(' ', meter.DropBands)).Order(StringComparer.Ordinal)],
            [.. Switch.Meters.Select(meter => meter.Number).Where(IsNeedless)],
            Switch.Groups.Count);
    }

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

    private static bool IsChange(ReceivedMessage message) => message.Frame?.Message is FlowMod or BundleControl or BundleAddMessage or MeterMod or GroupMod;

    /// <summary>Whether no rule refers to a meter.</summary>
    private bool IsNeedless(uint meter) =>
        !Switch.Rules.Any(rule => rule.Rule.Instructions.OfType<MeterInstruction>().Any(instruction => instruction.Meter == meter));

    private bool IsAsExpected(CrashRules? expected) => Rules() is { Needless.Count: 0, Groups: 0 } rules && (expected is null || expected.Equals(rules));

    /// <summary>Starts the controller, on what an earlier one stored.</summary>
    private async Task StartControllerAsync()
    {
        var settings = Scenario.Settings;
        if (Scenario.IsProfileConfigured)
        {
            await File.WriteAllTextAsync(_folder["profile.json"], Offload.SwitchProfileJson.Write(Scenario.Profile));
            settings += $", \"profile\": \"{_folder["profile.json"]}\"";
        }

        _process = await ControllerProcess.StartAsync(_folder, _port, Timings, settings);
        if (Scenario.HasAgent)
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

    /// <summary>Asks the controller for something; what it does not answer because it was killed is asked of the next one.</summary>
    private async Task RequestAsync(Func<Task> request, StatusCode tolerated)
    {
        try
        {
            await request();
        }
        catch (RpcException error) when (error.StatusCode == tolerated)
        {
            // It is as it should be.
        }
        catch (RpcException) when (_killed is { IsCompleted: true })
        {
            _unacknowledged.Enqueue(() => RequestAsync(request, tolerated));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Look(ReceivedMessage message)
    {
        if (_check(this) is { } problem)
        {
            _violations.Enqueue($"after {message}: {problem}");
        }
    }

    private async Task<bool> AreAtRestAsync(IReadOnlyList<string> chains)
    {
        foreach (var chain in chains)
        {
            if (!await IsAtRestAsync(chain))
            {
                return false;
            }
        }

        return true;
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

    [GeneratedRegex("(vlan_vid=0x|set_field:|meter:)[0-9a-f]+(?=->vlan_vid|/| |,|$)")]
    private static partial Regex Numbers();
}

/// <summary>What a switch has.</summary>
/// <param name="Rules">Its rules.</param>
/// <param name="Meters">What its meters let through.</param>
/// <param name="Needless">Meters that no rule refers to.</param>
/// <param name="Groups">How many groups.</param>
internal sealed record CrashRules(IReadOnlyList<string> Rules, IReadOnlyList<string> Meters, IReadOnlyList<uint> Needless, int Groups)
{
    public bool Equals(CrashRules? other) => other is not null && Rules.SequenceEqual(other.Rules) && Meters.SequenceEqual(other.Meters) && Needless.SequenceEqual(other.Needless) && Groups == other.Groups;

    public override int GetHashCode() => Rules.Count;

    /// <summary>What differs from what should be there.</summary>
    public string Describe(CrashRules found) =>
        $"missing {string.Join(" | ", Rules.Except(found.Rules))}, unwanted {string.Join(" | ", found.Rules.Except(Rules))}, "
        + $"{found.Rules.Count} rules for {Rules.Count}, meters {string.Join(", ", found.Meters)} for {string.Join(", ", Meters)}, needless meters {string.Join(' ', found.Needless)}, {found.Groups} groups";
}
