using System.Diagnostics;
using CsCheck;
using Metron.Offload;

namespace Metron.Orchestration.Tests;

/// <summary>Lets Open vSwitch's own parser read the text of generated rules.</summary>
public class OpenVSwitchSyntaxTests
{
    [OpenVSwitchFact]
    public void Rules_of_random_chains_are_read_by_ovs_ofctl_with_the_same_meaning()
    {
        List<SwitchRule> rules = [];
        Gen.Select(RandomChains.Chain, Gen.Bool, Gen.Int[1, 3]).Sample(
            (spec, hasMacs, workers) =>
            {
                var inventory = SampleChains.Inventory(hasMacs ? NetworkFunctions.Chains.TagKind.Mac : NetworkFunctions.Chains.TagKind.Vlan, workers);
                if (ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan is { } plan)
                {
                    lock (rules)
                    {
                        rules.AddRange(ChainPrograms.IntendedRules("br0", [plan], []).Take(400));
                    }
                }
            },
            iter: 10);

        var printed = Parse(rules.Select(rule => rule.ToString()));

        // One line per rule; what is dropped, sent on and tagged must be there in its words.
        Assert.Equal(rules.Count, printed.Count);
        foreach (var (rule, line) in rules.Zip(printed))
        {
            Assert.Contains($"cookie:0x{rule.Flow.Cookie:x}", line, StringComparison.Ordinal);
            Assert.Equal(rule.Flow.Instructions.IsEmpty, line.EndsWith("actions=drop", StringComparison.Ordinal));
            Assert.Equal(rule.ToString().Contains("goto_table", StringComparison.Ordinal), line.Contains("goto_table", StringComparison.Ordinal));
        }
    }

    private static List<string> Parse(IEnumerable<string> rules)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, rules);
            using var process = Process.Start(new ProcessStartInfo(OpenVSwitchFactAttribute.Program, ["-O", "OpenFlow13", "parse-flows", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return [.. lines.Where(line => line.Contains("FLOW_MOD", StringComparison.Ordinal))];
        }
        finally
        {
            File.Delete(file);
        }
    }
}

/// <summary>A test that needs Open vSwitch's tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenVSwitchFactAttribute : FactAttribute
{
    public const string Program = "/usr/bin/ovs-ofctl";

    public OpenVSwitchFactAttribute() => Skip = File.Exists(Program) ? null : $"{Program} is not installed (package openvswitch-common)";
}
