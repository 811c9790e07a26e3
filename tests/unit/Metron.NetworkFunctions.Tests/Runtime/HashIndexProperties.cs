using CsCheck;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Tests.Runtime;

public class HashIndexProperties
{
    [Fact]
    public void It_finds_exactly_the_handles_that_were_added_and_not_removed() =>
        Gen.Select(Gen.Int[0, 400], Gen.UInt[0, 20], Gen.UInt, Gen.Bool).Array[1, 2000].Sample(
            operations =>
            {
                var index = new HashIndex();
                var expected = new Dictionary<int, uint>();
                foreach (var (handle, few, many, useFew) in operations)
                {
                    if (expected.Remove(handle))
                    {
                        index.Remove(handle);
                    }
                    else
                    {
                        var hash = useFew ? few << 28 : many;
                        expected.Add(handle, hash);
                        index.Add(hash, handle);
                    }
                }

                Assert.Equal(expected.Count, index.Count);
                foreach (var group in expected.GroupBy(pair => pair.Value))
                {
                    Assert.Equal(group.Select(pair => pair.Key).Order(), Handles(index, group.Key).Order());
                }
            },
            iter: 200);

    private static IEnumerable<int> Handles(HashIndex index, uint hash)
    {
        for (var handle = index.First(hash); handle >= 0; handle = index.Next(handle))
        {
            yield return handle;
        }
    }
}
