using System.Globalization;
using System.Text.RegularExpressions;
using Metron.IntegrationTests.Lab;
using Metron.Mapping;
using Metron.NetworkFunctions.Chains;
using Metron.Offline.Tests;
using Metron.Offload;
using Metron.Orchestration;

namespace Metron.IntegrationTests;

/// <summary>The model of a switch against Open vSwitch itself: `ovs-appctl ofproto/trace` names the rules that a frame matches.</summary>
public partial class SwitchModelTests
{
    private const int Frames = 120;

    [LabTheory]
    [InlineData("translate", 11)]
    [InlineData("filter", 12)]
    public async Task The_model_matches_the_rules_that_Open_vSwitch_matches(string name, int seed)
    {
        Assert.True(ServiceChainMapper.Map(ReferenceChains.Of(name)).TryGetSpec(out var spec));
        var rules = RulesOf(spec!);
        var model = new SwitchModel(rules);
        await using var network = await LabNetwork.CreateAsync(new LabLayout());
        var file = Path.Combine(network.Directory, "rules");
        await File.WriteAllLinesAsync(file, rules.Select(rule => rule.ToString()));
        await network.OfctlAsync("add-flows", file);
        var control = Path.Combine(network.Directory, "run", "vswitchd.ctl");
        var traffic = new RandomTraffic(new Dice(seed), spec!);
        var met = new HashSet<SwitchRule>();
        for (var i = 0; i < Frames; i++)
        {
            var arrival = traffic.Next();
            var port = spec!.Endpoints[arrival.Endpoint].Port;
            List<SwitchRule> matched = [];
            var left = model.Process(port, arrival.Frame, matched);
            var trace = await TraceAsync(control, port, arrival.Frame);

            Assert.True(Steps(trace).SequenceEqual(matched.Select(Step)), $"{Convert.ToHexStringLower(arrival.Frame)}\n{string.Join('\n', matched)}\n{trace}");
            Assert.Equal(left.IsDrop ? [] : [left.Port], Outputs().Matches(trace).Select(match => uint.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
            met.UnionWith(matched);
            if (!left.IsDrop && left.Port > 100)
            {
                // As if the worker had done nothing: the packet's answer comes from it.
                traffic.Left(arrival, 1 - arrival.Endpoint, [.. left.Frame![..12], .. left.Frame[16..]]);
            }
        }

        Assert.True(met.Count > 8, $"only {met.Count} rules were matched");
    }

    private static IReadOnlyList<SwitchRule> RulesOf(ChainSpec spec)
    {
        var inventory = new Inventory
        {
            Switches = [new SwitchDescription("br0", TagKind.Vlan)],
            Servers = [new ServerDescription("server1") { IsConnected = true, Workers = [new(0, "br0", 101), new(1, "br0", 102)] }],
        };
        return ChainPrograms.IntendedRules("br0", [ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!], []);
    }

    private static async Task<string> TraceAsync(string control, uint port, byte[] frame)
    {
        await using var process = LabProcess.Start(
            ["ovs-appctl", "-t", control, "ofproto/trace", "br0", $"in_port={port}", Convert.ToHexStringLower(frame)]);
        return (await process.WaitAsync()).Succeeded().Output;
    }

    private static (int Table, int Priority, ulong Cookie) Step(SwitchRule rule) => (rule.Flow.Table, rule.Flow.Priority, rule.Flow.Cookie);

    private static IEnumerable<(int Table, int Priority, ulong Cookie)> Steps(string trace) => Matches().Matches(trace).Select(match => (
        int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
        int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
        ulong.Parse(match.Groups[3].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));

    [GeneratedRegex(@"^ *(\d+)\. .*priority (\d+), cookie 0x([0-9a-f]+)", RegexOptions.Multiline)]
    private static partial Regex Matches();

    [GeneratedRegex(@"^ +output:(\d+)", RegexOptions.Multiline)]
    private static partial Regex Outputs();
}
