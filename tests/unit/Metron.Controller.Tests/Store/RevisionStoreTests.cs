using System.Collections.Immutable;
using Metron.Controller.Store;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Tests.Store;

public sealed class RevisionStoreTests : IDisposable
{
    private static readonly DateTimeOffset _time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_more_revisions_are_kept_than_wanted_but_what_is_in_force_always_is()
    {
        using var database = Database.Open(_folder["a.db"]);
        var revisions = new RevisionStore(database, new HistoryLimits { Revisions = 2 });
        var store = new ChainStore(database, revisions);
        store.Add(Chain(1));
        store.AddPlan(new StoredPlan("web", 1, PlanPhase.Prepared, 1, new byte[] { 1 }, "{}", []));
        store.SetPhases("web", [new PhaseChange(1, PlanPhase.Running)]);
        for (var revision = 2; revision <= 5; revision++)
        {
            store.Update(Chain(revision));
        }

        Assert.Equal([5L, 4L, 1L], revisions.List("web", null, 100).Select(kept => kept.Revision));
    }

    [Fact]
    public void Of_chains_that_are_gone_the_last_are_kept_and_a_name_that_comes_back_counts_on()
    {
        using var database = Database.Open(_folder["a.db"]);
        var revisions = new RevisionStore(database, new HistoryLimits { DeletedChains = 1 });
        var store = new ChainStore(database, revisions);
        foreach (var name in new[] { "one", "two" })
        {
            var chain = store.Add(Chain(1) with { Name = name })!;
            store.Update(chain with { Deleting = true });
            store.Remove(name);
        }

        Assert.Equal([("two", 2L), ("two", 1L)], revisions.List("", null, 100).Select(kept => (kept.Chain, kept.Revision)));
        Assert.Equal((1L, 3L), (store.Add(Chain(1) with { Name = "one" })!.Revision, store.Add(Chain(1) with { Name = "two" })!.Revision));
    }

    [Fact]
    public void A_large_spec_is_kept_packed_and_comes_back_as_it_was()
    {
        using var database = Database.Open(_folder["a.db"]);
        var revisions = new RevisionStore(database);
        var spec = Enumerable.Range(0, 1 << 20).Select(i => (byte)(i / 7)).ToArray();
        new ChainStore(database, revisions).Add(Chain(1) with { Spec = spec });

        Assert.Equal(spec, revisions.Find("web", 1)!.Spec.ToArray());
        Assert.True((long)database.InTransaction(connection => Database.Scalar(connection, "SELECT LENGTH(spec) FROM revisions"))! < spec.Length / 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_database_of_any_earlier_version_is_brought_up_to_date_and_its_chains_get_revisions(int version)
    {
        using (var connection = new SqliteConnection($"Data Source={_folder["old.db"]};Pooling=False"))
        {
            connection.Open();
            Migrations.Apply(connection, "old.db", [.. Migrations.Steps.Take(version)]);
            Database.Execute(connection, """
                INSERT INTO chains VALUES ('web', 3, '{"a":"b"}', x'0102', 4, 'etag', 0, 1000, 2000, 3, '[]');
                INSERT INTO chains VALUES ('gone', 4, '{}', x'03', 2, 'etag', 1, 1000, 3000, 2, '[]');
                INSERT INTO plans VALUES ('web', 3, 'running', 3, x'01', '{}');
                INSERT INTO allocations (switch, kind, value, chain, revision) VALUES ('br0', 'tag', 7, 'web', 3);
                INSERT INTO servers VALUES ('s1', x'05', 1000);
                """);
        }

        using var database = Database.Open(_folder["old.db"]);
        var kept = new RevisionStore(database).List("", null, 100);
        Assert.Equal(Migrations.Steps.Count, (long)database.InTransaction(connection => Database.Scalar(connection, "PRAGMA user_version"))!);
        Assert.Equal(
            [("gone", 3L, RevisionKind.Deleted, false), ("gone", 2L, RevisionKind.Kept, false), ("web", 4L, RevisionKind.Kept, false), ("web", 3L, RevisionKind.Kept, true)],
            kept.OrderBy(r => r.Chain).ThenByDescending(r => r.Revision).Select(r => (r.Chain, r.Revision, r.Note.Kind, r.InForce is not null)));
        Assert.Equal((3L, 7u), (new ChainStore(database).Plans()[0].StandsFor, new ChainStore(database).Plans()[0].Allocations[0].Value));
        Assert.Equal([1, 2], new RevisionStore(database).Find("web", 4)!.Spec.ToArray());
    }

    private static StoredChain Chain(long revision) =>
        new("web", 1, ImmutableSortedDictionary<string, string>.Empty, new byte[] { (byte)revision }, revision, "etag", false, _time, _time);
}
