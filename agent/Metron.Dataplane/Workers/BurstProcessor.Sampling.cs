using Metron.Dataplane.Programs;
using Metron.Dpdk;

namespace Metron.Dataplane.Workers;

/// <content>Bursts that are measured.</content>
internal sealed unsafe partial class BurstProcessor
{
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

    /// <summary>The same steps as for every burst, with the time taken between them.</summary>
    private int ProcessMeasured(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        _sampler.Next(CycleStage.Classify, count);
        Classify(burst, count);
        _sampler.Next(CycleStage.Lookup, count);
        Lookup(burst, count);
        _sampler.Next(CycleStage.Rewrite, count);
        var sent = Forward(burst, count, outgoing, dropped);
        _sampler.Next(CycleStage.Transmit, sent);
        return sent;
    }
}
