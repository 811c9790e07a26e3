using Metron.NetworkFunctions.Runtime;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>Why something was not inspected. Each is a counter.</summary>
internal enum UninspectedReason
{
    /// <summary>A fragment.</summary>
    Fragments,

    /// <summary>A frame of several segments of memory.</summary>
    SplitFrames,

    /// <summary>No memory for another stream.</summary>
    StreamsFull,

    /// <summary>No room for another flow.</summary>
    FlowsFull,

    /// <summary>No memory for a segment out of order, or it is too far ahead.</summary>
    ReorderFull,
}

/// <summary>What an inspecting worker counts.</summary>
internal sealed class InspectionCounters
{
    private static readonly string[] ReasonNames =
        [.. Enum.GetNames<UninspectedReason>().Select(name => $"uninspected.{char.ToLowerInvariant(name[0])}{name[1..]}")];

    private readonly long[] _uninspected = new long[ReasonNames.Length];

    /// <summary>Packets of which something was scanned, at once or later.</summary>
    public long InspectedPackets;

    /// <summary>Bytes scanned.</summary>
    public long InspectedBytes;

    /// <summary>Directions of flows that were cleared.</summary>
    public long Cleared;

    /// <summary>Flows that were denied.</summary>
    public long Denied;

    /// <summary>Segments that were held until those before them came.</summary>
    public long EarlySegments;

    /// <summary>Bytes that a stream had passed already.</summary>
    public long RepeatedBytes;

    /// <summary>TCP flows whose beginning was not seen.</summary>
    public long MidstreamFlows;

    /// <summary>Patterns of rules with several that there was no room to note.</summary>
    public long PartialsRefused;

    /// <summary>Flows without payload that made room for others.</summary>
    public long Evicted;

    /// <summary>Counts a packet that was not inspected.</summary>
    public void CountUninspected(UninspectedReason reason) => _uninspected[(int)reason]++;

    /// <summary>Adds the counters; those of what should not happen only when it did.</summary>
    public void Report(FunctionReport report)
    {
        report.Counters["inspectedPackets"] = InspectedPackets;
        report.Counters["inspectedBytes"] = InspectedBytes;
        report.Counters["directionsCleared"] = Cleared;
        report.Counters["flowsDenied"] = Denied;
        report.Counters["flowsEvicted"] = Evicted;
        report.Counters["earlySegments"] = EarlySegments;
        report.Counters["repeatedBytes"] = RepeatedBytes;
        report.Counters["midstreamFlows"] = MidstreamFlows;
        if (PartialsRefused != 0)
        {
            report.Counters["partialMatchesRefused"] = PartialsRefused;
        }

        for (var reason = 0; reason < _uninspected.Length; reason++)
        {
            if (_uninspected[reason] != 0)
            {
                report.Counters[ReasonNames[reason]] = _uninspected[reason];
            }
        }
    }
}
