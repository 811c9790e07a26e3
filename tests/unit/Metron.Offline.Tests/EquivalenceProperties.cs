using System.Text;
using Metron.Orchestration;

namespace Metron.Offline.Tests;

/// <summary>Random chains and random packets with state: what the platform makes of a chain does as the chain reads.</summary>
public class EquivalenceProperties
{
    private static bool IsLong => Environment.GetEnvironmentVariable("METRON_LONG_TESTS") == "1";

    [Fact]
    public void Compiled_chains_do_with_every_packet_what_the_chain_as_written_does()
    {
        var target = IsLong ? 10_000_000L : Seeds.Given is not null ? 1 : 100_000;
        var checks = 0L;
        for (var seed = Seeds.Given ?? 1; checks < target; seed++)
        {
            checks += Check(seed);
        }
    }

    /// <summary>Runs the case of a seed; returns how many packets were compared.</summary>
    private static int Check(int seed, Action<ComparedPacket>? witness = null)
    {
        var result = RandomCase.Run(seed, witness: witness);
        if (result?.Difference is { } difference)
        {
            Assert.Fail(Explain(seed, result.Plan, result.Options, [.. result.Arrivals], difference));
        }

        return result?.Arrivals.Count ?? 0;
    }

    /// <summary>Otherwise the property would say nothing about what never happens.</summary>
    [Fact]
    public void Random_packets_meet_every_way_through_a_chain_and_every_reason_to_be_dropped()
    {
        var met = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 1; seed <= 600; seed++)
        {
            Check(seed, compared => Count(compared, met));
        }

        string[] expected =
        [
            "dropped by flow entry", "copied by flow entry", "copied by functions", "copied although dropped", "forwarded by switch", "forwarded by flow entry", "forwarded by functions", "forwarded by another worker", "choice made",
            .. new[]
            {
                DropReason.Truncated, DropReason.MalformedHeader, DropReason.BadChecksum, DropReason.NotIp, DropReason.VlanTagged, DropReason.Fragment,
                DropReason.ExtensionHeader, DropReason.IpOptions, DropReason.MartianAddress, DropReason.Denied, DropReason.NoConnection,
                DropReason.NoRoute, DropReason.RouteToIngress, DropReason.TimeToLiveExpired, DropReason.UnsupportedProtocol, DropReason.NoBinding,
                DropReason.PortsExhausted, DropReason.NoBackend, DropReason.IcmpErrorUnrelated, DropReason.IcmpErrorMalformed,
                DropReason.NotAnEgress, DropReason.PrefixMismatch, DropReason.Hairpin, DropReason.RateExceeded, DropReason.NoOutput, DropReason.MirrorPort,
            }.Select(reason => $"dropped {char.ToLowerInvariant(reason.ToString()[0])}{reason.ToString()[1..]}"),
        ];
        Assert.True(expected.All(met.ContainsKey), $"missing: {string.Join(", ", expected.Except(met.Keys))}; met: {string.Join(", ", met)}");
    }

    private static void Count(ComparedPacket compared, SortedDictionary<string, int> met)
    {
        var compiled = compared.Compiled;
        Add(compiled.DropReason is { } reason ? $"dropped {reason}"
            : compiled.Worker < 0 ? "forwarded by switch"
            : compiled.WasRetagged ? "forwarded by another worker"
            : compiled.WasSlow ? "forwarded by functions" : "forwarded by flow entry");
        if (compiled.Copies.Count > 0)
        {
            Add(compiled.DropReason is not null ? "copied although dropped" : compiled.WasSlow ? "copied by functions" : "copied by flow entry");
        }

        if (compiled is { DropReason: "rateExceeded", WasSlow: false })
        {
            Add("dropped by flow entry");
        }

        if (compiled.Calls.Any(call => call.Before.Source != call.After.Source || call.Before.Destination != call.After.Destination))
        {
            Add("choice made");
        }

        void Add(string what) => met[what] = met.GetValueOrDefault(what) + 1;
    }

    private static string Explain(int seed, ChainPlan plan, OfflineOptions options, List<Arrival> arrivals, string difference)
    {
        var fewest = Shrink(plan, options, arrivals, ref difference);
        var text = new StringBuilder();
        text.AppendLine($"seed {seed} (METRON_SEED={seed} repeats it): {difference}");
        text.AppendLine($"{options.Workers} workers, tags {options.TagKind}; chain:");
        text.AppendLine(System.Text.Json.JsonSerializer.Serialize(plan.Spec, PlanJson.Options));
        foreach (var arrival in fewest)
        {
            text.AppendLine($"at {arrival.Nanoseconds / 1_000_000} ms, {plan.Spec.Endpoints[arrival.Endpoint].Name}: {Convert.ToHexStringLower(arrival.Frame)}");
        }

        return text.ToString();
    }

    /// <summary>Leaves packets out as long as some difference remains.</summary>
    private static List<Arrival> Shrink(ChainPlan plan, OfflineOptions options, List<Arrival> arrivals, ref string difference)
    {
        var fewest = arrivals;
        for (var size = Math.Max(1, fewest.Count / 2); size > 0; size /= 2)
        {
            for (var start = 0; start < fewest.Count;)
            {
                List<Arrival> fewer = [.. fewest.Take(start), .. fewest.Skip(start + size)];
                if (FirstDifference(plan, options, fewer, out var count) is { } remaining)
                {
                    (fewest, difference) = (fewer[..count], remaining);
                }
                else
                {
                    start += size;
                }
            }
        }

        return fewest;
    }

    private static string? FirstDifference(ChainPlan plan, OfflineOptions options, List<Arrival> arrivals, out int count)
    {
        using var comparison = new ChainComparison(OfflineChain.Compile(plan.Spec, options));
        for (count = 1; count <= arrivals.Count; count++)
        {
            var arrival = arrivals[count - 1];
            if (comparison.Process(arrival.Endpoint, arrival.Frame, arrival.Nanoseconds).Difference is { } difference)
            {
                return difference;
            }
        }

        return null;
    }
}
