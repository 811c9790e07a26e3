using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Metron.Controller.Store;
using Metron.NetworkFunctions.Chains;

namespace Metron.Controller.Configuration;

/// <summary>Reads the configuration: options of the command line over environment variables over the file over the defaults.</summary>
public static partial class ConfigurationLoader
{
    private const int LargestFileInBytes = 1 << 20;
    private const int LastPort = 65279;
    private const string TlsPrefix = "ssl:";

    /// <summary>Reads and checks the configuration.</summary>
    /// <param name="file">Path of the JSON file; null for none.</param>
    /// <param name="overrides">Values from the environment and the command line.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the message names every problem with its place.</exception>
    public static ControllerConfiguration Load(string? file, ConfigurationOverrides overrides)
    {
        var problems = new ConfigurationProblems();
        var configuration = new ControllerConfiguration();
        if (file is not null)
        {
            configuration = ReadFile(file, configuration, problems);
        }

        configuration = overrides.Apply(configuration, problems);
        if (problems.All.Count == 0)
        {
            CheckAsAWhole(configuration, file ?? "configuration", problems);
        }

        return problems.All.Count == 0 ? configuration : throw new ConfigurationException(problems.All);
    }

    /// <summary>Reads the addresses of a list and notes what is wrong with them.</summary>
    internal static IReadOnlyList<ListenAddress> Addresses(IEnumerable<string> texts, string place, bool listen, ConfigurationProblems problems)
    {
        var addresses = new List<ListenAddress>();
        foreach (var text in texts)
        {
            if (ListenAddress.TryParse(text, out var address) is { } problem)
            {
                problems.Add(place, problem);
            }
            else if (listen && address!.UnixPath is null && address.ToIPAddress() is null)
            {
                problems.Add(place, $"\"{address.Host}\" is no IP address to listen on; write one of this machine, 127.0.0.1 or *");
            }
            else
            {
                addresses.Add(address!);
            }
        }

        return addresses;
    }

    private static ControllerConfiguration ReadFile(string file, ControllerConfiguration defaults, ConfigurationProblems problems)
    {
        if (!TryParse(file, problems, out var document))
        {
            return defaults;
        }

        using (document)
        {
            if (document!.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add(file, "holds no JSON object; write { … }");
                return defaults;
            }

            return ReadRoot(new JsonSection(document.RootElement, file, string.Empty, problems), defaults, problems);
        }
    }

    private static bool TryParse(string file, ConfigurationProblems problems, out JsonDocument? document)
    {
        document = null;
        try
        {
            var size = new FileInfo(file).Length;
            if (size > LargestFileInBytes)
            {
                problems.Add(file, $"has {size} bytes; a configuration has at most {LargestFileInBytes}");
                return false;
            }

            document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            });
            return true;
        }
        catch (JsonException error)
        {
            var position = error.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, column {error.BytePositionInLine + 1}: ")
                : string.Empty;
            var message = error.Message.Split(" LineNumber:", 2)[0];
            problems.Add(file, $"{position}is no JSON: {message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(file, $"cannot be read: {error.Message}");
        }

        return false;
    }

    private static ControllerConfiguration ReadRoot(JsonSection root, ControllerConfiguration defaults, ConfigurationProblems problems)
    {
        var configuration = defaults;
        if (root.Strings("grpc") is { } grpc)
        {
            configuration = configuration with { Grpc = Addresses(grpc, root.Place("grpc"), listen: true, problems) };
        }

        if (root.Strings("rest") is { } rest)
        {
            configuration = configuration with { Rest = Addresses(rest, root.Place("rest"), listen: true, problems) };
        }

        if (root.String("database") is { } database)
        {
            configuration = configuration with { Database = database };
        }

        if (root.Strings("openFlow") is { } openFlow)
        {
            if (openFlow.Count > 1)
            {
                root.Problem("openFlow", "names several addresses; write one");
            }

            configuration = configuration with { OpenFlow = Addresses(openFlow, root.Place("openFlow"), listen: true, problems) is [var only, ..] ? only : null };
        }

        configuration = configuration with
        {
            Tls = root.Section("tls") is { } tls ? ReadTls(tls) : null,
            OpenFlowTls = root.Section("openFlowTls") is { } openFlowTls ? ReadTls(openFlowTls, isMutual: true) : null,
            OpenFlowSessions = root.Section("openFlowSessions") is { } sessions ? SwitchSessionSettings.Read(sessions) : configuration.OpenFlowSessions,
            Timings = root.Section("timings") is { } timings ? ReadTimings(timings) : configuration.Timings,
            History = root.Section("history") is { } history ? ReadHistory(history) : configuration.History,
            Switches = ReadSwitches(root, problems),
        };
        root.RejectTheRest();
        return configuration;
    }

    private static TlsFiles? ReadTls(JsonSection tls, bool isMutual = false)
    {
        var certificate = tls.String("certificate", required: true);
        var key = tls.String("key", required: true);
        var authority = tls.String("clientAuthority", required: isMutual);
        tls.RejectTheRest();
        foreach (var (name, path) in new[] { ("certificate", certificate), ("key", key), ("clientAuthority", authority) })
        {
            if (path is not null && !File.Exists(path))
            {
                tls.Problem(name, $"there is no file {path}; write the path of a PEM file");
            }
        }

        return certificate is null || key is null || (isMutual && authority is null) ? null : new TlsFiles(certificate, key, authority);
    }

    private static ControllerTimings ReadTimings(JsonSection section)
    {
        var defaults = new ControllerTimings();
        var timings = new ControllerTimings
        {
            ReconcileInterval = section.Seconds("reconcileSeconds", 0.1, 3600) ?? defaults.ReconcileInterval,
            Drain = section.Seconds("drainSeconds", 0, 60) ?? defaults.Drain,
            AnswerTimeout = section.Seconds("answerSeconds", 0.1, 600) ?? defaults.AnswerTimeout,
            ForgetServerAfter = section.Seconds("forgetServerSeconds", 0, 604_800) ?? defaults.ForgetServerAfter,
            Verification = section.Seconds("verifySeconds", 0, 600) ?? defaults.Verification,
            LoadInterval = section.Seconds("loadSeconds", 1, 3600) ?? defaults.LoadInterval,
            ServerLoss = section.Seconds("serverLossSeconds", 0.15, 3600) ?? defaults.ServerLoss,
            OffloadReview = section.Seconds("offloadReviewSeconds", 0, 86_400) ?? defaults.OffloadReview,
            ServerGrace = section.Seconds("serverGraceSeconds", 0, 3600) ?? defaults.ServerGrace,
        };
        section.RejectTheRest();
        return timings;
    }

    private static HistoryLimits ReadHistory(JsonSection section)
    {
        var defaults = new HistoryLimits();
        var limits = new HistoryLimits
        {
            Revisions = section.Integer("revisions", 1, 10_000) ?? defaults.Revisions,
            DeletedChains = section.Integer("deletedChains", 0, 100_000) ?? defaults.DeletedChains,
        };
        section.RejectTheRest();
        return limits;
    }

    private static List<ConfiguredSwitch> ReadSwitches(JsonSection root, ConfigurationProblems problems)
    {
        var switches = new List<ConfiguredSwitch>();
        foreach (var section in root.Sections("switches"))
        {
            var name = section.String("name", required: true);
            if (name is not null && !NamePattern().IsMatch(name))
            {
                section.Problem("name", $"\"{name}\" is no name; write a letter, then letters, digits and -_., at most 63 characters");
            }

            var datapathId = ReadDatapathId(section);
            var tagging = ReadTagging(section);
            var drift = ReadDriftPolicy(section);
            ListenAddress? connect = null;
            var byTls = false;
            if (section.String("connect") is { } text)
            {
                byTls = text.StartsWith(TlsPrefix, StringComparison.Ordinal);
                text = byTls ? text[TlsPrefix.Length..] : text;
                connect = Addresses([text], section.Place("connect"), listen: false, problems) is [var only, ..] ? only : null;
            }

            var links = ReadLinks(section);
            var usesMeters = section.Boolean("meters") ?? false;
            var certificate = section.String("certificate");
            var role = SwitchSessionSettings.ReadRole(section);
            var profile = ProfileSetting.Read(section);
            section.RejectTheRest();
            if (name is not null && datapathId is not null && tagging is not null)
            {
                switches.Add(new ConfiguredSwitch(name, datapathId.Value, tagging.Value, connect)
                {
                    ConnectsByTls = byTls,
                    Certificate = certificate,
                    Role = role,
                    DriftPolicy = drift,
                    Profile = profile,
                    UsesMeters = usesMeters,
                    Links = [.. links],
                });
            }
        }

        return switches;
    }

    private static ulong? ReadDatapathId(JsonSection section)
    {
        if (section.String("datapathId", required: true) is not { } text)
        {
            return null;
        }

        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text.Replace(":", string.Empty, StringComparison.Ordinal);
        if (digits.Length is > 0 and <= 16 && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id))
        {
            return id;
        }

        section.Problem("datapathId", $"\"{text}\" is no datapath id; write up to 16 hexadecimal digits, as `ovs-vsctl get bridge br0 datapath_id` shows them");
        return null;
    }

    private static List<ConfiguredLink> ReadLinks(JsonSection section)
    {
        var links = new List<ConfiguredLink>();
        foreach (var link in section.Sections("links"))
        {
            var port = link.Integer("port", 1, LastPort);
            var (server, peer) = (link.String("server"), link.String("peer"));
            link.RejectTheRest();
            if (port is null || server is null == peer is null)
            {
                link.Problem("port", "a link is a port from 1 to 65279 and what is there: write {\"port\": 101, \"server\": \"s1\"} or {\"port\": 2, \"peer\": \"core router\"}");
            }
            else if (links.Exists(other => other.Port == port))
            {
                link.Problem("port", $"{port} has another link already; a port has one");
            }
            else
            {
                links.Add(new ConfiguredLink((uint)port, server, peer));
            }
        }

        return links;
    }

    private static TagKind? ReadTagging(JsonSection section)
    {
        var name = section.String("tagging") ?? TagRange.Of(TagKind.Vlan).Name;
        if (TagRange.Named(name) is { } range)
        {
            return range.Kind;
        }

        section.Problem("tagging", $"\"{name}\" is unknown; write {string.Join(", ", TagRange.All.Select(known => $"\"{known.Name}\""))}");
        return null;
    }

    private static DriftPolicy ReadDriftPolicy(JsonSection section)
    {
        switch (section.String("driftPolicy"))
        {
            case null or "repair":
                return DriftPolicy.Repair;
            case "alarm":
                return DriftPolicy.Alarm;
            case var other:
                section.Problem("driftPolicy", $"\"{other}\" is unknown; write \"repair\" or \"alarm\"");
                return DriftPolicy.Repair;
        }
    }

    private static void CheckAsAWhole(ControllerConfiguration configuration, string place, ConfigurationProblems problems)
    {
        if (configuration.Grpc.Count == 0)
        {
            problems.Add($"{place}: grpc", "names no address; agents and operators could not connect. Write \"127.0.0.1:7080\"");
        }

        var listening = configuration.Grpc.Concat(configuration.Rest).Concat(configuration.OpenFlow is { } openFlow ? [openFlow] : []);
        foreach (var twice in listening.Where(address => address.Port != 0 || address.UnixPath is not null).GroupBy(a => a).Where(g => g.Count() > 1))
        {
            problems.Add(place, $"{twice.Key} is used twice among grpc, rest and openFlow; give each an own address");
        }

        foreach (var twice in configuration.Switches.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"{place}: switches", $"the name \"{twice.Key}\" is used twice; names are unique");
        }

        foreach (var twice in configuration.Switches.GroupBy(s => s.DatapathId).Where(g => g.Count() > 1))
        {
            problems.Add($"{place}: switches", $"{string.Join(" and ", twice.Select(s => s.Name))} have the same datapathId {twice.Key:x16}; it tells switches apart");
        }

        foreach (var passive in configuration.Switches.Where(s => s.Connect is null && configuration.OpenFlow is null))
        {
            problems.Add($"{place}: switches", $"\"{passive.Name}\" could never connect: set openFlow to listen on, or connect to reach it at");
        }

        CheckTlsOfSwitches(configuration, place, problems);
    }

    private static void CheckTlsOfSwitches(ControllerConfiguration configuration, string place, ConfigurationProblems problems)
    {
        foreach (var secure in configuration.Switches.Where(s => s.ConnectsByTls && configuration.OpenFlowTls is null))
        {
            problems.Add($"{place}: switches", $"\"{secure.Name}\" is connected to by ssl:, but openFlowTls is missing; add it with certificate, key and clientAuthority");
        }

        foreach (var pinned in configuration.Switches.Where(s => s.Certificate is not null && (configuration.OpenFlowTls is null || (s.Connect is not null && !s.ConnectsByTls))))
        {
            problems.Add($"{place}: switches", $"\"{pinned.Name}\" names a certificate but is not spoken with by TLS; add openFlowTls, and write connect as ssl:host:port");
        }
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9._-]{0,62}$")]
    private static partial Regex NamePattern();
}
