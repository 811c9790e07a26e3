using CsCheck;
using Metron.Dataplane.Flows;

namespace Metron.Dataplane.Tests;

public sealed unsafe class FlowTableTests
{
    [Fact]
    public void An_IPv4_entry_is_one_cache_line_and_an_IPv6_entry_two()
    {
        Assert.Equal(64, sizeof(FlowEntry<Ipv4Addresses>));
        Assert.InRange(sizeof(FlowEntry<Ipv6Addresses>), 65, 128);
        Assert.Equal(64, sizeof(FlowExit));
        using var table = new FlowTable<Ipv4Addresses>(1024, new HashSeed(3, 5, 7));
        Assert.Equal(0, (long)table.Entry(0) % 64);
        Assert.Equal(0, (long)table.Entry(1) % 64);
    }

    [Fact]
    public void Bytes_per_flow_stay_low()
    {
        using var table = new FlowTable<Ipv4Addresses>(1 << 20, new HashSeed(3, 5, 7));
        for (uint i = 0; i < 100_000; i++)
        {
            Add(table, i);
        }

        Assert.InRange(table.Bytes / 100_000.0, 80, 110);
    }

    [Fact]
    public void A_table_holds_what_a_dictionary_holds_through_growth_removal_and_reuse()
    {
        // Few distinct keys, so that adding, finding and removing hit each other; enough of them to grow the index twice.
        Gen.Select(Gen.UInt[0, 6000], Gen.Int[0, 99]).Array[20_000].Sample(
            steps =>
            {
                using var table = new FlowTable<Ipv6Addresses>(8192, new HashSeed(3, 5, 7));
                var reference = new Dictionary<uint, int>();
                foreach (var (key, dice) in steps)
                {
                    if (!reference.TryGetValue(key, out var number))
                    {
                        Assert.Equal(-1, table.Find(Key6(key), table.Hash(Key6(key))));
                        reference.Add(key, table.Add(Key6(key), table.Hash(Key6(key)), 1));
                    }
                    else if (dice < 30)
                    {
                        table.Remove(number);
                        reference.Remove(key);
                    }

                    Assert.Equal(reference.Count, table.Count);
                }

                AssertSame(table, reference);
            },
            iter: 20);
    }

    [Fact]
    public void Flows_whose_hashes_are_all_equal_are_still_told_apart()
    {
        // A seed of zeros makes the hash constant: every key falls into one chain of buckets.
        using var table = new FlowTable<Ipv4Addresses>(1024, default);
        var numbers = Enumerable.Range(0, 200).Select(i => Add(table, (uint)i << 8)).ToList();
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(numbers[i], Find(table, (uint)i << 8)));
        for (var i = 0; i < 200; i += 2)
        {
            table.Remove(numbers[i]);
        }

        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(i % 2 == 0 ? -1 : numbers[i], Find(table, (uint)i << 8)));
    }

    [Fact]
    public void A_number_kept_from_before_a_removal_finds_nothing()
    {
        using var table = new FlowTable<Ipv4Addresses>(1024, new HashSeed(3, 5, 7));
        var key = Key4(1);
        var hash = table.Hash(key);
        var number = table.Add(key, hash, 1);
        var candidate = FlowTable<Ipv4Addresses>.PrefetchEntry(table.Index, table.Entries, hash);
        Assert.Equal((uint)number + 1, candidate);
        Assert.True(FlowTable<Ipv4Addresses>.TryConfirm(table.Entries, candidate, key, out var entry));
        Assert.True(entry == table.Entry(number));
        Assert.True(table.FindEntry(key, hash) == entry);
        table.Remove(number);
        Assert.False(FlowTable<Ipv4Addresses>.TryConfirm(table.Entries, candidate, key, out _));
        Assert.True(table.FindEntry(key, hash) == null);
        Assert.Equal(number, Add(table, 2));
        Assert.False(FlowTable<Ipv4Addresses>.TryConfirm(table.Entries, candidate, key, out _));
        Assert.True(table.FindEntry(key, hash) == null);
    }

    [Fact]
    public void A_full_table_gives_up_one_of_its_idlest()
    {
        using var table = new FlowTable<Ipv4Addresses>(1024, new HashSeed(3, 5, 7));
        for (uint i = 0; i < 1024; i++)
        {
            table.Entry(Add(table, i))->LastSeen = uint.MaxValue - 500 + i; // wraps on the way
        }

        Assert.True(table.IsFull);
        const uint now = 1499; // 2000 ms after the oldest one
        var victim = table.Entry(table.PickVictim(now));
        var idle = now - victim->LastSeen;
        Assert.InRange(idle, 2000u - 1023, 2000u);
        // Of the entries looked at, none was idler.
        Assert.Equal(2000u - 1, idle);
    }

    [Fact]
    public void Idle_entries_are_found_in_turn_within_the_budget()
    {
        using var table = new FlowTable<Ipv4Addresses>(1024, new HashSeed(3, 5, 7));
        for (uint i = 0; i < 100; i++)
        {
            table.Entry(Add(table, i))->LastSeen = i % 10 == 0 ? 1000u : 5000u;
        }

        var found = 0;
        var budget = 100;
        int number;
        while ((number = table.NextIdle(5500, 3000, ref budget)) >= 0)
        {
            Assert.Equal(1000u, table.Entry(number)->LastSeen);
            table.Remove(number);
            found++;
        }

        Assert.Equal(10, found);
    }

    private static void AssertSame(FlowTable<Ipv6Addresses> table, Dictionary<uint, int> reference)
    {
        for (uint key = 0; key <= 6000; key++)
        {
            var wide = Key6(key);
            Assert.Equal(reference.GetValueOrDefault(key, -1), table.Find(wide, table.Hash(wide)));
            Assert.Equal(reference.ContainsKey(key), table.FindEntry(wide, table.Hash(wide)) != null);
            var candidate = FlowTable<Ipv6Addresses>.PrefetchEntry(table.Index, table.Entries, table.Hash(wide));
            if (FlowTable<Ipv6Addresses>.TryConfirm(table.Entries, candidate, wide, out var entry))
            {
                Assert.True(entry == table.Entry(reference[key]));
            }
        }
    }

    private static int Add(FlowTable<Ipv4Addresses> table, uint key) => table.Add(Key4(key), table.Hash(Key4(key)), 1);

    private static int Find(FlowTable<Ipv4Addresses> table, uint key) => table.Find(Key4(key), table.Hash(Key4(key)));

    private static FlowKey<Ipv4Addresses> Key4(uint number) =>
        new(new Ipv4Addresses(number * 0x9e3779b97f4a7c15), FlowKey<Ipv4Addresses>.RestOf(number, IpProtocol.Udp, 1));

    private static FlowKey<Ipv6Addresses> Key6(uint number) => new(
        new Ipv6Addresses(1, number, 2, number * 31), FlowKey<Ipv6Addresses>.RestOf(number, IpProtocol.Udp, 1));
}
