using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>Counts a function's drops by reason.</summary>
internal sealed class DropCounters
{
    private static readonly string[] Names =
        [.. Enum.GetNames<DropReason>().Select(name => $"drop.{char.ToLowerInvariant(name[0])}{name[1..]}")];

    private readonly long[] _counts = new long[Names.Length];

    /// <summary>Counts a drop.</summary>
    public Verdict Drop(DropReason reason)
    {
        _counts[(int)reason]++;
        return Verdict.Drop(reason);
    }

    /// <summary>Adds the counters that are not 0, as "drop.reason".</summary>
    public void Report(FunctionReport report)
    {
        for (var reason = 0; reason < _counts.Length; reason++)
        {
            if (_counts[reason] != 0)
            {
                report.Counters[Names[reason]] = _counts[reason];
            }
        }
    }
}
