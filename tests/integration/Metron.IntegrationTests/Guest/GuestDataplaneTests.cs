using System.Globalization;
using System.Text.Json;

namespace Metron.IntegrationTests.Guest;

/// <summary>
/// A chain with state over a real indirection table: four workers of the dataplane on the four queues of a virtio NIC in a virtual machine. Clients and servers are at the
/// other end of its cable.
/// </summary>
public sealed class GuestDataplaneTests
{
    private const int Queues = 4;
    private const int Groups = 64;
    private const int Flows = 48;

    [GuestFact]
    public async Task Flow_groups_move_with_their_connections_and_counters_without_loss_and_in_order()
    {
        await using var guest = await GuestMachine.StartAsync("dataplane", Queues);
        await CheckSteeringAsync(guest);

        // Nobody knows the connections yet: the servers' packets are dropped.
        Assert.Equal(new Traffic(Flows, 0, 0, 0, 0), await RunAsync(guest, "intrude", packets: 1, first: 1));

        // Connections begin, on all workers.
        Assert.Equal(new Traffic(Flows * 5, Flows * 5, Flows * 5, 0, 0), await RunAsync(guest, "exchange", packets: 5, first: 1));
        var before = await StatisticsAsync(guest);
        Assert.All(before.Received, count => Assert.True(count > 0));
        Assert.Equal(Flows * 11, before.Received.Sum());
        Assert.Equal(Flows * 10, before.Sent.Sum());
        Assert.Equal(Flows * 10, before.Counter("mon", "talkerPackets"));
        Assert.Equal(Flows, before.Counter("fw", "connections"));

        // Every group moves to the next worker; nothing is lost of what the functions had counted and remembered.
        var owners = await OwnersAsync(guest);
        await MigrateAsync(guest, owners.Select((owner, group) => (group, (owner + 1) % Queues)));
        Assert.Equal(owners.Select(owner => (owner + 1) % Queues), await OwnersAsync(guest));
        await CheckSteeringAsync(guest);
        var after = await StatisticsAsync(guest);
        Assert.Equal(before.Total, after.Total);

        // Only what came along can let the servers' packets in.
        Assert.Equal(new Traffic(Flows * 3, 0, Flows * 3, 0, 0), await RunAsync(guest, "push", packets: 3, first: 6));

        await MigrateUnderTrafficAsync(guest, first: 9);
    }

    /// <summary>Groups move at random while all connections exchange packets: all arrive, both ways, in their order, and all are counted.</summary>
    private static async Task MigrateUnderTrafficAsync(GuestMachine guest, int first)
    {
        const int Packets = 60;
        var before = await StatisticsAsync(guest);
        var dice = new Random(7);
        var moved = 0;
        await using var traffic = guest.StartTraffic("guest_connections.py", "exchange", $"{Flows}", $"{Packets}", "200", $"{first}");
        do
        {
            var groups = dice.GetItems([.. Enumerable.Range(0, Groups)], 8).Distinct();
            moved += await MigrateAsync(guest, groups.Select(group => (group, dice.Next(Queues))));
        }
        while (!traffic.HasEnded);

        var outcome = Traffic.Read((await traffic.WaitAsync()).Succeeded().Output);
        await CheckSteeringAsync(guest);
        var after = await StatisticsAsync(guest);
        Assert.Equal(new Traffic(Flows * Packets, Flows * Packets, Flows * Packets, 0, 0), outcome);
        Assert.True(moved > 0);
        Assert.Equal(2 * Flows * Packets, after.Received.Sum() - before.Received.Sum());
        Assert.Equal(2 * Flows * Packets, after.Counter("mon", "talkerPackets") - before.Counter("mon", "talkerPackets"));
        Assert.Equal(Flows, after.Counter("fw", "connectionsOpened"));
        Assert.Equal(before.Drops, after.Drops);
    }

    /// <summary>The table leads to the owner of each group: entry e is group e modulo their number.</summary>
    private static async Task CheckSteeringAsync(GuestMachine guest)
    {
        var owners = await OwnersAsync(guest);
        Assert.Equal(Groups, owners.Length);
        Assert.Equal(string.Join(' ', owners.Concat(owners)), await guest.AskLineAsync("table"));
    }

    /// <summary>Moves groups; all must go where they shall.</summary>
    /// <returns>How many were not there already.</returns>
    private static async Task<int> MigrateAsync(GuestMachine guest, IEnumerable<(int Group, int Worker)> moves)
    {
        var outcomes = await guest.AskAsync("migrate " + string.Join(' ', moves.Select(move => $"{move.Group}:{move.Worker}")));
        Assert.All(outcomes, outcome => Assert.Matches(" (Moved|AlreadyThere) ", outcome));
        return outcomes.Count(outcome => outcome.Contains(" Moved ", StringComparison.Ordinal));
    }

    private static async Task<Traffic> RunAsync(GuestMachine guest, string command, int packets, int first)
    {
        await using var traffic = guest.StartTraffic("guest_connections.py", command, $"{Flows}", $"{packets}", "200", $"{first}");
        return Traffic.Read((await traffic.WaitAsync(120)).Succeeded().Output);
    }

    private static async Task<int[]> OwnersAsync(GuestMachine guest) =>
        [.. (await guest.AskLineAsync("owners")).Split(' ').Select(owner => int.Parse(owner, CultureInfo.InvariantCulture))];

    private static async Task<Statistics> StatisticsAsync(GuestMachine guest) => new(await guest.AskAsync("statistics"));

    /// <summary>What clients and servers saw.</summary>
    private sealed record Traffic(int Sent, int ToServers, int ToClients, int Disordered, int Other)
    {
        public static Traffic Read(string json) => JsonSerializer.Deserialize<Traffic>(json, JsonSerializerOptions.Web)!;
    }

    /// <summary>The lines of the dataplane's statistics.</summary>
    private sealed class Statistics(IReadOnlyList<string> lines)
    {
        /// <summary>Packets received, by worker.</summary>
        public IReadOnlyList<int> Received => [.. Workers.Select(words => int.Parse(words[3], CultureInfo.InvariantCulture))];

        /// <summary>Packets sent, by worker.</summary>
        public IReadOnlyList<int> Sent => [.. Workers.Select(words => int.Parse(words[5], CultureInfo.InvariantCulture))];

        /// <summary>Packets that workers and functions dropped, by reason.</summary>
        public IReadOnlyDictionary<string, long> Drops => Sum(lines.SelectMany(line => line.Split(" drops")[1].Split(" counters")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        /// <summary>What the functions counted, on all workers.</summary>
        public IReadOnlyDictionary<string, long> Total => Sum(Functions.SelectMany(words => words.SkipWhile(word => word != "counters").Skip(1).Select(pair => $"{words[1]}.{pair}")));

        private IEnumerable<string[]> Workers => lines.Where(line => line.StartsWith("worker ", StringComparison.Ordinal)).Select(line => line.Split(' '));

        private IEnumerable<string[]> Functions => lines.Where(line => line.StartsWith("function ", StringComparison.Ordinal)).Select(line => line.Split(' '));

        /// <summary>A counter of a function, on all workers.</summary>
        public long Counter(string function, string name) => Total[$"{function}.{name}"];

        private static SortedDictionary<string, long> Sum(IEnumerable<string> pairs) => new(
            pairs.Select(pair => pair.Split('=')).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.Sum(pair => long.Parse(pair[1], CultureInfo.InvariantCulture))),
            StringComparer.Ordinal);
    }
}
