using Metron.Controller.Configuration;
using Metron.Controller.Store;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Configuration;

public class ConfigurationLoaderTests
{
    [Fact]
    public void Every_key_of_the_file_is_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["cert.pem"], "x");
        var configuration = Load(folder, $$"""
            {
              // comments are welcome
              "grpc": ["127.0.0.1:1", "unix:/run/x.sock"],
              "rest": "[::1]:2",
              "database": "/tmp/x.db",
              "openFlow": "*:3",
              "tls": {"certificate": "{{folder["cert.pem"]}}", "key": "{{folder["cert.pem"]}}", "clientAuthority": "{{folder["cert.pem"]}}"},
              "timings": {"reconcileSeconds": 4, "drainSeconds": 0.5, "answerSeconds": 6, "forgetServerSeconds": 7, "loadSeconds": 8, "serverLossSeconds": 0.9, "serverGraceSeconds": 10, "offloadReviewSeconds": 12},
              "history": {"revisions": 11, "deletedChains": 12},
              "switches": [
                {"name": "br0", "datapathId": "0x9", "tagging": "mac", "meters": true, "links": [{"port": 101, "server": "s1"}, {"port": 2, "peer": "core router"}]},
                {"name": "br1", "datapathId": "00:00:00:00:00:00:00:0a", "connect": "switch.example:6654"},
              ],
            }
            """);

        Assert.Equal([ListenAddress.Tcp("127.0.0.1", 1), ListenAddress.Unix("/run/x.sock")], configuration.Grpc);
        Assert.Equal([ListenAddress.Tcp("::1", 2)], configuration.Rest);
        Assert.Equal("/tmp/x.db", configuration.Database);
        Assert.Equal(ListenAddress.Tcp("*", 3), configuration.OpenFlow);
        Assert.Equal(folder["cert.pem"], configuration.Tls?.ClientAuthority);
        Assert.Equal(new ControllerTimings
        {
            ReconcileInterval = TimeSpan.FromSeconds(4),
            Drain = TimeSpan.FromSeconds(0.5),
            AnswerTimeout = TimeSpan.FromSeconds(6),
            ForgetServerAfter = TimeSpan.FromSeconds(7),
            LoadInterval = TimeSpan.FromSeconds(8),
            ServerLoss = TimeSpan.FromSeconds(0.9),
            ServerGrace = TimeSpan.FromSeconds(10),
            OffloadReview = TimeSpan.FromSeconds(12),
        }, configuration.Timings);
        Assert.Equal(new HistoryLimits { Revisions = 11, DeletedChains = 12 }, configuration.History);
        Assert.Equal(
            [new ConfiguredSwitch("br0", 9, TagKind.Mac) { UsesMeters = true, Links = [new(101, "s1", null), new(2, null, "core router")] }, new ConfiguredSwitch("br1", 10, TagKind.Vlan, ListenAddress.Tcp("switch.example", 6654))],
            configuration.Switches);
    }

    [Fact]
    public void Keys_of_sessions_with_switches_are_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["cert.pem"], "x");
        var configuration = Load(folder, $$"""
            {
              "openFlowTls": {"certificate": "{{folder["cert.pem"]}}", "key": "{{folder["cert.pem"]}}", "clientAuthority": "{{folder["cert.pem"]}}"},
              "openFlowSessions": {
                "versions": ["1.3"], "role": "equal", "takeOver": false, "duplicates": "replace", "handshakeSeconds": 7, "echoSeconds": 8,
                "handshakes": 1, "handshakesPerAddress": 2, "connections": 3, "connectionsPerAddress": 4, "quarantineAfter": 5, "quarantineSeconds": 6
              },
              "switches": [
                {"name": "br0", "datapathId": "9", "connect": "ssl:switch.example:6654", "certificate": "br0.example", "role": "none"},
                {"name": "br1", "datapathId": "a", "connect": "192.0.2.1:6654"},
              ],
            }
            """);

        Assert.Equal(new TlsFiles(folder["cert.pem"], folder["cert.pem"], folder["cert.pem"]), configuration.OpenFlowTls);
        var settings = configuration.OpenFlowSessions;
        Assert.Equal(
            (VersionSet.Of(OpenFlowVersion.OpenFlow13), ControllerRole.Equal, false, true, TimeSpan.FromSeconds(7)),
            (settings.Versions, settings.Role, settings.TakesOver, settings.ReplacesDuplicates, settings.Handshake));
        Assert.Equal(TimeSpan.FromSeconds(8), settings.Echo);
        Assert.Equal(new ConnectionLimits { Handshakes = 1, HandshakesPerAddress = 2, Connections = 3, ConnectionsPerAddress = 4 }, settings.Limits);
        Assert.Equal((5, TimeSpan.FromSeconds(6)), (settings.Quarantine.Failures, settings.Quarantine.Longest));
        Assert.Equal((ListenAddress.Tcp("switch.example", 6654), true, "br0.example", (ControllerRole?)ControllerRole.NoChange), Of(configuration.Switches[0]));
        Assert.Equal((ListenAddress.Tcp("192.0.2.1", 6654), false, null, null), Of(configuration.Switches[1]));

        static (ListenAddress?, bool, string?, ControllerRole?) Of(ConfiguredSwitch s) => (s.Connect, s.ConnectsByTls, s.Certificate, s.Role);
    }

    [Theory]
    [InlineData("""{"openFlowTls": {"certificate": "/nowhere.pem", "key": "/nowhere.pem"}}""", "openFlowTls.clientAuthority: is missing; add it")]
    [InlineData("""{"openFlowSessions": {"role": "king"}}""", "openFlowSessions.role: \"king\" is unknown; write \"master\", \"slave\", \"equal\", or \"none\"")]
    [InlineData("""{"openFlowSessions": {"versions": ["1.2"]}}""", "openFlowSessions.versions: \"1.2\" is not spoken here; write some of 1.0, 1.3")]
    [InlineData("""{"openFlowSessions": {"versions": []}}""", "openFlowSessions.versions: names none")]
    [InlineData("""{"openFlowSessions": {"takeOver": "yes"}}""", "openFlowSessions.takeOver: is \"yes\"; write true or false")]
    [InlineData("""{"openFlowSessions": {"duplicates": "merge"}}""", "openFlowSessions.duplicates: \"merge\" is unknown; write \"keep\" or \"replace\"")]
    [InlineData("""{"openFlowSessions": {"handshakes": 0}}""", "openFlowSessions.handshakes: is 0; write a whole number from 1 to 65535")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "connect": "ssl:h:1"}]}""", "\"br0\" is connected to by ssl:, but openFlowTls is missing")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "certificate": "x"}]}""", "\"br0\" names a certificate but is not spoken with by TLS")]
    [InlineData("{", "line 1, column 2: is no JSON")]
    [InlineData("[]", "holds no JSON object")]
    [InlineData("""{"grpc": "a", "grpc": "b"}""", "is no JSON")]
    [InlineData("""{"Grpc": "127.0.0.1:1"}""", "Grpc: is not a key here; write grpc")]
    [InlineData("""{"colour": 1}""", "colour: is not a key here; known are grpc, rest")]
    [InlineData("""{"grpc": 7}""", "grpc: is 7; write a string or an array of strings")]
    [InlineData("""{"grpc": "nowhere"}""", "grpc: \"nowhere\" is no address")]
    [InlineData("""{"grpc": "127.0.0.1:http"}""", "is no TCP port; write a number from 0 to 65535")]
    [InlineData("""{"grpc": "::1:80"}""", "write an IPv6 address in brackets")]
    [InlineData("""{"grpc": "example.org:80"}""", "is no IP address to listen on")]
    [InlineData("""{"grpc": "unix:relative"}""", "is no absolute path")]
    [InlineData("""{"grpc": []}""", "grpc: names no address")]
    [InlineData("""{"grpc": "127.0.0.1:1", "rest": "127.0.0.1:1"}""", "127.0.0.1:1 is used twice")]
    [InlineData("""{"database": ""}""", "database: is empty")]
    [InlineData("""{"tls": {"certificate": "/nowhere.pem"}}""", "tls.key: is missing; add it")]
    [InlineData("""{"tls": {"certificate": "/nowhere.pem", "key": "/k"}}""", "tls.certificate: there is no file /nowhere.pem")]
    [InlineData("""{"timings": {"drainSeconds": 61}}""", "timings.drainSeconds: is 61; write seconds as a number from 0 to 60")]
    [InlineData("""{"switches": {}}""", "switches: is an object; write an array of objects")]
    [InlineData("""{"switches": [3]}""", "switches[0]: is 3; write an object")]
    [InlineData("""{"switches": [{"datapathId": "1"}]}""", "switches[0].name: is missing")]
    [InlineData("""{"switches": [{"name": "br 0", "datapathId": "1"}]}""", "switches[0].name: \"br 0\" is no name")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "12345678901234567"}]}""", "switches[0].datapathId:")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "tagging": "vxlan"}]}""", "switches[0].tagging: \"vxlan\" is unknown; write \"vlan\", \"mac\", \"qinq\", \"mpls\", \"dscp\"")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "links": [{"port": 1, "server": "s1", "peer": "x"}]}]}""", "a link is a port from 1 to 65279 and what is there")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "links": [{"port": 1, "server": "s1"}, {"port": 1, "peer": "x"}]}]}""", "1 has another link already; a port has one")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1", "driftPolicy": "ignore"}]}""", "switches[0].driftPolicy: \"ignore\" is unknown; write \"repair\" or \"alarm\"")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1"}, {"name": "br0", "datapathId": "2"}]}""", "the name \"br0\" is used twice")]
    [InlineData("""{"switches": [{"name": "br0", "datapathId": "1"}, {"name": "br1", "datapathId": "1"}]}""", "br0 and br1 have the same datapathId")]
    public void A_wrong_file_is_answered_with_file_key_and_what_would_be_right(string json, string expected)
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<ConfigurationException>(() => Load(folder, json));

        Assert.Contains(error.Problems, problem => problem.StartsWith(folder["c.json"], StringComparison.Ordinal) && problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<ConfigurationException>(() => Load(folder, """{"grpc": "x", "database": 1, "what": 2, "switches": [{}]}"""));

        Assert.Equal(5, error.Problems.Count);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load("/nowhere/c.json", new ConfigurationOverrides()));

        Assert.StartsWith("/nowhere/c.json: cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_outrank_the_environment_and_the_environment_the_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], """{"grpc": "127.0.0.1:1", "rest": "127.0.0.1:2", "database": "file.db", "openFlow": "127.0.0.1:3"}""");
        var overrides = ConfigurationOverrides.From(
            name => name == "grpc" ? "127.0.0.1:11,unix:/x" : name == "openflow" ? "none" : null,
            name => name switch { "METRON_CONTROLLER_GRPC" => "127.0.0.1:21", "METRON_CONTROLLER_REST" => "none", _ => null });

        var configuration = ConfigurationLoader.Load(folder["c.json"], overrides);

        Assert.Equal([ListenAddress.Tcp("127.0.0.1", 11), ListenAddress.Unix("/x")], configuration.Grpc);
        Assert.Empty(configuration.Rest);
        Assert.Equal("file.db", configuration.Database);
        Assert.Null(configuration.OpenFlow);
    }

    [Fact]
    public void A_wrong_override_is_named_by_its_option_or_variable()
    {
        var overrides = ConfigurationOverrides.From(
            name => name == "grpc" ? "here" : null, name => name == "METRON_CONTROLLER_REST" ? "there" : null);

        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load(null, overrides));

        Assert.StartsWith("option --grpc: \"here\" is no address", error.Problems[0], StringComparison.Ordinal);
        Assert.StartsWith("environment METRON_CONTROLLER_REST: \"there\" is no address", error.Problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_switch_that_could_never_connect_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["c.json"], """{"switches": [{"name": "br0", "datapathId": "1"}]}""");
        var overrides = ConfigurationOverrides.From(name => name == "openflow" ? "none" : null, _ => null);

        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load(folder["c.json"], overrides));

        Assert.Contains("\"br0\" could never connect", error.Message, StringComparison.Ordinal);
    }

    private static ControllerConfiguration Load(TemporaryFolder folder, string json)
    {
        File.WriteAllText(folder["c.json"], json);
        return ConfigurationLoader.Load(folder["c.json"], new ConfigurationOverrides());
    }
}
