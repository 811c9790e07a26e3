using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class MbufPoolTests(DpdkFixture dpdk)
{
    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    public void Every_mbuf_is_handed_out_once_and_comes_back(int cacheSize)
    {
        using var pool = dpdk.CreatePool(255, cacheSize);
        OnRegisteredThread(() => Assert.Equal(255, TakeAllAndFree(pool)));
        OnRegisteredThread(() => Assert.Equal(255, TakeAllAndFree(pool)));

        Assert.Equal(255, pool.Available);
    }

    [Fact]
    public void A_thread_that_is_not_registered_can_allocate_and_free()
    {
        using var pool = dpdk.CreatePool(127, 16);

        Assert.Equal(127, TakeAllAndFree(pool));
        Assert.Equal(127, pool.Available);
    }

    [Fact]
    public void An_allocated_mbuf_is_an_empty_frame_behind_the_headroom()
    {
        using var pool = dpdk.CreatePool(127, 16);
        var allocator = new MbufAllocator(pool);
        Assert.True(allocator.TryAllocate(out var used));
        used.SetLength(77);
        used.VlanTci = 5;
        used.Flags = MbufFlags.TransmitVlan | MbufFlags.ReceiveRssHash;
        used.DataOffset = 3;
        used.Port = 9;
        used.Free();

        var all = TakeAll(allocator);
        Assert.All(all, mbuf =>
        {
            Assert.Equal(0, mbuf.DataLength);
            Assert.Equal(0u, mbuf.PacketLength);
            Assert.Equal(128, mbuf.DataOffset);
            Assert.Equal(MbufPool.DefaultDataRoom, mbuf.BufferLength);
            Assert.Equal(MbufFlags.None, mbuf.Flags);
            Assert.Equal(0, mbuf.VlanTci);
            Assert.Equal(0xffff, mbuf.Port);
            Assert.Equal(1, mbuf.SegmentCount);
            Assert.True(mbuf.Next.IsNull);
        });
        Mbuf.Free(all);
    }

    [Fact]
    public void A_copy_has_the_same_frame_in_an_mbuf_of_its_own_until_none_is_left()
    {
        using var pool = dpdk.CreatePool(3, 0);
        var allocator = new MbufAllocator(pool);
        Assert.True(allocator.TryAllocate(out var frame));
        frame.SetLength(100);
        frame.Bytes.Fill(0x5a);

        Assert.True(Mbuf.TryCopy(frame, out var copy));
        Assert.NotEqual(frame, copy);
        Assert.Equal(frame.Bytes, copy.Bytes);
        Assert.Equal(100u, copy.PacketLength);
        copy.Bytes.Clear();
        Assert.Equal(0x5a, frame.Bytes[99]);

        Assert.True(Mbuf.TryCopy(frame, out var last));
        Assert.False(Mbuf.TryCopy(frame, out var none));
        Assert.True(none.IsNull);
        Mbuf.Free([frame, copy, last]);
        Assert.Equal(3, pool.Available);
    }

    [Fact]
    public void A_frame_grows_and_shrinks_at_its_front()
    {
        using var pool = dpdk.CreatePool(127, 16);
        Assert.True(new MbufAllocator(pool).TryAllocate(out var mbuf));
        mbuf.SetLength(6);
        new byte[] { 1, 2, 3, 4, 5, 6 }.CopyTo(mbuf.Bytes);

        mbuf.RemoveFront(4);
        Assert.Equal([5, 6], mbuf.Bytes.ToArray());
        Assert.Equal(132, mbuf.Headroom);
        Assert.Equal(mbuf.BufferLength - 134, mbuf.Tailroom);

        mbuf.AddFront(5);
        mbuf.Bytes[0] = 9;
        Assert.Equal([9, 1, 2, 3, 4, 5, 6], [mbuf.Bytes[0], .. mbuf.Bytes[1..].ToArray()]);
        Assert.Equal(7u, mbuf.PacketLength);
        mbuf.Free();
    }

    [Fact]
    public void A_pool_that_does_not_fit_into_memory_is_refused_with_its_size()
    {
        var error = Assert.Throws<DpdkException>(() => MbufPool.Create(dpdk.Name("pool"), 10_000_000));

        Assert.Contains("10000000 mbufs", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, error.ErrorNumber);
    }

    [Theory]
    [InlineData(2176, true, 581)]
    [InlineData(2176, false, 1001)]
    [InlineData(1000, false, 334)]
    [InlineData(4096, false, 2001)]
    public void Memory_of_a_pool_counts_whole_pages_without_hugepages(ushort dataRoom, bool hugePages, int expected) =>
        Assert.Equal(expected, MbufPool.EstimateMegabytes(256_000, dataRoom, hugePages));

    private static int TakeAllAndFree(MbufPool pool)
    {
        var all = TakeAll(new MbufAllocator(pool));
        Assert.Equal(all.Length, all.Distinct().Count());
        Mbuf.Free(all);
        return all.Length;
    }

    private static Mbuf[] TakeAll(MbufAllocator allocator)
    {
        var all = new List<Mbuf>();
        while (allocator.TryAllocate(out var mbuf))
        {
            all.Add(mbuf);
        }

        return [.. all];
    }

    private static void OnRegisteredThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            using var registration = EalThread.Register();
            failure = Record.Exception(action);
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
