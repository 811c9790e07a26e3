using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Metron.IntegrationTests.Lab;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>The same API as REST and JSON.</summary>
public class RestTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private const string Chain = """
        {
          "name": "rest",
          "labels": {"tier": "edge"},
          "spec": {
            "endpoints": [{"name": "a", "switch": "br0", "port": 1}, {"name": "b", "switch": "br0", "port": 2}],
            "functions": [{"name": "count", "monitor": {}}],
            "links": [{"from": "a", "to": "count"}, {"from": "count", "to": "b"}]
          }
        }
        """;

    [LabFact]
    public async Task A_chain_is_created_read_listed_and_deleted_over_REST()
    {
        using var http = Client();

        var created = await http.PostAsync("/v1/serviceChains", Json(Chain));
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        await Lab.ReadyAsync("rest");
        var read = await http.GetFromJsonAsync<JsonElement>("/v1/serviceChains/rest");
        Assert.Equal("edge", read.GetProperty("labels").GetProperty("tier").GetString());
        Assert.Equal("READY", read.GetProperty("status").GetProperty("state").GetString());
        var list = await http.GetFromJsonAsync<JsonElement>("/v1/serviceChains");
        Assert.Equal(1, list.GetProperty("serviceChains").GetArrayLength());
        (await Lab.Traffic.NumberedAsync("192.168.77.10")).NothingWasLost();

        Assert.Equal(HttpStatusCode.OK, (await http.DeleteAsync("/v1/serviceChains/rest")).StatusCode);
        await Eventually.HoldsAsync("it is gone", async () =>
            (await http.GetAsync("/v1/serviceChains/rest")).StatusCode == HttpStatusCode.NotFound ? null : "still there");
    }

    [LabFact]
    public async Task A_wrong_chain_is_refused_over_REST_with_the_path_of_what_is_wrong()
    {
        using var http = Client();

        var answer = await http.PostAsync("/v1/serviceChains", Json(Chain.Replace("\"port\": 2", "\"port\": 70000", StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("endpoints[1].port", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [LabFact]
    public async Task Servers_and_switches_are_listed_over_REST()
    {
        using var http = Client();

        var agents = await http.GetFromJsonAsync<JsonElement>("/v1/agents");
        var switches = await http.GetFromJsonAsync<JsonElement>("/v1/switches");

        Assert.True(agents.GetProperty("agents")[0].GetProperty("connected").GetBoolean());
        Assert.Equal("br0", switches.GetProperty("switches")[0].GetProperty("name").GetString());
    }

    [LabFact]
    public async Task Metrics_of_chains_functions_and_workers_are_there_for_Prometheus()
    {
        using var http = Client();
        await Lab.ApplyAsync(Chains.Sample());
        (await Lab.Traffic.NumberedAsync("203.0.113.10", flows: 16, seconds: 1)).NothingWasLost();

        await Eventually.HoldsAsync("all are there", async () =>
        {
            var page = await http.GetStringAsync("/metrics");
            string[] expected =
            [
                "metron_chain_condition{chain=\"web\",condition=\"Ready\"} 1\n",
                "metron_class_packets_total{chain=\"web\",",
                "metron_function_value{agent=\"server1\",chain=\"web\",revision=\"1\",function=\"nat\",counter=\"bindings\"}",
                "metron_function_measured_cycles_total{agent=\"server1\",worker=\"0\",chain=\"web\",revision=\"1\",function=\"fw\",path=\"asked\"}",
                "metron_worker_received_packets_total{agent=\"server1\",worker=\"1\"}",
            ];
            return expected.FirstOrDefault(what => !page.Contains(what, StringComparison.Ordinal));
        });
    }

    private HttpClient Client() => new(ControllerClient.UnixSocketHandler(Lab.RestSocketPath)) { BaseAddress = new Uri("http://controller") };

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
