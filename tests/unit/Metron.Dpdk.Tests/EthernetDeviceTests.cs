using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class EthernetDeviceTests(DpdkFixture dpdk)
{
    [Fact]
    public void Capabilities_link_and_mac_are_told()
    {
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));

        Assert.Equal("net_null", device.Capabilities.Driver);
        Assert.InRange(device.Capabilities.MaximumReceiveQueues, 1, 1024);
        Assert.Equal(0u, device.Capabilities.InterfaceIndex);
        Assert.Equal(0ul, device.Mac >> 48);
        Assert.NotEqual(0ul, device.Mac);
    }

    [Fact]
    public void The_link_comes_up_with_the_device_and_goes_down_with_it()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        Assert.True(device.Link.IsUp);
        Assert.Equal(10_000, device.Link.MegabitsPerSecond);

        device.Stop();
        Assert.False(device.Link.IsUp);
    }

    [Fact]
    public void A_device_is_listed_and_found_by_its_name_until_it_is_disposed()
    {
        var name = dpdk.Name("net_null");
        var before = EthernetDevice.Count;
        var device = EthernetDevice.Probe(name + ",size=80");
        Assert.Equal(before + 1, EthernetDevice.Count);
        Assert.Equal(device.Port, EthernetDevice.Open(name).Port);
        Assert.Contains(EthernetDevice.List(), other => other.Name == name);

        device.Dispose();
        Assert.Equal(before, EthernetDevice.Count);
        Assert.DoesNotContain(EthernetDevice.List(), other => other.Name == name);
        Assert.Throws<DpdkException>(() => EthernetDevice.Open(name));
    }

    [Fact]
    public void A_disposed_device_can_be_made_again_under_its_name()
    {
        var name = dpdk.Name("net_null");
        EthernetDevice.Probe(name + ",size=80").Dispose();
        using var again = EthernetDevice.Probe(name + ",size=90");

        Assert.Equal(name, again.Name);
    }

    [Theory]
    [InlineData("net_nosuch0")]
    [InlineData("net_pcap_x,rx_pcap=/nonexistent/file.pcap")]
    public void A_device_that_cannot_be_made_is_named(string arguments)
    {
        var error = Assert.Throws<DpdkException>(() => EthernetDevice.Probe(arguments));

        Assert.Contains($"'{arguments}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_device_cannot_do_is_refused_before_it_is_asked()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        var plain = new DeviceConfiguration(pool);

        Assert.Contains(
            "at most 1024 RX queues; 2000 were asked for",
            Assert.Throws<DpdkException>(() => device.Configure(plain with { ReceiveQueues = 2000 })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "at most 1024 TX queues; 2000 were asked for",
            Assert.Throws<DpdkException>(() => device.Configure(plain with { TransmitQueues = 2000 })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "receive VlanStrip",
            Assert.Throws<DpdkException>(() => device.Configure(plain with { ReceiveOffloads = ReceiveOffloads.VlanStrip })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "cannot hash by 9223372036854775808",
            Assert.Throws<DpdkException>(() => device.Configure(plain with { RssHashTypes = (RssHashTypes)(1ul << 63) })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "does not tell how long its RSS key is",
            Assert.Throws<DpdkException>(() => device.Configure(plain with { RssHashTypes = RssHashTypes.Ipv4, RssKey = new byte[39] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Queues_of_a_device_that_is_not_started_cannot_be_had()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        Assert.Throws<DpdkException>(device.Start);
        device.Configure(new DeviceConfiguration(pool) { ReceiveQueues = 2 });
        Assert.Throws<DpdkException>(() => device.GetReceiveQueue(0));

        device.Start();
        Assert.Equal(1, device.GetReceiveQueue(1).Receive(stackalloc Mbuf[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.GetReceiveQueue(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.GetTransmitQueue(1));
    }

    [Fact]
    public void Statistics_start_again_at_zero_after_a_reset()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null"));
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        Span<Mbuf> burst = stackalloc Mbuf[8];
        Mbuf.Free(burst[..device.GetReceiveQueue(0).Receive(burst)]);
        Assert.Equal(8ul, device.ReadStatistics().ReceivedPackets);

        device.ResetStatistics();
        Assert.Equal(default, device.ReadStatistics());
    }
}
