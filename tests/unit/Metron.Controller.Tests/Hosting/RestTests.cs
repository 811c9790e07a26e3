using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Metron.Controller.Tests.Hosting;

public class RestTests
{
    private const string Chain = """
        {
          "name": "edge",
          "spec": {
            "endpoints": [{"name": "a", "switch": "br0", "port": 1}, {"name": "b", "switch": "br0", "port": 2}],
            "functions": [{"name": "fw", "firewall": {"defaultAction": "ALLOW", "rules": [{"action": "DENY", "match": {"protocol": "tcp", "destinationPort": "22"}}]}}],
            "links": [{"from": "a", "to": "fw"}, {"from": "fw", "to": "b"}]
          }
        }
        """;

    [Fact]
    public async Task A_chain_is_created_read_changed_listed_and_deleted_by_JSON()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);

        var created = await SendAsync(controller, HttpMethod.Post, "/v1/serviceChains", Chain);
        await controller.ReadyAsync("edge");
        var read = await SendAsync(controller, HttpMethod.Get, "/v1/serviceChains/edge");
        var changed = await SendAsync(controller, HttpMethod.Put, "/v1/serviceChains/edge", Chain.Replace("\"22\"", "\"23\"", StringComparison.Ordinal));
        var list = await SendAsync(controller, HttpMethod.Get, "/v1/serviceChains?pageSize=10");
        await SendAsync(controller, HttpMethod.Delete, "/v1/serviceChains/edge");
        await controller.GoneAsync("edge");

        Assert.Equal("1", created.GetProperty("revision").GetString());
        Assert.Equal("READY", read.GetProperty("status").GetProperty("state").GetString());
        Assert.Equal("2", changed.GetProperty("revision").GetString());
        Assert.Equal(1, list.GetProperty("serviceChains").GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, (await controller.Http.GetAsync("/v1/serviceChains/edge")).StatusCode);
    }

    [Fact]
    public async Task A_wrong_chain_is_answered_with_every_path()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var answer = await controller.Http.PostAsync("/v1/serviceChains", Json(Chain
            .Replace("\"port\": 2", "\"port\": 70000", StringComparison.Ordinal)
            .Replace("\"tcp\"", "\"tpc\"", StringComparison.Ordinal)));
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var fields = body.GetProperty("details")[0].GetProperty("fieldViolations").EnumerateArray().Select(v => v.GetProperty("field").GetString());
        Assert.Equal(["spec.endpoints[1].port", "spec.functions[0].firewall.rules[0].match.protocol"], fields.Take(2));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"name": 7}""")]
    [InlineData("""{"spec": {"functions": [{"name": "x", "teleporter": {}}]}}""")]
    public async Task JSON_that_is_no_chain_is_a_bad_request(string body)
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var answer = await controller.Http.PostAsync("/v1/serviceChains", Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_watch_is_a_line_of_JSON_for_each_change()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await controller.CreateAsync(Specs.Firewall());

        using var answer = await controller.Http.GetAsync("/v1/serviceChains:watch", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

        var change = JsonSerializer.Deserialize<JsonElement>(line!);
        Assert.Equal("ADDED", change.GetProperty("type").GetString());
        Assert.Equal("edge", change.GetProperty("serviceChain").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Servers_and_switches_are_listed_as_JSON()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        await using var agent = await FakeAgent.ConnectAsync(controller);

        var agents = await SendAsync(controller, HttpMethod.Get, "/v1/agents");
        var atSwitch = await SendAsync(controller, HttpMethod.Get, "/v1/switches/br0");

        Assert.True(agents.GetProperty("agents")[0].GetProperty("connected").GetBoolean());
        Assert.Equal("0000000000000001", atSwitch.GetProperty("datapathId").GetString());
    }

    [Fact]
    public async Task Agents_cannot_connect_by_REST()
    {
        await using var controller = await ControllerUnderTest.StartAsync();

        var answer = await controller.Http.PostAsync("/metron.v1.AgentControl/Connect", Json("{}"));

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<JsonElement> SendAsync(ControllerUnderTest controller, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Json(body) };
        using var answer = await controller.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
