using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class NullDeviceTests(DpdkFixture dpdk)
{
    [Fact]
    public void Frames_of_a_null_device_are_received_sent_and_counted()
    {
        using var pool = dpdk.CreatePool();
        using var device = EthernetDevice.Probe(dpdk.Name("net_null") + ",size=64,copy=1");
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        var receive = device.GetReceiveQueue(0);
        var transmit = device.GetTransmitQueue(0);

        Span<Mbuf> burst = stackalloc Mbuf[32];
        var received = receive.Receive(burst);
        Assert.Equal(32, received);
        Assert.All(burst.ToArray(), mbuf =>
        {
            Assert.Equal(64u, mbuf.PacketLength);
            Assert.Equal(64, mbuf.DataLength);
            Assert.Equal(64, mbuf.Bytes.Length);
            Assert.Equal(device.Port, mbuf.Port);
            Assert.Equal(1, mbuf.SegmentCount);
            Assert.True(mbuf.Next.IsNull);
        });
        Assert.Equal(32, transmit.Send(burst));

        var statistics = device.ReadStatistics();
        Assert.Equal(32ul, statistics.ReceivedPackets);
        Assert.Equal(32ul, statistics.SentPackets);
        Assert.Equal(pool.Count, pool.Available);
    }
}
