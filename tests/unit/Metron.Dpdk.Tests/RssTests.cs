using Xunit;

namespace Metron.Dpdk.Tests;

/// <summary>The null device keeps an indirection table and a key, although it receives without them. A device that steers by them is tested in a guest.</summary>
[Collection(DpdkCollection.Name)]
public sealed class RssTests(DpdkFixture dpdk)
{
    [Fact]
    public void A_table_is_read_and_entries_of_it_are_written()
    {
        using var pool = dpdk.CreatePool();
        using var device = Start(pool, queues: 4);
        var before = new ushort[128];
        var after = new ushort[128];
        device.ReadReta(before);

        device.WriteReta([new(0, 3), new(63, 2), new(64, 1), new(127, 3), new(5, 0), new(5, 2)]);

        device.ReadReta(after);
        (before[0], before[63], before[64], before[127], before[5]) = (3, 2, 1, 3, 2);
        Assert.Equal(before, after);
    }

    [Fact]
    public void What_is_not_in_the_table_is_refused()
    {
        using var pool = dpdk.CreatePool();
        using var device = Start(pool, queues: 4);

        Assert.Throws<ArgumentOutOfRangeException>(() => device.WriteReta([new(128, 0)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.WriteReta([new(-1, 0)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.WriteReta([new(0, 4)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.ReadReta(new ushort[64]));
    }

    [Fact]
    public void What_is_hashed_is_told_but_not_the_key_of_a_device_that_has_none()
    {
        using var pool = dpdk.CreatePool();
        using var device = Start(pool, queues: 2);

        device.UpdateRss(new RssSettings(RssHashTypes.Ipv4 | RssHashTypes.Ipv4Udp, default));

        var settings = device.ReadRss();
        Assert.Equal(RssHashTypes.Ipv4 | RssHashTypes.Ipv4Udp, settings.Types);
        Assert.True(settings.Key.IsEmpty);
        Assert.EndsWith(
            "(net_null) does not tell how long its RSS key is, so none can be set",
            Assert.Throws<DpdkException>(() => device.UpdateRss(new RssSettings(RssHashTypes.Ipv4, new byte[40]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_without_rss_says_so_plainly()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_ring"));
        device.Configure(new DeviceConfiguration(pool));
        device.Start();

        Assert.EndsWith("(net_ring) has no RSS", Assert.Throws<DpdkException>(device.ReadRss).Message, StringComparison.Ordinal);
        Assert.EndsWith("(net_ring) has no indirection table", Assert.Throws<DpdkException>(() => device.WriteReta([new(0, 0)])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "cannot hash by Flows (RTE_ETH_RSS_*); it can by None",
            Assert.Throws<DpdkException>(() => device.Configure(new DeviceConfiguration(pool) { RssHashTypes = RssHashTypes.Flows })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_in_a_queue_are_counted_where_the_driver_can_and_unknown_where_not()
    {
        using var pool = dpdk.CreatePool();
        using var device = Start(pool, queues: 2);

        Assert.Null(device.CountReceived(1));
        Assert.Equal(512, device.ReceiveDescriptors);
        Assert.Equal(2, device.ReceiveQueues);
    }

    private EthernetDevice Start(MbufPool pool, int queues)
    {
        var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        device.Configure(new DeviceConfiguration(pool) { ReceiveQueues = queues, ReceiveDescriptors = 512, RssHashTypes = RssHashTypes.Flows });
        device.Start();
        return device;
    }
}
