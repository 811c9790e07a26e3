using System.Collections.Immutable;
using System.Net;
using Metron.Controller.Store;
using Metron.OpenFlow;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Tests.Store;

public sealed class StoreTests : IDisposable
{
    private static readonly DateTimeOffset _time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_stored_is_there_after_a_restart()
    {
        using (var database = Open())
        {
            var store = new ChainStore(database);
            store.Add(Chain("web") with { Labels = ImmutableSortedDictionary<string, string>.Empty.Add("a", "b") });
            store.AddPlan(Plan("web", 3, [7, 8]) with { StandsFor = 4 });
            store.SetDrainTime("web", 3, _time.AddMinutes(1));
            store.UpdateConditions("web", "[1]");
            new ServerStore(database).Put(new StoredServer("s1", new byte[] { 5 }, _time));
            new CounterStore(database).Replace([new StoredCounter("web", 3, 2, "s1", 1, 10, 20, 30, 40)]);
        }

        using var again = Open();
        var chain = Assert.Single(new ChainStore(again).Chains());
        var plan = Assert.Single(new ChainStore(again).Plans());
        var server = Assert.Single(new ServerStore(again).Servers());

        Assert.Equal((1u, 6L, "etag", false, 3L, "[1]"), (chain.Number, chain.Revision, chain.Etag, chain.Deleting, chain.LastPlan, chain.Conditions));
        Assert.Equal("b", chain.Labels["a"]);
        Assert.Equal([1, 2, 3], chain.Spec.ToArray());
        Assert.Equal((_time, _time.AddHours(1)), (chain.CreateTime, chain.UpdateTime));
        Assert.Equal((3L, PlanPhase.Prepared, 4L, "{}"), (plan.Revision, plan.Phase, plan.StandsFor, plan.Json));
        Assert.Equal(_time.AddMinutes(1), plan.DrainTime);
        Assert.Equal([7u, 8u], plan.Allocations.Where(a => a.Kind == AllocationKind.Tag).Select(a => a.Value).Order());
        Assert.Equal((5, _time), (server.Resources.Span[0], server.TransitionTime));
        Assert.Equal([new StoredCounter("web", 3, 2, "s1", 1, 10, 20, 30, 40)], new CounterStore(again).Counters());
    }

    [Fact]
    public void Sessions_with_switches_are_remembered_over_a_restart()
    {
        var address = IPAddress.Parse("2001:db8::1");
        var peer = new RememberedPeer(ulong.MaxValue, address, HelloRung.Bare13, OpenFlowVersion.OpenFlow13, _time);
        using (var database = Open())
        {
            var store = new SwitchStore(database);
            Assert.Null(store.Last(7));
            store.Put(7, ulong.MaxValue - 1);
            store.Put(8, 1);
            store.Put(8, 2);
            store.Put(peer with { Rung = HelloRung.Wait });
            store.Put(peer);
            store.Put(peer with { DatapathId = 1 });
            store.Remove(1, address);
        }

        using var again = Open();
        var kept = new SwitchStore(again);
        Assert.Equal((ulong.MaxValue - 1, 2UL), (kept.Last(7), kept.Last(8)));
        Assert.Equal([peer], kept.Load());
    }

    [Fact]
    public void A_tag_cannot_belong_to_two_plans_and_a_plan_is_stored_with_all_its_numbers_or_not_at_all()
    {
        using var database = Open();
        var store = new ChainStore(database);
        store.Add(Chain("one"));
        store.Add(Chain("two"));
        store.AddPlan(Plan("one", 1, [100]));

        var error = Assert.Throws<DatabaseException>(() => store.AddPlan(Plan("two", 1, [99, 100])));

        Assert.Contains("tag 100 of switch br0 is in use", error.Message, StringComparison.Ordinal);
        Assert.Equal("one", Assert.Single(store.Plans()).Chain);
        store.RemovePlan("one", 1);
        store.AddPlan(Plan("two", 1, [99, 100]));
    }

    [Fact]
    public void A_new_plan_sends_the_prepared_one_on_its_way_out()
    {
        using var database = Open();
        var store = new ChainStore(database);
        store.Add(Chain("web"));
        store.AddPlan(Plan("web", 1, [1]));
        store.SetPhases("web", [new PhaseChange(1, PlanPhase.Running)]);
        store.AddPlan(Plan("web", 2, [2]));
        store.AddPlan(Plan("web", 3, [3]));

        Assert.Equal([PlanPhase.Running, PlanPhase.Removing, PlanPhase.Prepared], store.Plans().Select(plan => plan.Phase));
        Assert.Equal(3, store.Chains()[0].LastPlan);
    }

    [Fact]
    public void Numbers_of_chains_are_not_used_again_at_once()
    {
        using var database = Open();
        var store = new ChainStore(database);
        var first = store.Add(Chain("one"))!.Number;
        store.Remove("one");
        var second = store.Add(Chain("two"))!.Number;

        Assert.Null(store.Add(Chain("two")));
        Assert.Equal((1u, 2u), (first, second));
    }

    [Fact]
    public void A_removed_chain_takes_its_plans_and_counters_along()
    {
        using var database = Open();
        var store = new ChainStore(database);
        store.Add(Chain("web"));
        store.AddPlan(Plan("web", 1, [1]));
        new CounterStore(database).Replace([new StoredCounter("web", 1, 1, "x", 0, 1, 1, 1, 1), new StoredCounter("gone", 1, 1, "x", 0, 1, 1, 1, 1)]);
        Assert.Single(new CounterStore(database).Counters());

        store.Remove("web");

        Assert.Empty(store.Plans());
        Assert.Empty(new CounterStore(database).Counters());
    }

    [Fact]
    public void A_transaction_that_throws_leaves_nothing_behind()
    {
        using var database = Open();
        var store = new ChainStore(database);

        Assert.Throws<InvalidOperationException>(() => database.InTransaction(connection =>
        {
            Database.Execute(connection, "INSERT INTO servers (name, resources, transition_time) VALUES ('x', x'00', 0)");
            throw new InvalidOperationException();
        }));

        Assert.Empty(new ServerStore(database).Servers());
        Assert.NotNull(store.Add(Chain("web")));
    }

    [Fact]
    public void A_step_that_fails_halfway_is_not_counted_and_is_taken_again()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        var broken = new[] { "CREATE TABLE a (x INTEGER)", "CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER)" };
        Assert.Throws<SqliteException>(() => Migrations.Apply(connection, "memory", broken));
        Assert.Equal(1L, Database.Scalar(connection, "PRAGMA user_version"));
        Assert.Null(Database.Scalar(connection, "SELECT 1 FROM sqlite_master WHERE name = 'b'"));

        Migrations.Apply(connection, "memory", [broken[0], "CREATE TABLE b (x INTEGER)"]);

        Assert.Equal(2L, Database.Scalar(connection, "PRAGMA user_version"));
    }

    [Fact]
    public void A_file_of_a_newer_controller_is_refused()
    {
        using (var database = Open())
        {
            database.InTransaction(connection => Database.Execute(connection, "PRAGMA user_version = 99"));
        }

        var error = Assert.Throws<DatabaseException>(Open);

        Assert.Contains("schema version 99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_refused_with_what_to_do()
    {
        using (var database = Open())
        {
            var store = new ChainStore(database);
            for (var i = 0; i < 200; i++)
            {
                store.Add(Chain($"chain-{i}") with { Spec = new byte[2000] });
            }
        }

        using (var file = File.OpenWrite(_folder["x.db"]))
        {
            file.Position = 3 * 4096;
            file.Write(new byte[40 * 4096]);
        }

        var error = Assert.Throws<DatabaseException>(Open);

        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains("restore a backup", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var error = Assert.Throws<DatabaseException>(() => Database.Open("/nowhere/x.db"));

        Assert.Contains("there is no directory /nowhere", error.Message, StringComparison.Ordinal);
    }

    private static StoredChain Chain(string name) => new(
        name, 0, ImmutableSortedDictionary<string, string>.Empty, new byte[] { 1, 2, 3 }, 6, "etag", false, _time, _time.AddHours(1));

    private static StoredPlan Plan(string chain, long revision, uint[] tags) => new(
        chain, revision, PlanPhase.Prepared, revision, new byte[] { 9 }, "{}",
        [.. tags.Select(tag => new Allocation("br0", AllocationKind.Tag, tag)), .. tags.Select(tag => new Allocation("br0", AllocationKind.Position, tag))]);

    private Database Open() => Database.Open(_folder["x.db"]);
}
