using CsCheck;

namespace Metron.Synthesis.Tests.Ordering;

public class ListAlignmentTests
{
    [Fact]
    public void What_is_aligned_is_equal_and_in_order() =>
        Gen.Select(Gen.Int[0, 6].List[0, 20], Gen.Int[0, 6].List[0, 20]).Sample((now, before) =>
        {
            var origins = ListAlignment.Of(now, before);
            var kept = origins.Where(origin => origin >= 0).ToList();
            Assert.Equal(kept.Order().Distinct(), kept);
            Assert.All(Enumerable.Range(0, now.Count).Where(i => origins[i] >= 0), i => Assert.Equal(now[i], before[origins[i]]));

            var places = ListAlignment.Inverse(origins, before.Count);
            Assert.Equal(kept, Enumerable.Range(0, before.Count).Where(i => places[i] >= 0));
            Assert.All(kept, i => Assert.Equal(i, origins[places[i]]));
        });

    [Fact]
    public void One_member_that_moves_leaves_all_others_aligned()
    {
        List<int> now = [.. Enumerable.Range(0, 100)];
        now.RemoveAt(10);
        now.Insert(90, 10);

        Assert.Equal([90], Enumerable.Range(0, 100).Where(i => ListAlignment.Of(now, [.. Enumerable.Range(0, 100)])[i] < 0));
    }
}
