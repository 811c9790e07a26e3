using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Mapping.Programs;

/// <summary>What functions report about themselves, to the wire.</summary>
public static class FunctionLoads
{
    /// <summary>Sums the reports of one function's instances on all workers.</summary>
    /// <param name="function">Name of the function.</param>
    /// <param name="ofWorkers">The reports.</param>
    /// <param name="topTalkers">How many talkers to keep, by bytes.</param>
    public static V1.NetworkFunctionLoad ToProto(
        string function, IEnumerable<FunctionReport> ofWorkers, int topTalkers = SpecLimits.TopTalkers)
    {
        ArgumentNullException.ThrowIfNull(ofWorkers);
        var result = new V1.NetworkFunctionLoad { Function = function };
        var talkers = new Dictionary<(IpAddress, IpAddress), Talker>();
        var matches = new List<ContentMatch>();
        var denied = new Dictionary<(int Port, string Rule), ulong>();
        foreach (var report in ofWorkers)
        {
            foreach (var (name, value) in report.Counters)
            {
                result.Counters[name] = result.Counters.GetValueOrDefault(name) + (ulong)Math.Max(0, value);
            }

            matches.AddRange(report.Matches);
            foreach (var (port, rule, packets) in report.Denied ?? [])
            {
                denied[(port, rule)] = denied.GetValueOrDefault((port, rule)) + (ulong)Math.Max(0, packets);
            }

            if (report.Denied is not null)
            {
                result.Denied ??= new V1.DeniedPackets();
            }

            foreach (var talker in report.TopTalkers)
            {
                var before = talkers.GetValueOrDefault((talker.Source, talker.Destination));
                talkers[(talker.Source, talker.Destination)] =
                    talker with { Packets = talker.Packets + before.Packets, Bytes = talker.Bytes + before.Bytes };
            }
        }

        result.Denied?.Rules.AddRange(denied.OrderBy(of => of.Key.Port).ThenBy(of => of.Key.Rule, StringComparer.Ordinal).Select(of => new V1.DeniedByRule { Rule = of.Key.Rule, Port = (uint)of.Key.Port, Packets = of.Value }));
        result.TopTalkers.AddRange(talkers.Values
            .OrderByDescending(talker => talker.Bytes).ThenBy(talker => talker.Source).ThenBy(talker => talker.Destination)
            .Take(topTalkers)
            .Select(talker => new V1.Talker
            {
                Source = talker.Source.ToString(),
                Destination = talker.Destination.ToString(),
                Counters = new V1.Counters { Packets = talker.Packets, Bytes = talker.Bytes },
            }));
        result.Matches.AddRange(matches.OrderBy(match => match.AgeMilliseconds).Take(SpecLimits.ReportedMatches).Select(ToProto));
        return result;
    }

    private static V1.ContentMatch ToProto(ContentMatch match) => new()
    {
        Rule = match.Rule,
        Source = match.Source.ToString(),
        Destination = match.Destination.ToString(),
        SourcePort = match.SourcePort,
        DestinationPort = match.DestinationPort,
        Protocol = match.Protocol,
        Denied = match.Denied,
        SecondsAgo = match.AgeMilliseconds / 1000.0,
    };

    /// <summary>Name of a drop reason in statistics: camel case, "timeToLiveExpired".</summary>
    public static string Name(DropReason reason)
    {
        var name = reason.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
