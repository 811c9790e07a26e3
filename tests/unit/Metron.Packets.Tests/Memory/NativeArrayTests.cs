using Metron.Packets.Memory;

namespace Metron.Packets.Tests.Memory;

public class NativeArrayTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(3 << 20)] // in a region of its own
    public void Elements_are_zero_at_first_and_keep_what_is_written(int length)
    {
        var array = new NativeArray<int>(length);
        Assert.Equal(length, array.Length);
        Assert.True(array.Slice(0, length).IndexOfAnyExcept(0) < 0);
        for (var index = 0; index < length; index++)
        {
            array[index] = index + 1;
        }

        array.Slice(length / 2, length - (length / 2)).Fill(-7);
        for (var index = 0; index < length; index++)
        {
            Assert.Equal(index < length / 2 ? index + 1 : -7, array[index]);
        }
    }

    [Fact]
    public void What_is_not_in_the_array_is_refused_but_may_be_prefetched()
    {
        var array = new NativeArray<long>(10);
        array.Prefetch(-1);
        array.Prefetch(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Slice(5, 6).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Slice(-1, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Slice(0, -1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeArray<long>(-1));
    }
}
