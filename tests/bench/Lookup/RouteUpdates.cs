using System.Diagnostics;
using Metron.Bench.Dataplane;
using Metron.Bench.Gaps;
using Metron.Dataplane;
using Metron.Dpdk;
using Metron.Generators;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Bench.Lookup;

/// <summary>What one change of a large routing table took, and what a worker that polls an empty port felt of it.</summary>
/// <param name="Milliseconds">From the new configuration to all workers running it, and the old one gone.</param>
/// <param name="LongestGap">Longest gap between two polls meanwhile, in microseconds.</param>
/// <param name="LongestGapBefore">The same in as long a time without a change.</param>
/// <param name="Gap9999">Of 10,000 gaps meanwhile, the longest but one, in microseconds.</param>
internal sealed record UpdateReport(double Milliseconds, double LongestGap, double LongestGapBefore, double Gap9999);

/// <summary>Changes one route of a million again and again while a worker runs. Loads no DPDK library.</summary>
internal static class RouteUpdates
{
    /// <summary>Name of the case.</summary>
    public const string Case = "update-1M";

    private const int Routes = 1_000_000;
    private const uint OtherTags = 16;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.5);

    /// <summary>Makes so many changes; the first, which also compiles code, does not count.</summary>
    public static IEnumerable<UpdateReport> Measure(int rounds)
    {
        var routes = RouteTable.Generate(Routes, 2026).Select(route => new Route(
            new IpPrefix(new IpAddress(route.Prefix.First, route.Prefix.IsV6), route.Prefix.Length),
            new NextHop(1, new MacAddress(0x0200_0000_f000UL + (ulong)route.NextHop)))).ToArray();
        var dataplane = Metron.Dataplane.Dataplane.Start(
            new DataplaneOptions { Workers = [new() { Core = CpuAffinity.Allowed()[^1] }] }, [default(EmptyPort)]);
        dataplane.DeployAsync(Program(routes, 1)).GetAwaiter().GetResult();
        for (var round = 1; round <= rounds + 1; round++)
        {
            var changed = (Route[])routes.Clone();
            changed[round] = changed[round] with { NextHop = new NextHop(0, changed[round].NextHop.Mac) };
            var (_, longestBefore, _) = Observe(dataplane, () => Task.Delay(Quiet).GetAwaiter().GetResult());
            var (milliseconds, longest, gap9999) = Observe(dataplane, () => Replace(dataplane, changed, round + 1).GetAwaiter().GetResult());
            if (round > 1)
            {
                yield return new UpdateReport(milliseconds, longest, longestBefore, gap9999);
            }
        }

        dataplane.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static async Task Replace(Metron.Dataplane.Dataplane dataplane, Route[] routes, long revision)
    {
        await dataplane.DeployAsync(Program(routes, revision)).ConfigureAwait(false);
        await dataplane.UndeployAsync("bench", revision - 1).ConfigureAwait(false);
    }

    private static (double Milliseconds, double Longest, double Gap9999) Observe(Metron.Dataplane.Dataplane dataplane, Action act)
    {
        var before = dataplane.ReadStatistics().Workers[0].PollGaps;
        var watch = Stopwatch.StartNew();
        act();
        var milliseconds = watch.Elapsed.TotalMilliseconds;
        var now = dataplane.ReadStatistics().Workers[0];
        return (milliseconds, now.MaximumPollGapMicroseconds, now.PollGaps.MicrosecondsOf(0.9999, before));
    }

    /// <summary>A router alone; neighbouring revisions have different tags.</summary>
    private static ResidualProgram Program(Route[] routes, long revision)
    {
        var mac = MacAddress.Parse("02:00:00:00:01:fe");
        var program = ChainProgram.Of([new RouterConfiguration("rt") { RouterPorts = [new RouterPort("lan", mac), new RouterPort("wan", mac)], Routes = routes }]);
        var offset = revision % 2 == 0 ? OtherTags : 0;
        return program with
        {
            Revision = revision,
            IngressTags = [.. program.IngressTags.Select(tag => tag with { Value = tag.Value + offset })],
        };
    }
}
