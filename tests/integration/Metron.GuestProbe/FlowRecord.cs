using System.Globalization;

namespace Metron.GuestProbe;

/// <summary>What came of one flow.</summary>
internal sealed class FlowRecord(int queues, int? entry)
{
    private readonly long[] _packets = new long[queues];
    private long _last;
    private long _wrong;

    /// <summary>Entry of the indirection table that the flow's hash leads to; null when its frames have no hash.</summary>
    public int? Entry => entry;

    /// <summary>Counts a packet when it is received.</summary>
    public void Receive(int queue) => _packets[queue]++;

    /// <summary>Takes down a packet when it is processed.</summary>
    /// <param name="sequence">Its number in the flow, from 1 on.</param>
    public void Process(long sequence)
    {
        _wrong += sequence == _last + 1 ? 0 : 1;
        _last = sequence;
    }

    /// <summary>"flow 3 entry 17 last 20 wrong 0 queues 0 0 20 0": wrong are packets that did not follow the one before.</summary>
    public string Describe(int flow) =>
        string.Create(CultureInfo.InvariantCulture, $"flow {flow} entry {entry ?? -1} last {_last} wrong {_wrong} queues {string.Join(' ', _packets)}");
}
