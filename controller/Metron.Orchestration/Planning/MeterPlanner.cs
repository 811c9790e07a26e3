using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Policer;

namespace Metron.Orchestration;

/// <summary>
/// Finds limits of policers that a meter at the switch's entrance enforces: a limit for all packets, for all flows together, of a policer that an endpoint is linked to. What
/// enters there is exactly what the policer would be shown, and one meter has the whole rate, however many workers there are.
/// </summary>
public static class MeterPlanner
{
    /// <summary>
    /// Lowest number of a meter of ours. Meters have no cookies, so that a range of numbers is what tells ours from others': Open vSwitch has numbers up to 262,144.
    /// </summary>
    public const uint FirstNumber = 0x4d00;

    /// <summary>Highest number of a meter of ours.</summary>
    public const uint LastNumber = FirstNumber + 0x3fff;

    private const int BitsPerKilobit = 1000;
    private const int BitsPerByte = 8;

    /// <summary>The meters that a chain could have, without numbers.</summary>
    public static IReadOnlyList<PlannedMeter> Find(ChainSpec spec)
    {
        var meters = new List<PlannedMeter>();
        for (var endpoint = 0; endpoint < spec.Endpoints.Count; endpoint++)
        {
            if (spec.Endpoints[endpoint].IsIngress && spec.LinkedTo(endpoint) is (PolicerConfiguration policer, var port)
                && spec.FramesOf(endpoint) == LinkFrames.Ip && LimitAt(policer, port) is var limit and >= 0
                && Meter(policer.Limits[limit], spec.Endpoints[endpoint].Vlan != 0) is { } found)
            {
                var function = spec.Functions.ToList().FindIndex(candidate => candidate.Name == policer.Name);
                meters.Add(found with { Endpoint = endpoint, Function = new FunctionPort(function, port), Limit = limit });
            }
        }

        return meters;
    }

    /// <summary>A policer as the server runs it: it passes what meters have limited.</summary>
    public static NetworkFunctionConfiguration WithoutMetered(NetworkFunctionConfiguration function, int index, IReadOnlyList<PlannedMeter>? meters)
    {
        var own = (meters ?? []).Where(meter => meter.Function.Function == index).ToList();
        return own.Count == 0 || function is not PolicerConfiguration policer ? function : policer with
        {
            Limits =
            [
                .. policer.Limits.Select((limit, number) => limit with
                {
                    MeteredPorts = (byte)own.Where(meter => meter.Limit == number).Sum(meter => 1 << meter.Function.Port),
                }),
            ],
        };
    }

    /// <summary>Numbers for the meters that no held plan uses; a meter that stays as it was keeps its number, and with it what it has counted.</summary>
    internal static IReadOnlyList<PlannedMeter>? Number(ChainPlan draft, IReadOnlyList<ChainPlan> held, ChainPlan? previous)
    {
        if (draft.Meters is not { Count: > 0 } meters)
        {
            return null;
        }

        var taken = held.SelectMany(plan => plan.Meters ?? []).Select(meter => meter.Number).ToHashSet();
        var next = FirstNumber;
        var numbered = new List<PlannedMeter>();
        foreach (var meter in meters)
        {
            var same = previous?.Meters?.FirstOrDefault(known => (known.Rate, known.Burst, known.InPackets) == (meter.Rate, meter.Burst, meter.InPackets)
                && previous.Spec.Endpoints[known.Endpoint].Name == draft.Spec.Endpoints[meter.Endpoint].Name);
            while (same is null && !taken.Add(next))
            {
                next++;
            }

            numbered.Add(meter with { Number = same?.Number ?? next });
        }

        return numbered;
    }

    /// <summary>The limit of everything that enters by a port; -1 when there is none.</summary>
    private static int LimitAt(PolicerConfiguration policer, int port)
    {
        for (var index = 0; index < policer.Limits.Count; index++)
        {
            if (policer.Limits[index] is var limit && (limit.FromPort is null || limit.FromPort == port))
            {
                return !limit.PerFlow && limit.Match == PacketMatch.Any ? index : -1;
            }
        }

        return -1;
    }

    /// <summary>The meter for a limit; null when it cannot be said exactly. Meters see VLAN headers, limits do not count them.</summary>
    private static PlannedMeter? Meter(PolicerLimit limit, bool hasVlan)
    {
        var rate = limit.InPackets ? limit.Rate : limit.Rate / BitsPerKilobit;
        var burst = limit.InPackets ? limit.Burst : ((limit.Burst * BitsPerByte) + BitsPerKilobit - 1) / BitsPerKilobit;
        var isExact = limit.InPackets || (limit.Rate % BitsPerKilobit == 0 && !hasVlan);
        return isExact && rate is > 0 and <= uint.MaxValue && burst is > 0 and <= uint.MaxValue
            ? new PlannedMeter(0, 0, default, 0, (uint)rate, (uint)burst, limit.InPackets)
            : null;
    }
}
