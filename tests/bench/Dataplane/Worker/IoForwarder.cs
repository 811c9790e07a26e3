using Metron.Dataplane;
using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>Sends what it receives, straight over Metron.Dpdk: what testpmd's io mode does.</summary>
internal sealed class IoForwarder : IForwarder
{
    private readonly ReceiveQueue _receive;
    private readonly TransmitQueue _transmit;
    private readonly Thread _thread;
    private volatile bool _stop;

    public IoForwarder(ReceiveQueue receive, TransmitQueue transmit)
    {
        _receive = receive;
        _transmit = transmit;
        _thread = new Thread(Run) { Name = "worker" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public double DeployMilliseconds => 0;

    /// <inheritdoc/>
    public DataplaneStatistics? ReadStatistics() => null;

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Run()
    {
        CpuAffinity.Pin(Setup.WorkerCore);
        using var registration = EalThread.Register();
        var (receive, transmit) = (_receive, _transmit);
        Span<Mbuf> burst = stackalloc Mbuf[Setup.Burst];
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
    }
}
