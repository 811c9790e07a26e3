using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>Sends what it receives, straight over Metron.Dpdk: what testpmd's io mode does.</summary>
internal sealed class IoForwarder : IForwarder
{
    private readonly EthernetDevice _device;
    private readonly Thread _thread;
    private volatile bool _stop;
    private long _allocatedBytes;

    /// <param name="device">A started device.</param>
    public IoForwarder(EthernetDevice device)
    {
        _device = device;
        _thread = new Thread(Run) { Name = "worker" };
        _thread.Start();
    }

    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Run()
    {
        CpuAffinity.Pin(Setup.WorkerCore);
        using var registration = EalThread.Register();
        var receive = _device.GetReceiveQueue(0);
        var transmit = _device.GetTransmitQueue(0);
        Span<Mbuf> burst = stackalloc Mbuf[Setup.Burst];
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (!_stop)
        {
            var received = receive.Receive(burst);
            if (received == 0)
            {
                continue;
            }

            var sent = transmit.Send(burst[..received]);
            if (sent < received)
            {
                Mbuf.Free(burst[sent..received]);
            }
        }

        Interlocked.Exchange(ref _allocatedBytes, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
