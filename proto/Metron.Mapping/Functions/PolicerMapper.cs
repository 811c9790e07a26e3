using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Policer;

namespace Metron.Mapping.Functions;

/// <summary>Reads a policer.</summary>
internal static class PolicerMapper
{
    private const long LeastDefaultBytes = 15_140;
    private const long LeastDefaultPackets = 10;

    /// <summary>Reads a policer; limits without a rate are left out.</summary>
    public static PolicerConfiguration Map(string name, V1.Policer policer, SpecNode at)
    {
        Counts.Check(policer.Limits.Count, 1, SpecLimits.PolicerLimits, "limits", at);
        var names = new Dictionary<string, int>();
        var limits = new List<PolicerLimit>();
        for (var i = 0; i < Math.Min(policer.Limits.Count, SpecLimits.PolicerLimits); i++)
        {
            var limitAt = at.Item("limits", i);
            Names.CheckUnique(policer.Limits[i].Name, i, names, "limits", "function", limitAt);
            if (Limit(policer.Limits[i], limitAt) is { } limit)
            {
                limits.Add(limit);
            }
        }

        return new PolicerConfiguration(name) { Limits = limits };
    }

    private static PolicerLimit? Limit(V1.PolicerLimit limit, SpecNode at)
    {
        Enums.Check(limit.From, at, "from");
        var match = PacketMatchMapper.Map(limit.Match, at.Field("match"));
        if (limit.Match?.TcpFlags.Length > 0)
        {
            at.Field("match").Report("tcpFlags", "is not for limits: they are about flows, whose packets have different flags");
        }

        var isBurstRead = Counts.CheckRange(limit.Burst, 0, SpecLimits.PolicerBurst, at, "burst", "; 0 for a tenth of a second's");
        if (Rate(limit, at) is not { } rate || !isBurstRead)
        {
            return null;
        }

        var inPackets = limit.PacketsPerSecond > 0;
        var burst = limit.Burst > 0 ? (long)limit.Burst
            : inPackets ? Math.Max(rate / 10, LeastDefaultPackets) : Math.Max(rate / 8 / 10, LeastDefaultBytes);
        return new PolicerLimit(limit.Name, match, rate, Math.Min(burst, SpecLimits.PolicerBurst))
        {
            InPackets = inPackets,
            FromPort = limit.From switch { V1.Side.Inside => 0, V1.Side.Outside => 1, _ => null },
            PerFlow = limit.PerFlow,
        };
    }

    private static long? Rate(V1.PolicerLimit limit, SpecNode at)
    {
        if (limit.BitsPerSecond > 0 == limit.PacketsPerSecond > 0)
        {
            at.Report("must have either 'bitsPerSecond' or 'packetsPerSecond'");
            return null;
        }

        var isRight = limit.PacketsPerSecond > 0
            ? Counts.CheckRange(limit.PacketsPerSecond, 1, SpecLimits.PacketsPerSecond, at, "packetsPerSecond")
            : Counts.CheckRange(limit.BitsPerSecond, SpecLimits.LeastBitsPerSecond, SpecLimits.BitsPerSecond, at, "bitsPerSecond");
        return isRight ? (long)Math.Max(limit.BitsPerSecond, limit.PacketsPerSecond) : null;
    }
}
