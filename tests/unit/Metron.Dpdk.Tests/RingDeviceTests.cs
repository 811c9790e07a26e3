using Xunit;

namespace Metron.Dpdk.Tests;

[Collection(DpdkCollection.Name)]
public sealed class RingDeviceTests(DpdkFixture dpdk)
{
    [Fact]
    public void What_is_sent_into_a_ring_comes_out_of_it_in_order()
    {
        using var pool = dpdk.CreatePool();
        using var device = Start(pool);
        var allocator = new MbufAllocator(pool);
        Span<Mbuf> sent = stackalloc Mbuf[20];
        for (var i = 0; i < sent.Length; i++)
        {
            Assert.True(allocator.TryAllocate(out sent[i]));
            sent[i].SetLength(60 + i);
            sent[i].Bytes.Fill((byte)i);
        }

        Assert.Equal(20, device.GetTransmitQueue(0).Send(sent));
        Span<Mbuf> received = stackalloc Mbuf[32];
        var count = device.GetReceiveQueue(0).Receive(received);

        Assert.Equal(sent.ToArray(), received[..count].ToArray());
        Assert.All(received[..count].ToArray(), mbuf => Assert.All(mbuf.Bytes.ToArray(), octet => Assert.Equal(mbuf.DataLength - 60, octet)));
        Assert.Equal(0, device.GetReceiveQueue(0).Receive(received[count..]));
        Mbuf.Free(received[..count]);
        Assert.Equal(pool.Count, pool.Available);
    }

    [Fact]
    public void A_full_queue_takes_a_part_and_leaves_the_rest_to_the_caller()
    {
        using var pool = dpdk.CreatePool(4095, 0);
        using var device = Start(pool);
        var allocator = new MbufAllocator(pool);
        var transmit = device.GetTransmitQueue(0);
        var sent = 0;
        Span<Mbuf> burst = stackalloc Mbuf[32];
        while (true)
        {
            for (var i = 0; i < burst.Length; i++)
            {
                Assert.True(allocator.TryAllocate(out burst[i]));
            }

            var taken = transmit.Send(burst);
            sent += taken;
            if (taken < burst.Length)
            {
                Mbuf.Free(burst[taken..]);
                break;
            }
        }

        Assert.Equal(pool.Count - sent, pool.Available);
        var receive = device.GetReceiveQueue(0);
        for (var received = receive.Receive(burst); received > 0; received = receive.Receive(burst))
        {
            Mbuf.Free(burst[..received]);
            sent -= received;
        }

        Assert.Equal(0, sent);
        Assert.Equal(pool.Count, pool.Available);
    }

    private EthernetDevice Start(MbufPool pool)
    {
        var device = EthernetDevice.Probe(dpdk.Name("net_ring"));
        device.Configure(new DeviceConfiguration(pool));
        device.Start();
        return device;
    }
}
