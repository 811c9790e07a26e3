using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Appliances;

/// <summary>
/// The interfaces of a worker to closed programs. What comes from them gets the tag that stands for its side, and goes the way of all packets;
/// what is to leave by them is taken out of the burst, loses its tag and is given to the program. Belongs to the worker's thread.
/// </summary>
internal sealed unsafe class AppliancePorts<TPort> : IDisposable
    where TPort : struct, IPacketPort
{
    /// <summary>How often a packet may pass by a program in one go; chains have fewer.</summary>
    private const int MostPasses = 128;

    private const int Sides = 2;

    private readonly ApplianceState[] _states;
    private readonly TPort[] _ports;
    private readonly WorkerCounters* _counters;
    private readonly ulong _probeToken;
    private readonly NativeRegion _region;
    private readonly Mbuf* _given;
    private readonly int* _givenCounts;
    private readonly Mbuf* _bypassed;
    private readonly Mbuf* _dropped;
    private int _bypassedCount;
    private int _droppedCount;

    /// <param name="states">What is shared with the control thread, one for each appliance.</param>
    /// <param name="ports">Two for each appliance, inside first. The worker's thread is attached by its own port.</param>
    /// <param name="counters">The worker's counters.</param>
    /// <param name="probeToken">Secret number of probes; 0 for none.</param>
    public AppliancePorts(ApplianceState[] states, IReadOnlyList<TPort> ports, WorkerCounters* counters, ulong probeToken)
    {
        (_states, _ports, _probeToken) = (states, [.. ports], probeToken);
        _counters = counters;
        var mbufs = (_ports.Length + 2) * BurstProcessor.MaximumBurst;
        _region = new NativeRegion((nuint)((mbufs * sizeof(Mbuf)) + (_ports.Length * sizeof(int))));
        _given = (Mbuf*)_region.Start;
        _bypassed = _given + (_ports.Length * BurstProcessor.MaximumBurst);
        _dropped = _bypassed + BurstProcessor.MaximumBurst;
        _givenCounts = (int*)(_dropped + BurstProcessor.MaximumBurst);
    }

    /// <summary>Number of interfaces.</summary>
    public int Count => _ports.Length;

    /// <summary>Sends the probe that waits, and takes what the program returned. Costs one read and one receive call when there is neither.</summary>
    /// <param name="number">Number of the interface.</param>
    /// <param name="burst">Room for <see cref="BurstProcessor.MaximumBurst"/> mbufs; gets those for the chain, tagged.</param>
    /// <param name="routes">What tags stand for.</param>
    /// <returns>Number of mbufs for the chain.</returns>
    public int Receive(int number, Mbuf* burst, ApplianceRoutes routes)
    {
        SendProbe(number);
        var received = _ports[number].Receive(burst, BurstProcessor.MaximumBurst);
        if (received == 0)
        {
            return 0;
        }

        var side = _states[number / Sides].Side(number % Sides);
        var tag = routes.Ingress(number);
        var kept = 0;
        for (var i = 0; i < received; i++)
        {
            if (ProbeFrame.TryRead(burst[i], _probeToken, out var probe, out var from))
            {
                // One that comes back where it was sent in shows only that the program reflects it.
                side->AnsweredProbe = from == number % Sides ? side->AnsweredProbe : probe;
                _dropped[_droppedCount++] = burst[i];
                continue;
            }

            side->ReturnedPackets++;
            side->ReturnedBytes += burst[i].PacketLength;
            if (tag.Value == 0 || !ApplianceFrames.TryTag(burst[i], tag))
            {
                _counters->CountDrop(tag.Value == 0 ? DropReason.Undeployed : DropReason.Truncated);
                _dropped[_droppedCount++] = burst[i];
                continue;
            }

            burst[kept++] = burst[i];
        }

        FreeDropped(number);
        return kept;
    }

    /// <summary>Takes the packets for programs out of a burst that is ready to be sent, and gives them to the programs, or not.</summary>
    /// <param name="outgoing">The burst; gets those that are left, in order.</param>
    /// <param name="count">Number of mbufs.</param>
    /// <param name="routes">What tags stand for.</param>
    /// <returns>Number of mbufs that are left.</returns>
    public int Divert(Mbuf* outgoing, int count, ApplianceRoutes routes)
    {
        if (routes.IsEmpty)
        {
            return count;
        }

        new Span<int>(_givenCounts, _ports.Length).Clear();
        var left = 0;
        var touched = -1;
        for (var i = 0; i < count; i++)
        {
            var number = routes.InterfaceOf(outgoing[i].Data);
            if (number < 0)
            {
                outgoing[left++] = outgoing[i];
                continue;
            }

            Sort(outgoing[i], number, routes);
            touched = number;
        }

        if (touched >= 0)
        {
            for (var number = 0; number < _ports.Length; number++)
            {
                Give(number);
            }

            FreeDropped(touched);
        }

        return left;
    }

    /// <summary>Takes the packets that pass a program by, tagged as if they came from its other side.</summary>
    /// <param name="burst">Room for <see cref="BurstProcessor.MaximumBurst"/> mbufs.</param>
    /// <param name="pass">How often this was done for the burst before.</param>
    /// <returns>Number of mbufs.</returns>
    public int TakeBypassed(Mbuf* burst, int pass)
    {
        var count = _bypassedCount;
        _bypassedCount = 0;
        if (count == 0)
        {
            return 0;
        }

        if (pass > MostPasses)
        {
            _counters->Drops[(int)DropReason.RoutingLoop] += (uint)count;
            _ports[0].Free(_bypassed, count);
            return 0;
        }

        for (var i = 0; i < count; i++)
        {
            burst[i] = _bypassed[i];

            // The worker received it once already.
            _counters->ReceivedPackets--;
            _counters->ReceivedBytes -= burst[i].PacketLength;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _region.Dispose();

    /// <summary>Frees probes that were never sent; the worker has ended, and its thread calls it.</summary>
    public void FreeProbes()
    {
        for (var number = 0; number < _ports.Length; number++)
        {
            var probe = _states[number / Sides].TakeProbe(number % Sides);
            if (!probe.IsNull)
            {
                _ports[number].Free(&probe, 1);
            }
        }
    }

    private void Sort(Mbuf mbuf, int number, ApplianceRoutes routes)
    {
        var state = _states[number / Sides];
        var side = state.Side(number % Sides);
        switch (state.Gate)
        {
            case ApplianceGate.Open:
                _given[(number * BurstProcessor.MaximumBurst) + _givenCounts[number]++] = mbuf;
                break;
            case ApplianceGate.Bypassed when routes.Ingress(number ^ 1) is { Value: not 0 } opposite:
                ApplianceFrames.Retag(mbuf, opposite);
                _bypassed[_bypassedCount++] = mbuf;
                side->Bypassed++;
                break;
            default:
                side->Dropped++;
                _counters->CountDrop(DropReason.BlackboxDown);
                _dropped[_droppedCount++] = mbuf;
                break;
        }
    }

    private void Give(int number)
    {
        var count = _givenCounts[number];
        if (count == 0)
        {
            return;
        }

        var mbufs = _given + (number * BurstProcessor.MaximumBurst);
        ulong bytes = 0;
        for (var i = 0; i < count; i++)
        {
            ApplianceFrames.RemoveTag(mbufs[i]);
            bytes += mbufs[i].PacketLength;
        }

        var sent = _ports[number].Send(mbufs, count);
        for (var i = sent; i < count; i++)
        {
            bytes -= mbufs[i].PacketLength;
        }

        var side = _states[number / Sides].Side(number % Sides);
        side->GivenPackets += (uint)sent;
        side->GivenBytes += bytes;
        _counters->SentPackets += (uint)sent;
        _counters->SentBytes += bytes;
        if (sent < count)
        {
            side->Dropped += (uint)(count - sent);
            _counters->Drops[(int)DropReason.TransmitQueueFull] += (uint)(count - sent);
            _ports[number].Free(mbufs + sent, count - sent);
        }
    }

    private void SendProbe(int number)
    {
        var probe = _states[number / Sides].TakeProbe(number % Sides);
        if (!probe.IsNull && _ports[number].Send(&probe, 1) == 0)
        {
            _ports[number].Free(&probe, 1);
        }
    }

    private void FreeDropped(int number)
    {
        if (_droppedCount > 0)
        {
            _ports[number].Free(_dropped, _droppedCount);
            _droppedCount = 0;
        }
    }
}
