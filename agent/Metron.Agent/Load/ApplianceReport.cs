using Google.Protobuf.WellKnownTypes;
using Metron.Agent.Appliances;
using Metron.Dataplane;

namespace Metron.Agent.Load;

/// <summary>Adds to a load report how the closed programs are that chains use.</summary>
internal static class ApplianceReport
{
    /// <summary>Adds each to the chain and revision that uses it.</summary>
    public static void Add(V1.ServerLoad load, IReadOnlyList<BlackboxStatus> blackboxes)
    {
        foreach (var blackbox in blackboxes)
        {
            load.Chains.FirstOrDefault(chain => chain.Chain == blackbox.Chain && chain.Revision == blackbox.Revision)?.Blackboxes.Add(ToProto(blackbox));
        }
    }

    private static V1.BlackboxHealth ToProto(BlackboxStatus blackbox) => new()
    {
        Function = blackbox.Function,
        Appliance = blackbox.Counters.Appliance,
        Worker = (uint)blackbox.Counters.Worker,
        Up = blackbox.Health.IsUp,
        Problem = blackbox.Health.Problem,
        LastTransitionTime = blackbox.Since.ToTimestamp(),
        Inside = ToProto(blackbox.Counters.Inside),
        Outside = ToProto(blackbox.Counters.Outside),
    };

    private static V1.BlackboxSideLoad ToProto(ApplianceSideStatistics side) => new()
    {
        Given = new V1.Counters { Packets = side.Given.Packets, Bytes = side.Given.Bytes },
        Returned = new V1.Counters { Packets = side.Returned.Packets, Bytes = side.Returned.Bytes },
        Bypassed = side.Bypassed,
        Dropped = side.Dropped,
    };
}
