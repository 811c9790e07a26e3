using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.Dpdk;

namespace Metron.Dataplane.Workers;

/// <content>Bursts that are measured.</content>
internal sealed unsafe partial class BurstProcessor
{
    private ulong _chargedAlone;

    /// <summary>Counts the time of packets that were sent, each for the program by whose tag it came.</summary>
    /// <param name="burst">The burst that was processed last.</param>
    /// <param name="count">Number of mbufs.</param>
    /// <param name="sent">Those of them that were sent, in the same order. They are looked at no more, only compared.</param>
    /// <param name="sentCount">Number of these.</param>
    public void CountSent(Mbuf* burst, int count, Mbuf* sent, int sentCount)
    {
        var step = _sampler.CountSent(sentCount);
        var slots = Snapshot.Slots;
        for (int i = 0, taken = 0; i < count && taken < sentCount; i++)
        {
            if (burst[i].Address != sent[taken].Address)
            {
                continue;
            }

            taken++;
            var number = _pending[i].Slot;
            if (WorkerSnapshot.IsSlot(number) && slots[number] is { } slot)
            {
                slot.Program.Samples.AddLatency(step);
            }
        }
    }

    /// <summary>
    /// The same steps as for every burst, with the time taken between them. A packet that functions are asked about is charged to its flow group by
    /// itself; the rest of the time, with what receiving took, is shared by the burst's packets alike.
    /// </summary>
    private int ProcessMeasured(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        _sampler.Next(CycleStage.Classify, count);
        Classify(burst, count);
        _sampler.Next(CycleStage.Lookup, count);
        Lookup(burst, count);
        _sampler.Next(CycleStage.Rewrite, count);
        _chargedAlone = 0;
        var sent = Forward(burst, count, outgoing, dropped);
        _sampler.Next(CycleStage.Transmit, sent);
        var share = (_sampler.TakeSinceBurst() - _chargedAlone) / (uint)count;
        for (var i = 0; i < count; i++)
        {
            if (_views[i] != null && _views[i]->Owner == _context.Index)
            {
                _views[i]->SampledPackets++;
                _views[i]->SampledNanoseconds += share;
            }
        }

        return sent;
    }

    /// <summary>Charges a packet's flow group with what the packet took by itself; only in a poll that is measured.</summary>
    private void ChargeAlone(GroupView* view, ulong nanoseconds)
    {
        _chargedAlone += nanoseconds;
        if (view != null && view->Owner == _context.Index)
        {
            view->SampledNanoseconds += nanoseconds;
        }
    }
}
