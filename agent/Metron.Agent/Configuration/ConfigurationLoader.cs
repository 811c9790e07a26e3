using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Metron.Agent.Configuration;

/// <summary>Reads and checks the configuration file: JSON with comments. Every problem is told at once.</summary>
internal static partial class ConfigurationLoader
{
    private const long LargestFileInBytes = 1 << 20;
    private const int MostPorts = 32;
    private const int MostWorkers = 127;

    /// <summary>Reads a file.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="allowedCores">CPUs that workers may be pinned to.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or something in it is wrong.</exception>
    public static AgentConfiguration Load(string file, IReadOnlyList<int> allowedCores)
    {
        var problems = new ConfigurationProblems(file);
        if (TryParse(file, problems) is { } document)
        {
            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    problems.Add(string.Empty, "is no JSON object; write { \"server\": … }");
                }
                else if (ReadRoot(new JsonSection(document.RootElement, string.Empty, problems)) is { } configuration)
                {
                    ConfigurationChecks.Check(configuration, allowedCores, problems);
                    if (problems.All.Count == 0)
                    {
                        return configuration;
                    }
                }
            }
        }

        throw new ConfigurationException(problems.All);
    }

    private static JsonDocument? TryParse(string file, ConfigurationProblems problems)
    {
        try
        {
            var size = new FileInfo(file).Length;
            if (size <= LargestFileInBytes)
            {
                return JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions
                {
                    AllowDuplicateProperties = false,
                    AllowTrailingCommas = true,
                    CommentHandling = JsonCommentHandling.Skip,
                });
            }

            problems.Add(string.Empty, string.Create(CultureInfo.InvariantCulture, $"has {size} bytes; a configuration has at most {LargestFileInBytes}"));
        }
        catch (JsonException error)
        {
            var position = error.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, column {error.BytePositionInLine + 1}: ")
                : string.Empty;
            problems.Add(string.Empty, $"{position}is no JSON: {error.Message.Split(" LineNumber:", 2)[0]}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(string.Empty, $"cannot be read: {error.Message}");
        }

        return null;
    }

    /// <summary>Reads all keys; null when something is missing without which nothing can be checked as a whole.</summary>
    private static AgentConfiguration? ReadRoot(JsonSection root)
    {
        var server = root.String("server", required: true);
        if (server is not null && !NamePattern().IsMatch(server))
        {
            root.Problem("server", $"\"{server}\" is no name; use letters, digits and -_. beginning with a letter or digit, at most 253");
        }

        var address = ReadAddress(root);
        var tls = root.Section("tls", ReadTls);
        var dpdk = root.Section("dpdk", ReadDpdk);
        var mbufs = root.Section("mbufs", ReadMbufs);
        var ports = root.Sections("ports", ReadPort);
        var workers = root.Sections("workers", ReadWorker);
        var appliances = root.Has("appliances") ? root.Sections("appliances", ReadAppliance) : [];
        var limits = root.Section("limits", ReadLimits);
        var idle = root.Section("idle", ReadIdle);
        var sampling = root.Section("sampling", ReadSampling);
        var balancing = root.Section("balancing", BalancingSection.Read);
        var keyDirectory = root.String("keyDirectory");
        var labels = ReadLabels(root);
        root.RejectTheRest();
        if (ports.Count + appliances.Sum(appliance => 2 * (appliance?.Interfaces.Count ?? 0)) > MostPorts || workers.Count > MostWorkers)
        {
            root.Problem("ports", string.Create(CultureInfo.InvariantCulture, $"DPDK has room for {MostPorts} ports and {MostWorkers} workers; write fewer"));
        }

        if (server is null || address is null || ports.Any(port => port is null) || workers.Any(worker => worker is null) || appliances.Any(appliance => appliance is null))
        {
            return null;
        }

        return new AgentConfiguration
        {
            Server = server,
            Labels = labels,
            Controller = address,
            Tls = tls ?? new TlsFiles(null, null, null),
            Dpdk = dpdk ?? new DpdkConfiguration(),
            Mbufs = mbufs ?? new MbufConfiguration(),
            Ports = [.. ports.Select(port => port!)],
            Workers = [.. workers.Select(worker => worker!)],
            Appliances = [.. appliances.Select(appliance => appliance!)],
            Limits = limits ?? new LimitConfiguration(),
            Idle = idle ?? new IdleConfiguration(),
            Sampling = sampling ?? new SamplingConfiguration(),
            Balancing = balancing ?? (ports.Any(port => port!.Dispatch == Dispatch.FlowGroups) ? new BalancingConfiguration() : null),
            KeyDirectory = keyDirectory ?? AgentConfiguration.DefaultKeyDirectory,
        };
    }

    private static Dictionary<string, string> ReadLabels(JsonSection root)
    {
        var labels = root.Texts("labels");
        foreach (var (key, value) in labels)
        {
            if (!LabelKeyPattern().IsMatch(key))
            {
                root.Problem("labels", $"\"{key}\" is no key; use 1-63 letters, digits and -_./");
            }

            if (value.Length > 63 || value.Contains(',', StringComparison.Ordinal) || value.Any(char.IsControl))
            {
                root.Problem("labels", $"the value of \"{key}\" must have at most 63 characters, no commas and no control characters");
            }
        }

        return labels;
    }

    private static ControllerAddress? ReadAddress(JsonSection root)
    {
        if (root.String("controller", required: true) is not { } text)
        {
            return null;
        }

        if (ControllerAddress.TryParse(text, out var address))
        {
            return address;
        }

        root.Problem("controller", $"\"{text}\" is no address; write http://HOST:PORT, https://HOST:PORT or unix:/PATH");
        return null;
    }

    private static TlsFiles ReadTls(JsonSection section)
    {
        var tls = new TlsFiles(section.String("authority"), section.String("certificate"), section.String("key"));
        foreach (var (key, path) in new[] { ("authority", tls.Authority), ("certificate", tls.Certificate), ("key", tls.Key) })
        {
            if (path is not null && !File.Exists(path))
            {
                section.Problem(key, $"there is no file {path}; write the path of a PEM file");
            }
        }

        if (tls.Certificate is null != tls.Key is null)
        {
            section.Problem(tls.Certificate is null ? "certificate" : "key", "is missing; a certificate and its key go together");
        }

        return tls;
    }

    private static DpdkConfiguration ReadDpdk(JsonSection section)
    {
        var defaults = new DpdkConfiguration();
        return new DpdkConfiguration
        {
            HugePages = section.Boolean("hugePages") ?? defaults.HugePages,
            MemoryMegabytes = (int)(section.Number("memoryMegabytes", 16, 1 << 20) ?? 0),
            FilePrefix = section.String("filePrefix"),
            Arguments = section.Strings("arguments") ?? [],
        };
    }

    private static MbufConfiguration ReadMbufs(JsonSection section)
    {
        var defaults = new MbufConfiguration();
        return new MbufConfiguration
        {
            Count = (int)(section.Number("count", 255, 1 << 28) ?? defaults.Count),
            Cache = (int)(section.Number("cache", 0, 512) ?? defaults.Cache),
            Bytes = (int)(section.Number("bytes", 256, 65_535) ?? defaults.Bytes),
        };
    }

    private static PortConfiguration? ReadPort(JsonSection section)
    {
        var device = section.String("device", required: true);
        var port = new PortConfiguration(device ?? string.Empty)
        {
            Switch = section.String("switch") ?? string.Empty,
            SwitchPort = (uint)(section.Number("switchPort", 1, 0xfffffeff) ?? 0),
            Dispatch = ReadDispatch(section),
            Mtu = (int)(section.Number("mtu", 68, 65_535) ?? 0),
            ReceiveDescriptors = (int)(section.Number("receiveDescriptors", 32, 32_768) ?? 1024),
            TransmitDescriptors = (int)(section.Number("transmitDescriptors", 32, 32_768) ?? 1024),
        };
        if (port.Switch.Length == 0 != (port.SwitchPort == 0))
        {
            section.Problem(
                port.SwitchPort == 0 ? "switchPort" : "switch",
                "is missing; write both switch and switchPort, or neither when the port is attached to no switch");
        }

        return device is null ? null : port;
    }

    private static Dispatch ReadDispatch(JsonSection section)
    {
        switch (section.String("dispatch"))
        {
            case null or "port-per-worker":
                return Dispatch.PortPerWorker;
            case "queue-per-worker":
                return Dispatch.QueuePerWorker;
            case "flow-groups":
                return Dispatch.FlowGroups;
            case var other:
                section.Problem("dispatch", $"\"{other}\" is unknown; write port-per-worker, queue-per-worker or flow-groups");
                return Dispatch.PortPerWorker;
        }
    }

    private static WorkerConfiguration? ReadWorker(JsonSection section)
    {
        var core = section.Number("core", 0, 1023, required: true);
        var port = section.Number("port", 0, MostPorts - 1, required: true);
        var queue = section.Number("queue", 0, 1023);
        return core is null || port is null ? null : new WorkerConfiguration((int)core, (int)port, (int)(queue ?? 0));
    }

    private static ApplianceConfiguration? ReadAppliance(JsonSection section)
    {
        var name = section.String("name", required: true);
        if (name is not null && !ApplianceNamePattern().IsMatch(name))
        {
            section.Problem("name", $"\"{name}\" is no name; use lower-case letters, digits and hyphens, beginning with a letter, at most 63");
        }

        var interfaces = section.Sections("interfaces", ReadApplianceDevices);
        var mtu = section.Number("mtu", 68, 65_535);
        var descriptors = section.Number("descriptors", 32, 32_768);
        return name is null || interfaces.Any(pair => pair is null) ? null : new ApplianceConfiguration(name, [.. interfaces.Select(pair => pair!)])
        {
            Mtu = (int)(mtu ?? 0),
            Descriptors = (int)(descriptors ?? 512),
        };
    }

    private static ApplianceDevices? ReadApplianceDevices(JsonSection section)
    {
        var worker = section.Number("worker", 0, MostWorkers - 1, required: true);
        var inside = section.String("inside", required: true);
        var outside = section.String("outside", required: true);
        return worker is null || inside is null || outside is null ? null : new ApplianceDevices((int)worker, inside, outside);
    }

    private static LimitConfiguration ReadLimits(JsonSection section)
    {
        var defaults = new LimitConfiguration();
        return new LimitConfiguration
        {
            FlowsPerWorker = (int)(section.Number("flowsPerWorker", 1024, 1 << 25) ?? defaults.FlowsPerWorker),
            ConnectionsPerFunction = (int)(section.Number("connectionsPerFunction", 16, 1 << 25) ?? defaults.ConnectionsPerFunction),
            TalkersPerMonitor = (int)(section.Number("talkersPerMonitor", 16, 1 << 24) ?? defaults.TalkersPerMonitor),
            FlowIdle = section.Number("flowIdleSeconds", 1, 86_400) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.FlowIdle,
        };
    }

    private static IdleConfiguration ReadIdle(JsonSection section)
    {
        var defaults = new IdleConfiguration();
        return new IdleConfiguration
        {
            Sleep = TimeSpan.FromMicroseconds(section.Number("sleepMicroseconds", 0, 100_000) ?? 0),
            PollsBeforeSleep = (int)(section.Number("pollsBeforeSleep", 1, 1_000_000_000) ?? defaults.PollsBeforeSleep),
        };
    }

    private static SamplingConfiguration ReadSampling(JsonSection section)
    {
        var defaults = new SamplingConfiguration();
        return new SamplingConfiguration { OneIn = (int)(section.Number("oneIn", 0, 1 << 20) ?? defaults.OneIn) };
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z0-9._/-]{1,63}$")]
    private static partial Regex LabelKeyPattern();

    [GeneratedRegex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex ApplianceNamePattern();
}
