using System.Globalization;
using Metron.IntegrationTests.Lab;

namespace Metron.IntegrationTests.Guest;

/// <summary>
/// A real indirection table: our DPDK driver on a virtio NIC with four queues, in a virtual machine, with flows from the other end of its cable. The table is what the
/// device steers by.
/// </summary>
public sealed class GuestNicTests
{
    private const int Queues = 4;
    private const int Entries = 128;
    private const int Flows = 64;

    // Seconds; everything in the guest is emulated, and the machine may have other things to do.
    private const int Patience = 60;
    private const string SymmetricKey = "6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a";

    [GuestFact]
    public async Task Flows_spread_over_the_queues_and_move_with_their_entries_without_loss_and_in_order()
    {
        await using var guest = await GuestMachine.StartAsync("nic", Queues);

        // What the device is, and that its table was spread and its key taken.
        Assert.StartsWith("nic dpdk net_virtio queues 4 entries 128 key 40 types", guest.Greeting[0], StringComparison.Ordinal);
        Assert.DoesNotContain(guest.Greeting, line => line.StartsWith("finding", StringComparison.Ordinal));
        Assert.StartsWith(SymmetricKey + " ", await guest.AskLineAsync("settings"), StringComparison.Ordinal);
        var table = await ReadTableAsync(guest);
        Assert.Equal(Enumerable.Range(0, Entries).Select(entry => entry % Queues), table);

        // Every flow comes by the queue of the entry that its hash leads to: UDP and TCP, IPv4 and IPv6, with and without VLAN header.
        await SendAsync(guest, packets: 20);
        var before = await FlowsWithAsync(guest, 20);
        Assert.Equal(before.Select(flow => flow.Entry % Queues), before.Select(flow => flow.Queue));
        Assert.All(Enumerable.Range(0, Queues), queue => Assert.Contains(before, flow => flow.Queue == queue));

        // A rewrite moves exactly the flows of the entry.
        var group = before[0].Entry;
        var target = (before[0].Queue + 1) % Queues;
        await guest.AskAsync($"move {group}:{target}");
        Assert.Equal(table.Select((queue, entry) => entry == group ? target : queue), await ReadTableAsync(guest));
        await SendAsync(guest, packets: 10, first: 21);
        var after = await FlowsWithAsync(guest, 30);
        foreach (var (flow, was) in after.Zip(before))
        {
            var expected = was.Counts.ToArray();
            expected[flow.Entry == group ? target : was.Queue] += 10;
            Assert.Equal(expected, flow.Counts);
        }

        await MoveUnderTrafficAsync(guest);
    }

    /// <summary>Moves groups at random while all flows send; afterwards every flow was processed whole and in its order.</summary>
    private static async Task MoveUnderTrafficAsync(GuestMachine guest)
    {
        var dice = new Random(5);
        await using var traffic = guest.StartTraffic("guest_flows.py", $"{Flows}", "1000000", "1500", "31", guest.StopFile);
        for (var round = 0; round < 60; round++)
        {
            var changes = dice.GetItems([.. Enumerable.Range(0, Entries)], 8).Distinct().Select(entry => $"{entry}:{dice.Next(Queues)}");
            await guest.AskAsync("move " + string.Join(' ', changes));
            await Eventually.HoldsAsync(
                "nothing is left in the old queues", async () => await guest.AskLineAsync("over") == "yes" ? null : await guest.AskLineAsync("received"), Patience);
        }

        await File.WriteAllTextAsync(guest.StopFile, string.Empty);
        var last = int.Parse((await traffic.WaitAsync(Patience)).Succeeded().Output, CultureInfo.InvariantCulture);
        var flows = await FlowsWithAsync(guest, last);
        Assert.True(flows.Count(flow => flow.Counts.Count(count => count > 0) > 1) > Flows / 2, "most flows have moved");
    }

    private static async Task SendAsync(GuestMachine guest, int packets, int first = 1)
    {
        await using var traffic = guest.StartTraffic("guest_flows.py", $"{Flows}", $"{packets}", "1000", $"{first}");
        (await traffic.WaitAsync(Patience)).Succeeded();
    }

    private static async Task<int[]> ReadTableAsync(GuestMachine guest) =>
        [.. (await guest.AskLineAsync("table")).Split(' ').Select(queue => int.Parse(queue, CultureInfo.InvariantCulture))];

    /// <summary>What came of the flows, as soon as all have this many packets: in order, none late, none by a queue that is not theirs.</summary>
    private static async Task<IReadOnlyList<Flow>> FlowsWithAsync(GuestMachine guest, int packets)
    {
        var lines = await Eventually.GetAsync<IReadOnlyList<string>>($"{packets} packets of each flow", async () =>
        {
            var flows = await guest.AskAsync("flows");
            var missing = flows.Where(line => line.StartsWith("flow", StringComparison.Ordinal) && !line.Contains($" last {packets} ", StringComparison.Ordinal)).ToList();
            return flows.Count == Flows + 1 && missing.Count == 0 ? (flows, null) : (null, string.Join('\n', missing.DefaultIfEmpty($"{flows.Count - 1} flows")));
        }, Patience);
        Assert.StartsWith("late 0 astray 0 early ", lines[^1], StringComparison.Ordinal);
        var read = lines.SkipLast(1).Select(Flow.Read).ToList();
        Assert.All(read, flow => Assert.Equal(packets, flow.Counts.Sum()));
        Assert.All(read, flow => Assert.Equal(0, flow.Wrong));
        return read;
    }

    /// <summary>A line "flow 3 entry 17 last 20 wrong 0 queues 0 0 20 0".</summary>
    private sealed record Flow(int Number, int Entry, int Wrong, int[] Counts)
    {
        /// <summary>The queue by which most came.</summary>
        public int Queue => Array.IndexOf(Counts, Counts.Max());

        public static Flow Read(string line)
        {
            var words = line.Split(' ');
            int At(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
            return new Flow(At(1), At(3), At(7), [.. Enumerable.Range(9, Queues).Select(At)]);
        }
    }
}
