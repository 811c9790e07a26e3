using Metron.Agent.Configuration;

namespace Metron.Agent.Tests;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private const string Ports = """[{"device": "net_null0"}]""";
    private const string Workers = """[{"core": 0, "port": 0}]""";

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Every_key_is_read()
    {
        var configuration = Load("""
            {
              // A comment.
              "server": "server1",
              "labels": { "rack": "7", "example.net/zone": "" },
              "controller": "https://controller.example:7700",
              "tls": { "authority": "FILE", "certificate": "FILE", "key": "FILE" },
              "dpdk": { "hugePages": false, "memoryMegabytes": 512, "filePrefix": "m1", "arguments": ["--log-level=8"] },
              "mbufs": { "count": 32767, "cache": 128, "bytes": 4096 },
              "ports": [
                { "device": "0000:3b:00.0", "switch": "br0", "switchPort": 101, "dispatch": "queue-per-worker", "mtu": 9000,
                  "receiveDescriptors": 512, "transmitDescriptors": 256 },
                { "device": "net_af_packet0,iface=w1", "switch": "br0", "switchPort": 102 },
              ],
              "workers": [ { "core": 1, "port": 0, "queue": 1 }, { "core": 0, "port": 0, "queue": 0 }, { "core": 3, "port": 1 } ],
              "appliances": [
                { "name": "ips", "mtu": 1500, "descriptors": 256,
                  "interfaces": [ { "worker": 2, "inside": "net_af_packet1,iface=bbi", "outside": "net_vhost0,iface=/run/bbo.sock" } ] },
              ],
              "limits": { "flowsPerWorker": 4096, "connectionsPerFunction": 1000, "talkersPerMonitor": 100, "flowIdleSeconds": 7 },
              "idle": { "sleepMicroseconds": 50, "pollsBeforeSleep": 300 },
              "sampling": { "oneIn": 77 },
              "keyDirectory": "/run/keys"
            }
            """.Replace("FILE", _file, StringComparison.Ordinal));

        Assert.Equal("server1", configuration.Server);
        Assert.Equal(new Dictionary<string, string> { ["rack"] = "7", ["example.net/zone"] = "" }, configuration.Labels);
        Assert.Equal("https://controller.example:7700", configuration.Controller.ToString());
        Assert.Equal(new TlsFiles(_file, _file, _file), configuration.Tls);
        Assert.Equal((false, 512, "m1"), (configuration.Dpdk.HugePages, configuration.Dpdk.MemoryMegabytes, configuration.Dpdk.FilePrefix));
        Assert.Equal(["--log-level=8"], configuration.Dpdk.Arguments);
        Assert.Equal(new MbufConfiguration { Count = 32767, Cache = 128, Bytes = 4096 }, configuration.Mbufs);
        Assert.Equal(
            new PortConfiguration("0000:3b:00.0")
            {
                Switch = "br0",
                SwitchPort = 101,
                Dispatch = Dispatch.QueuePerWorker,
                Mtu = 9000,
                ReceiveDescriptors = 512,
                TransmitDescriptors = 256,
            },
            configuration.Ports[0]);
        Assert.Equal(new PortConfiguration("net_af_packet0,iface=w1") { Switch = "br0", SwitchPort = 102 }, configuration.Ports[1]);
        Assert.Equal([new WorkerConfiguration(1, 0, 1), new WorkerConfiguration(0, 0, 0), new WorkerConfiguration(3, 1, 0)], configuration.Workers);
        var appliance = Assert.Single(configuration.Appliances);
        Assert.Equal(("ips", 1500, 256), (appliance.Name, appliance.Mtu, appliance.Descriptors));
        Assert.Equal(new ApplianceDevices(2, "net_af_packet1,iface=bbi", "net_vhost0,iface=/run/bbo.sock"), Assert.Single(appliance.Interfaces));
        Assert.Equal(["ips"], configuration.AppliancesOf(2));
        Assert.Empty(configuration.AppliancesOf(0));
        Assert.Equal(
            new LimitConfiguration { FlowsPerWorker = 4096, ConnectionsPerFunction = 1000, TalkersPerMonitor = 100, FlowIdle = TimeSpan.FromSeconds(7) },
            configuration.Limits);
        Assert.Equal(new IdleConfiguration { Sleep = TimeSpan.FromMicroseconds(50), PollsBeforeSleep = 300 }, configuration.Idle);
        Assert.Equal(new SamplingConfiguration { OneIn = 77 }, configuration.Sampling);
        Assert.Equal("/run/keys", configuration.KeyDirectory);
    }

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var configuration = Load($$"""{"server": "s", "controller": "unix:/run/metron.sock", "ports": {{Ports}}, "workers": {{Workers}} }""");

        Assert.Equal("/run/metron.sock", configuration.Controller.UnixPath);
        Assert.True(configuration.Dpdk.HugePages);
        Assert.Equal(new MbufConfiguration(), configuration.Mbufs);
        Assert.Equal(Dispatch.PortPerWorker, configuration.Ports[0].Dispatch);
        Assert.Equal(new LimitConfiguration(), configuration.Limits);
        Assert.Equal(new IdleConfiguration(), configuration.Idle);
        Assert.Equal(new SamplingConfiguration { OneIn = 256 }, configuration.Sampling);
        Assert.Equal("/etc/metron/keys", configuration.KeyDirectory);
    }

    [Fact]
    public void A_port_that_dispatches_by_flow_groups_is_balanced_as_said_or_by_default()
    {
        const string Port = """[{"device": "net_null0", "dispatch": "flow-groups"}]""";
        const string Two = """[{"core": 0, "port": 0}, {"core": 1, "port": 0, "queue": 1}]""";
        var said = Load($$"""
            {"server": "s", "controller": "unix:/run/metron.sock", "ports": {{Port}}, "workers": {{Two}},
             "balancing": {"nic": "device", "flowGroups": 128, "mode": "suggest", "nicCore": 3, "minimumWorkers": 1, "maximumWorkers": 2, "profile": "economical", "targetLoadPercent": 70, "thresholdPercent": 4, "riseMilliseconds": 30, "fallMilliseconds": 400,
               "shortestTickMilliseconds": 50, "longestTickMilliseconds": 2000, "recording": "/tmp/ticks.jsonl", "recordingMegabytes": 2} }
            """);
        var left = Load($$"""{"server": "s", "controller": "unix:/run/metron.sock", "ports": {{Port}}, "workers": {{Two}} }""");

        Assert.Equal(
            new BalancingConfiguration
            {
                Nic = BalancedNic.Device,
                FlowGroups = 128,
                Mode = BalancingMode.Suggest,
                NicCore = 3,
                MinimumWorkers = 1,
                MaximumWorkers = 2,
                Profile = BalancingProfile.Economical,
                TargetLoad = 0.7,
                Threshold = 0.04,
                Rise = TimeSpan.FromMilliseconds(30),
                Fall = TimeSpan.FromMilliseconds(400),
                ShortestTick = TimeSpan.FromMilliseconds(50),
                LongestTick = TimeSpan.FromSeconds(2),
                Recording = "/tmp/ticks.jsonl",
                RecordingBytes = 2 << 20,
            },
            said.Balancing);
        Assert.Equal(new BalancingConfiguration(), left.Balancing);
        var told = said.Balancing!.ToSettings();
        Assert.Equal((0.7, 0.02, 0.04), (told.Scaling.Target, told.Scaling.RemoveMargin, told.Solver.Threshold));
        Assert.Equal((0.03, 0.4, 0.05, 2.0), (told.Load.RiseSeconds, told.Load.FallSeconds, told.Interval.MinimumSeconds, told.Interval.MaximumSeconds));
        Assert.Equal(Metron.Balancing.BalancerSettings.Responsive, left.Balancing!.ToSettings());
        Assert.Equal(Dispatch.FlowGroups, left.Ports[0].Dispatch);
    }

    [Theory]
    [InlineData("", "line 1, column 1: is no JSON")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("""{"server": "s", "server": "t"}""", "is no JSON")]
    [InlineData("{\n  \"server\": oops\n}", "line 2, column 13: is no JSON")]
    public void A_file_that_is_no_json_object_is_refused(string text, string expected) => Assert.Contains($"{_file}: {expected}", Assert.Single(Problems(text)), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_refused() => Assert.Contains(
        "/nonexistent/agent.json: cannot be read",
        Assert.Single(Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load("/nonexistent/agent.json", [0])).Problems),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("server", "\"\"", "server: is \"\"; write a string that is not empty")]
    [InlineData("server", "\"a b\"", "server: \"a b\" is no name; use letters, digits and -_.")]
    [InlineData("server", "7", "server: is 7; write a string")]
    [InlineData("controller", "\"ftp://x\"", "controller: \"ftp://x\" is no address; write http://HOST:PORT, https://HOST:PORT or unix:/PATH")]
    [InlineData("controller", "null", "controller: is missing; add it")]
    [InlineData("Mbufs", "{}", "Mbufs: is not a key here; write mbufs")]
    [InlineData("cores", "2", "cores: is not a key here; known are server, controller, tls, dpdk, mbufs, ports, workers, appliances, limits, idle, sampling, balancing, keyDirectory")]
    [InlineData("tls", """{"authority": "/nonexistent.pem"}""", "tls.authority: there is no file /nonexistent.pem")]
    [InlineData("tls", """{"key": "/nonexistent.pem"}""", "tls.certificate: is missing; a certificate and its key go together")]
    [InlineData("tls", """{"authority": "/proc/self/exe"}""", "tls: has no effect with http://127.0.0.1:7700; write an https:// address")]
    [InlineData("dpdk", "[]", "dpdk: is an empty array; write an object")]
    [InlineData("dpdk", """{"hugePages": "no"}""", "dpdk.hugePages: is \"no\"; write true or false")]
    [InlineData("dpdk", """{"memoryMegabytes": 1}""", "dpdk.memoryMegabytes: is 1; write a whole number from 16 to 1048576")]
    [InlineData("dpdk", """{"arguments": "-v"}""", "dpdk.arguments: is \"-v\"; write an array of strings")]
    [InlineData("mbufs", """{"count": 2000}""", "mbufs.count: 2000 is too few: descriptors and caches can hold 2368")]
    [InlineData("mbufs", """{"cache": 513}""", "mbufs.cache: is 513; write a whole number from 0 to 512")]
    [InlineData("ports", "[]", "ports: is an empty array; write an array of one or more objects")]
    [InlineData("ports", "[7]", "ports[0]: is 7; write an object")]
    [InlineData("ports", "[{}]", "ports[0].device: is missing; add it")]
    [InlineData("ports", """[{"device": "net_null0", "queues": 1}]""", "ports[0].queues: is not a key here")]
    [InlineData("ports", """[{"device": "net_null0", "switch": "br0"}]""", "ports[0].switchPort: is missing; write both switch and switchPort")]
    [InlineData("ports", """[{"device": "net_null0", "switchPort": 3}]""", "ports[0].switch: is missing; write both switch and switchPort")]
    [InlineData("ports", """[{"device": "net_null0", "switch": "br0", "switchPort": 0}]""", "ports[0].switchPort: is 0; write a whole number from 1 to 4294967039")]
    [InlineData("ports", """[{"device": "net_null0", "dispatch": "rss"}]""", "ports[0].dispatch: \"rss\" is unknown; write port-per-worker, queue-per-worker or flow-groups")]
    [InlineData("ports", """[{"device": "net_null0"}, {"device": "net_null0,size=80"}]""", "ports[1].device: the device net_null0 is given twice")]
    [InlineData("ports", """[{"device": "3b:00.0"}, {"device": "0000:3b:00.0,x=1"}]""", "ports[1].device: the device 0000:3b:00.0 is given twice")]
    [InlineData("ports", """[{"device": "net_null0"}, {"device": "net_null1"}]""", "ports[1]: has no worker; add one to workers, or leave the port out")]
    [InlineData(
        "ports", """[{"device": "net_null0", "switch": "br0", "switchPort": 1}, {"device": "net_null1", "switch": "br0", "switchPort": 1}]""",
        "ports[1].switchPort: port 1 of switch br0 is given twice")]
    [InlineData(
        "ports", """[{"device": "net_null0", "dispatch": "flow-groups"}, {"device": "net_null1"}]""",
        "ports[0].dispatch: is flow-groups, but there are other ports; a server that balances has one port")]
    [InlineData("balancing", "{}", "balancing: has no effect, as no port dispatches by flow groups; write \"dispatch\": \"flow-groups\" in ports, or leave balancing out")]
    [InlineData("balancing", """{"flowGroups": 96}""", "balancing.flowGroups: is 96; write a power of two from 64 to 1024")]
    [InlineData("balancing", """{"flowGroups": 2048}""", "balancing.flowGroups: is 2048; write a whole number from 64 to 1024")]
    [InlineData("balancing", """{"mode": "manual"}""", "balancing.mode: \"manual\" is unknown; write auto or suggest or off")]
    [InlineData("balancing", """{"nic": "software"}""", "balancing.nic: \"software\" is unknown; write emulated or device or linux")]
    [InlineData("balancing", """{"nicCore": 2}""", "balancing.nicCore: CPU 2 is not there, or the process may not use it; write one of 0, 1, 3")]
    [InlineData("balancing", """{"minimumWorkers": 2}""", "balancing.minimumWorkers: is 2, but there are 1 workers; write at most that")]
    [InlineData("balancing", """{"minimumWorkers": 2, "maximumWorkers": 1}""", "balancing.maximumWorkers: is 1, less than minimumWorkers; write at least 2")]
    [InlineData("balancing", """{"targetLoadPercent": 100}""", "balancing.targetLoadPercent: is 100; write a whole number from 10 to 95")]
    [InlineData("balancing", """{"longestTickMilliseconds": 10}""", "balancing.longestTickMilliseconds: the longest tick, 10 ms, is less than the shortest, 20 ms; write both so that it is not")]
    [InlineData("balancing", """{"profile": "quick"}""", "balancing.profile: \"quick\" is unknown; write responsive or economical or calm")]
    [InlineData("sampling", """{"oneIn": -1}""", "sampling.oneIn: is -1; write a whole number from 0 to 1048576")]
    [InlineData("workers", "[]", "workers: is an empty array; write an array of one or more objects")]
    [InlineData("workers", """[{"port": 0}]""", "workers[0].core: is missing; add it")]
    [InlineData("workers", """[{"core": 2, "port": 0}]""", "workers[0].core: CPU 2 is not there, or the process may not use it; write one of 0, 1, 3")]
    [InlineData("workers", """[{"core": 0, "port": 1}]""", "workers[0].port: there is no port 1; ports are counted from 0 in their order, so write at most 0")]
    [InlineData("workers", """[{"core": 0, "port": 0, "queue": 1}]""", "workers[0].queue: port 0 has 1 workers and so queues 0 to 0; write one of them")]
    [InlineData(
        "workers", """[{"core": 0, "port": 0}, {"core": 1, "port": 0, "queue": 1}]""",
        "ports[0].dispatch: is port-per-worker, but workers 0 and 1 share the port; give each worker a port, or write queue-per-worker")]
    [InlineData("workers", """[{"core": 0, "port": 0}, {"core": 1, "port": 0}]""", "workers[1].queue: queue 0 of port 0 has two workers; each has one of its own")]
    [InlineData("limits", """{"flowsPerWorker": 1000}""", "limits.flowsPerWorker: is 1000; write a whole number from 1024 to 33554432")]
    [InlineData("idle", """{"sleepMicroseconds": 1.5}""", "idle.sleepMicroseconds: is 1.5; write a whole number from 0 to 100000")]
    [InlineData("appliances", """[{"name": "IPS", "interfaces": [{"worker": 0, "inside": "net_null1", "outside": "net_null2"}]}]""", "appliances[0].name: \"IPS\" is no name; use lower-case letters")]
    [InlineData("appliances", """[{"name": "ips", "interfaces": []}]""", "appliances[0].interfaces: is an empty array; write an array of one or more objects")]
    [InlineData("appliances", """[{"name": "ips", "interfaces": [{"worker": 0, "inside": "net_null1"}]}]""", "appliances[0].interfaces[0].outside: is missing; add it")]
    [InlineData(
        "appliances", """[{"name": "ips", "interfaces": [{"worker": 1, "inside": "net_null1", "outside": "net_null2"}]}]""",
        "appliances[0].interfaces[0].worker: there is no worker 1; there are 1, counted from 0")]
    [InlineData(
        "appliances", """[{"name": "ips", "interfaces": [{"worker": 0, "inside": "net_null0", "outside": "net_null2"}]}]""",
        "appliances[0].interfaces[0].inside: the device net_null0 is given twice; every interface has a device of its own")]
    [InlineData(
        "appliances",
        """[{"name": "ips", "interfaces": [{"worker": 0, "inside": "net_null1", "outside": "net_null2"}, {"worker": 0, "inside": "net_null3", "outside": "net_null4"}]}]""",
        "appliances[0].interfaces[1].worker: worker 0 has interfaces to ips already")]
    public void A_wrong_key_is_named_with_how_to_mend_it(string key, string value, string expected)
    {
        var keys = new Dictionary<string, string>
        {
            ["server"] = "\"s\"",
            ["controller"] = "\"127.0.0.1:7700\"",
            ["ports"] = Ports,
            ["workers"] = Workers,
            [key] = value,
        };
        var text = $"{{{string.Join(", ", keys.Select(pair => $"\"{pair.Key}\": {pair.Value}"))}}}";

        Assert.Contains(Problems(text), problem => problem.StartsWith($"{_file}: {expected}", StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_told_at_once() => Assert.Equal(
        [$"{_file}: server: is missing; add it", $"{_file}: idle.sleep: is not a key here; known are sleepMicroseconds, pollsBeforeSleep"],
        Problems($$"""{"controller": "h:1", "ports": {{Ports}}, "workers": {{Workers}}, "idle": {"sleep": 1} }"""));

    public void Dispose() => File.Delete(_file);

    private AgentConfiguration Load(string text)
    {
        File.WriteAllText(_file, text);
        return ConfigurationLoader.Load(_file, [0, 1, 3]);
    }

    private IReadOnlyList<string> Problems(string text) => Assert.Throws<ConfigurationException>(() => Load(text)).Problems;
}
