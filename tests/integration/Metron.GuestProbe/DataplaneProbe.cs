using System.Globalization;
using Metron.Dataplane;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Monitor;

namespace Metron.GuestProbe;

/// <summary>
/// The dataplane over the NIC's queues, one worker each, with a chain that has state: a monitor and a stateful firewall, which lets connections out and only their answers
/// in. Packets come by two tags for all flow groups, 101 from clients and 102 from servers, and leave with 201 to clients and 202 to servers.
/// </summary>
internal sealed class DataplaneProbe : IProbe
{
    private const string ServerPeer = "02:00:00:00:f0:0f";
    private const string ClientPeer = "02:00:00:00:01:02";

    private readonly GuestNic _guest;
    private readonly Dataplane.Dataplane _dataplane;

    private DataplaneProbe(GuestNic guest, Dataplane.Dataplane dataplane)
    {
        _guest = guest;
        _dataplane = dataplane;
    }

    /// <summary>Starts it, with a flow group for every two entries of the NIC's table.</summary>
    public static async Task<DataplaneProbe> StartAsync(int queues)
    {
        var guest = new GuestNic(queues);
        var options = new DataplaneOptions
        {
            Workers = [.. Enumerable.Repeat(new WorkerOptions(), queues)],
            FlowGroups = guest.Nic.IndirectionSize / 2,
            Hash = guest.Nic.Hash,
            MaximumFlowsPerWorker = 4096,
            TscHertz = guest.Eal.TscHertz,

            // The processors are emulated, and two for all workers: deadlines for real ones would be missed by chance.
            IdleSleep = TimeSpan.FromMicroseconds(100),
            EmptyPollsBeforeSleep = 10,
            MigrationDeadline = TimeSpan.FromSeconds(60),
            WorkerTimeout = TimeSpan.FromSeconds(60),
        };
        var dataplane = Dataplane.Dataplane.Start(options, [.. Enumerable.Range(0, queues).Select(guest.Nic.OpenPort)]);
        await dataplane.SteerAsync(guest.Nic);
        await dataplane.DeployAsync(Chain());
        return new DataplaneProbe(guest, dataplane);
    }

    public IEnumerable<string> Describe() => _guest.Describe();

    public async Task<IEnumerable<string>> DoAsync(string command, string[] arguments) => command switch
    {
        "table" => [string.Join(' ', _guest.ReadTable())],
        "owners" => [string.Join(' ', _dataplane.GroupOwners)],
        "migrate" => await MigrateAsync(arguments),
        "statistics" => await StatisticsAsync(),
        _ => [$"unknown {command}"],
    };

    public async ValueTask DisposeAsync()
    {
        await _dataplane.DisposeAsync();
        _guest.Dispose();
    }

    private static ResidualProgram Chain() => new("guest", 1, TagKind.Mac)
    {
        Endpoints = ["clients", "servers"],
        Functions =
        [
            new MonitorConfiguration("mon") { TopTalkers = 1000 },
            new FirewallConfiguration("fw") { Stateful = true, Rules = [new FirewallRule("out", NetworkFunctions.PacketMatch.Any, true, 0)] },
        ],
        Wires =
        [
            new Wire(new FunctionPort(0, 0), default, 0),
            new Wire(new FunctionPort(0, 1), new FunctionPort(1, 0)),
            new Wire(new FunctionPort(1, 0), new FunctionPort(0, 1)),
            new Wire(new FunctionPort(1, 1), default, 1),
        ],
        IngressTags =
        [
            new IngressTag(101, IngressTag.AnyGroup, 0, new FunctionPort(0, 0), SteeringField.None, 0, [0]),
            new IngressTag(102, IngressTag.AnyGroup, 1, new FunctionPort(1, 1), SteeringField.None, 0, [0]),
        ],
        EgressTags = [new EgressTag(0, 201, Packets.MacAddress.Parse(ClientPeer)), new EgressTag(1, 202, Packets.MacAddress.Parse(ServerPeer))],
    };

    /// <summary>Moves groups, "group:worker" each.</summary>
    private async Task<IEnumerable<string>> MigrateAsync(string[] arguments)
    {
        var moves = arguments.Select(argument => argument.Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray())
            .Select(pair => new GroupMove(pair[0], pair[1])).ToList();
        return (await _dataplane.MigrateAsync(moves, _guest.Nic)).Select(outcome =>
            string.Create(CultureInfo.InvariantCulture, $"group {outcome.Group} from {outcome.From} worker {outcome.Worker} {outcome.Result} {outcome.Problem}"));
    }

    /// <summary>"worker 0 received 5 sent 4 drops x=1" for each, then "function mon drops counters packets=5 …", of all flow groups together.</summary>
    private async Task<IEnumerable<string>> StatisticsAsync()
    {
        var statistics = await _dataplane.ReadStatisticsAsync();
        return
        [
            .. statistics.Workers.Select(worker => string.Create(
                CultureInfo.InvariantCulture,
                $"worker {worker.Worker} received {worker.Received.Packets} sent {worker.Sent.Packets} drops{Join(worker.Drops.ToDictionary(drop => $"{drop.Key}", drop => (long)drop.Value))}")),
            .. statistics.Programs.SelectMany(program => program.Functions).GroupBy(function => function.Function).Select(Describe),
        ];
    }

    private static string Describe(IGrouping<string, FunctionStatistics> function)
    {
        var drops = Sum(function.SelectMany(group => group.Drops).Select(drop => KeyValuePair.Create($"{drop.Key}", (long)drop.Value)));
        var counters = Sum(function.SelectMany(group => group.Report!.Counters));
        var talkers = function.SelectMany(group => group.Report!.TopTalkers).ToList();
        counters["talkerPackets"] = talkers.Sum(talker => (long)talker.Packets);
        counters["talkerBytes"] = talkers.Sum(talker => (long)talker.Bytes);
        return $"function {function.Key} drops{Join(drops)} counters{Join(counters)}";
    }

    private static Dictionary<string, long> Sum(IEnumerable<KeyValuePair<string, long>> values) =>
        values.GroupBy(value => value.Key).ToDictionary(group => group.Key, group => group.Sum(value => value.Value));

    private static string Join(IReadOnlyDictionary<string, long> values) =>
        string.Concat(values.Select(pair => string.Create(CultureInfo.InvariantCulture, $" {pair.Key}={pair.Value}")));
}
