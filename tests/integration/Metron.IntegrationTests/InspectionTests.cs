using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Deep packet inspection cuts what carries forbidden content, and nothing else.</summary>
public class InspectionTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    [LabTheory]
    [InlineData("http://203.0.113.10", "http://203.0.113.10:8080")]
    [InlineData("http://[2001:db8:2::10]", "http://[2001:db8:2::10]:8080")]
    public async Task A_request_with_a_forbidden_word_is_cut_and_a_clean_one_passes(string url, string otherPort)
    {
        await Lab.ApplyAsync(Chains.Line("inspected", Inspection(), Chains.Router()));

        Assert.NotNull(await Lab.Traffic.HttpAsync($"{url}/clean"));
        Assert.Null(await Lab.Traffic.HttpAsync($"{url}/a-forbidden-page", seconds: 2));
        Assert.NotNull(await Lab.Traffic.HttpAsync($"{url}/clean"));
        // The rule is for port 80.
        Assert.NotNull(await Lab.Traffic.HttpAsync($"{otherPort}/a-forbidden-page"));

        await Eventually.HoldsAsync("the match is counted and reported", async () =>
        {
            // Connections that were cut before may be seen again: their ends go on repeating what was dropped.
            var function = await FunctionAsync();
            return function is not null
                && function.Counters.GetValueOrDefault("rule.word") > 0
                && function.Counters.GetValueOrDefault("drop.contentDenied") > 0
                && function.Matches.Any(match => match is { Rule: "word", DestinationPort: 80, Denied: true }
                    && url.Contains(match.Destination, StringComparison.Ordinal))
                ? null
                : function?.ToString() ?? "nothing reported";
        });
    }

    [LabFact]
    public async Task Datagrams_with_a_forbidden_content_are_dropped_and_others_pass()
    {
        await Lab.ApplyAsync(Chains.Line("inspected", Inspection(), Chains.Router()));
        foreach (var address in new[] { "203.0.113.10", "2001:db8:2::10" })
        {
            (await Lab.Traffic.NumberedAsync(address)).NothingWasLost();
        }

        // Every numbered packet begins so.
        var denying = Inspection();
        denying.Dpi.Rules.Add(Rule("numbered", "MTR1", DpiAction.DropFlow, new PacketMatch { Protocol = "udp", DestinationPort = "7" }));
        await Lab.ApplyAsync(Chains.Line("inspected", denying, Chains.Router()));

        foreach (var address in new[] { "203.0.113.10", "2001:db8:2::10" })
        {
            Assert.Equal(0, (await Lab.Traffic.NumberedAsync(address)).Received);
        }

        await Lab.Traffic.PingAsync("203.0.113.10");
    }

    [LabFact]
    public async Task Bulk_transfers_are_cleared_and_go_on_at_full_speed()
    {
        await Lab.ApplyAsync(Chains.Line("inspected", Inspection("5201"), Chains.StatefulFirewall(), Chains.Router()));

        Assert.True(await Lab.Traffic.TcpAsync("203.0.113.10", reverse: false) > 1_000_000);
        Assert.True(await Lab.Traffic.TcpAsync("203.0.113.10", reverse: true) > 1_000_000);

        await Eventually.HoldsAsync("directions are cleared", async () =>
            (await FunctionAsync())?.Counters.GetValueOrDefault("directionsCleared") > 0 ? null : $"{await FunctionAsync()}");
    }

    private static NetworkFunction Inspection(string port = "80") => new()
    {
        Name = "ids",
        Dpi = new Dpi
        {
            Rules = { Rule("word", "forbidden", DpiAction.AlertAndDropFlow, new PacketMatch { Protocol = "tcp", DestinationPort = port }) },
        },
    };

    private static DpiRule Rule(string name, string content, DpiAction action, PacketMatch match) => new()
    {
        Name = name,
        Matches = { match },
        Patterns = { new DpiPattern { Content = content } },
        Action = action,
    };

    private async Task<NetworkFunctionLoad?> FunctionAsync() =>
        (await Lab.ServerAsync()).Load?.Chains.SelectMany(chain => chain.Functions).FirstOrDefault(function => function.Function == "ids");
}
