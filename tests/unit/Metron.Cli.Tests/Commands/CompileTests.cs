using System.Globalization;
using System.Text;
using System.Text.Json;
using Metron.Cli.Specs;
using Metron.Cli.Tests.Fakes;

namespace Metron.Cli.Tests.Commands;

/// <summary>No controller is there: the address leads nowhere.</summary>
public sealed class CompileTests
{
    private static readonly string ExamplesFolder = Path.Combine(TestFolder.Repository, "deploy", "examples");

    public static TheoryData<string> Examples => [.. ExampleNames];

    private static IEnumerable<string> ExampleNames => Directory.GetFiles(ExamplesFolder, "*.yaml").Select(file => Path.GetFileName(file)!);

    [Theory]
    [InlineData("compile-napt.txt")]
    [InlineData("compile-napt.json", "-o", "json")]
    [InlineData("compile-napt.dot", "-o", "graphviz")]
    [InlineData("compile-napt.mmd", "-o", "mermaid")]
    [InlineData("compile-napt-mac-one-worker.txt", "--tagging", "mac", "--workers", "1")]
    [InlineData("compile-napt-single-table.txt", "--profile", "single-table")]
    public async Task A_chain_is_compiled_without_a_controller(string golden, params string[] options)
    {
        // By standard input, so that no path of this machine makes columns wider.
        var spec = await File.ReadAllTextAsync(Path.Combine(ExamplesFolder, "firewall-router-napt.yaml"));

        var result = await CliRun.Async(["compile", "-f", "-", .. options], spec, environmentAddress: "unix:/nowhere");

        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Golden.Equal(golden, result.Output);
    }

    [Fact]
    public async Task Groups_of_endpoints_with_several_ports_are_shown_or_why_there_are_none()
    {
        const string spec = """
            name: edge
            spec:
              endpoints:
                - {name: clients, switch: br0, port: 1}
                - {name: internet, switch: br0, port: 2, backupPorts: [3]}
                - {name: storage, switch: br0, port: 5, backupPorts: [6], portUse: SPREAD, match: {source: 10.9.0.0/16}}
              functions:
                - name: split
                  dispatcher:
                    outputs: [near, far]
                    rules: [{output: near, match: {destination: 10.9.0.0/16}}]
                    defaultOutput: far
              links:
                - {from: clients, to: split}
                - {from: split.near, to: storage}
                - {from: split.far, to: internet}
            """;
        const string failover = "group_id=1291845632,type=ff,bucket=watch_port:2,actions=output:2,bucket=watch_port:3,actions=output:3";

        var text = await CliRun.Async(["compile", "-f", "-"], spec, environmentAddress: "unix:/nowhere");
        var json = await CliRun.Async(["compile", "-f", "-", "-o", "json"], spec, environmentAddress: "unix:/nowhere");
        var alone = await CliRun.Async(["compile", "-f", "-", "--profile", "single-table"], spec, environmentAddress: "unix:/nowhere");

        Assert.Equal(("", "", ""), (text.Error, json.Error, alone.Error));
        Assert.Contains("proven for every packet", text.Output, StringComparison.Ordinal);
        Assert.Matches(@"Groups:\n +GROUP +ENDPOINT +PORTS +SOURCE +TEXT\n +1291845632 +internet +2, 3 +\S*:5 +" + failover, text.Output);
        using var document = JsonDocument.Parse(json.Output);
        var groups = document.RootElement.GetProperty("groups").EnumerateArray().ToList();
        Assert.Equal([("internet", "failover"), ("storage", "spread")], groups.Select(group => (group.GetProperty("endpoint").GetString()!, group.GetProperty("use").GetString()!)));
        Assert.Equal(failover, groups[0].GetProperty("group").GetString());
        Assert.Contains("by endpoint internet by port 2 alone, as groups of type fastFailover do not work on switch br0 (profile single-table)", alone.Output, StringComparison.Ordinal);
        Assert.Contains("by endpoint storage by port 5 alone, as groups of type select do not work", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_is_wrong_is_told_with_all_its_problems()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"name": "a", "barriers": "erly", "tables": [{"number": 0, "match": {"ip_srcc": "any"}}]}""");

        var wrong = await CompileAsync("firewall.yaml", "--profile", file);
        File.Delete(file);
        var missing = await CompileAsync("firewall.yaml", "--profile", "nothing");

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (wrong.ExitCode, missing.ExitCode));
        Assert.Contains("barriers is \"erly\", must be one of truthful, early, missing (did you mean early?)", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("tables[0].match.ip_srcc is no match field (did you mean ip_src?)", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("'nothing' is neither a file nor one of hello-1.3.0", missing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("single-table")]
    [InlineData("ttp-like")]
    public async Task What_a_profile_changes_stands_in_JSON_and_the_rules_are_proven(string profile)
    {
        using var json = JsonDocument.Parse((await CompileAsync("firewall-router-napt.yaml", "--profile", profile, "-o", "json")).Output);
        Assert.Equal(profile, json.RootElement.GetProperty("profile").GetString());
        Assert.Contains("ip_frag", Assert.Single(json.RootElement.GetProperty("profileReasons").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal("verified", json.RootElement.GetProperty("verification").GetProperty("result").GetString());
    }

    /// <summary>The same fields that stand in JSON, for each example: a change that makes more rules shows here.</summary>
    [Fact]
    public async Task Switch_rules_of_every_example_are_told_next_to_those_of_all_combinations()
    {
        var text = new StringBuilder("example                        rules    all combinations\n");
        foreach (var example in ExampleNames.Order(StringComparer.Ordinal))
        {
            using var json = JsonDocument.Parse((await CompileAsync(example, "-o", "json")).Output);
            var product = json.RootElement.GetProperty("naiveProduct");
            var more = product.GetProperty("isComplete").GetBoolean() ? "" : "more than ";
            text.Append(CultureInfo.InvariantCulture, $"{example,-28} {json.RootElement.GetProperty("switchRules").GetArrayLength(),7}    {more}{product.GetProperty("switchRules")}\n");
        }

        Golden.Equal("compile-rule-counts.txt", text.ToString());
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Every_rule_that_comes_from_the_spec_names_its_place_there(string example)
    {
        var result = await CompileAsync(example, "-o", "json");

        var document = Assert.Single(SpecFiles.Read([Path.Combine(ExamplesFolder, example)], Stream.Null).Documents);
        using var json = JsonDocument.Parse(result.Output);
        var rules = json.RootElement.GetProperty("switchRules").EnumerateArray().ToList();
        Assert.NotEmpty(rules);
        foreach (var rule in rules)
        {
            var purpose = rule.GetProperty("purpose").GetString()!;
            if (rule.GetProperty("path").GetString() is not { } path)
            {
                Assert.Matches("^(hand over to worker|another VLAN|neither IPv4|for no chain)", purpose);
                continue;
            }

            Assert.True(document.Has(path) || path.EndsWith("fragments", StringComparison.Ordinal), $"{purpose}: {path}");
            Assert.EndsWith($"{example}:{document.Locate(path).Line}", rule.GetProperty("source").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task A_graph_has_an_arrow_out_of_every_function_and_into_every_end(string example)
    {
        var text = (await CompileAsync(example, "-o", "graphviz")).Output;

        var nodes = text.Split('\n').Where(line => line.Contains("[label=", StringComparison.Ordinal) && !line.Contains("->", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(nodes);
        foreach (var node in nodes)
        {
            var name = node.Trim().Split(' ')[0];
            Assert.True(text.Contains($"  {name} -> ", StringComparison.Ordinal) || text.Contains($" -> {name} [", StringComparison.Ordinal), node);
            Assert.True(!node.Contains("shape=box", StringComparison.Ordinal) || text.Contains($"  {name} -> ", StringComparison.Ordinal), node);
        }
    }

    [Fact]
    public async Task A_chain_that_only_filters_has_no_server()
    {
        using var json = JsonDocument.Parse((await CompileAsync("firewall.yaml", "-o", "json")).Output);

        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("server").ValueKind);
        Assert.Empty(json.RootElement.GetProperty("residualPrograms").EnumerateObject());
        Assert.All(json.RootElement.GetProperty("trafficClasses").EnumerateArray(), c => Assert.Equal("switch", c.GetProperty("decidedBy").GetString()));
    }

    [Fact]
    public async Task Rules_without_effect_are_warned_of_and_the_rest_is_proven()
    {
        const string shadowed = """
            name: web
            spec:
              endpoints:
                - {name: a, switch: br0, port: 1}
                - {name: b, switch: br0, port: 2}
              functions:
                - name: fw
                  firewall:
                    rules:
                      - {name: all-tcp, action: DENY, match: {protocol: tcp}}
                      - {name: web, action: ALLOW, match: {protocol: tcp, destinationPort: "80"}}
                      - {name: dns, action: ALLOW, match: {protocol: udp, destinationPort: "53"}}
              links:
                - {from: a, to: fw}
                - {from: fw, to: b}
            """;

        var text = (await CliRun.Async(["compile", "-f", "-"], shadowed, environmentAddress: "unix:/nowhere")).Output;
        using var json = JsonDocument.Parse((await CliRun.Async(["compile", "-f", "-", "-o", "json"], shadowed, environmentAddress: "unix:/nowhere")).Output);

        Assert.Contains("Verified:         proven for every packet", text, StringComparison.Ordinal);
        Assert.Contains("stdin:11: no packet comes to rule \"web\" (rules[1]): rule \"all-tcp\" (rules[0]) before it matches all that it matches", text, StringComparison.Ordinal);
        var warning = Assert.Single(json.RootElement.GetProperty("warnings").EnumerateArray());
        Assert.Equal("spec.functions[0].firewall.rules[1]", warning.GetProperty("path").GetString());
        Assert.Equal("verified", json.RootElement.GetProperty("verification").GetProperty("result").GetString());
        Assert.DoesNotContain("fw rule web", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Problems_of_the_graph_are_told_by_line_and_column()
    {
        const string wrong = """
            name: web
            spec:
              endpoints:
                - {name: a, switch: br0, port: 1}
                - {name: b, switch: br0, port: 2}
              links:
                - {from: a, to: nowhere}
            """;

        var result = await CliRun.Async(["compile", "-f", "-"], wrong, environmentAddress: "unix:/nowhere");

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains("stdin:7:21: spec.links[0].to: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was compiled", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("--workers '0' is not a number from 1 to 256", "--workers", "0")]
    [InlineData("--workers 'many' is not a number from 1 to 256", "--workers", "many")]
    [InlineData("--tagging 'vxlan' is not one of vlan, mac, qinq, mpls, dscp", "--tagging", "vxlan")]
    [InlineData("--output 'yaml' is not one of json, graphviz, mermaid", "-o", "yaml")]
    public async Task A_wrong_option_is_refused_with_a_remedy(string message, params string[] options)
    {
        var result = await CompileAsync("firewall.yaml", options);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private static Task<CliResult> CompileAsync(string example, params string[] options) =>
        CliRun.Async(["compile", "-f", Path.Combine(ExamplesFolder, example), .. options], environmentAddress: "unix:/nowhere");
}
