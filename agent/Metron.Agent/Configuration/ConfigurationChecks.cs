using System.Globalization;

namespace Metron.Agent.Configuration;

/// <summary>Checks what only shows when the keys of a configuration are looked at together.</summary>
internal static class ConfigurationChecks
{
    private const int Burst = 64;

    /// <summary>Notes every problem.</summary>
    public static void Check(AgentConfiguration configuration, IReadOnlyList<int> allowedCores, ConfigurationProblems problems)
    {
        CheckAddress(configuration, problems);
        CheckPorts(configuration, problems);
        CheckWorkers(configuration, allowedCores, problems);
        CheckAppliances(configuration, problems);
        CheckBalancing(configuration, allowedCores, problems);
        CheckMbufs(configuration, problems);
    }

    private static void CheckAppliances(AgentConfiguration configuration, ConfigurationProblems problems)
    {
        var devices = configuration.Ports.Select(port => PciAddress.PortName(port.Device)).ToHashSet(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, appliance) in Indexed(configuration.Appliances))
        {
            if (!names.Add(appliance.Name))
            {
                problems.Add(Key("appliances", index, "name"), $"{appliance.Name} is given twice; write all interfaces of an appliance in one place");
            }

            var workers = new HashSet<int>();
            foreach (var (number, pair) in Indexed(appliance.Interfaces))
            {
                var key = Key("appliances", index, Key("interfaces", number));
                if (pair.Worker >= configuration.Workers.Count)
                {
                    problems.Add($"{key}.worker", string.Create(CultureInfo.InvariantCulture, $"there is no worker {pair.Worker}; there are {configuration.Workers.Count}, counted from 0"));
                }
                else if (!workers.Add(pair.Worker))
                {
                    problems.Add($"{key}.worker", string.Create(CultureInfo.InvariantCulture, $"worker {pair.Worker} has interfaces to {appliance.Name} already"));
                }

                foreach (var (side, device) in new[] { ("inside", pair.Inside), ("outside", pair.Outside) })
                {
                    if (!devices.Add(PciAddress.PortName(device)))
                    {
                        problems.Add($"{key}.{side}", $"the device {PciAddress.PortName(device)} is given twice; every interface has a device of its own");
                    }
                }
            }
        }
    }

    private static void CheckAddress(AgentConfiguration configuration, ConfigurationProblems problems)
    {
        var tls = configuration.Tls;
        if (!configuration.Controller.IsEncrypted && (tls.Authority ?? tls.Certificate) is not null)
        {
            problems.Add("tls", $"has no effect with {configuration.Controller}; write an https:// address, or leave tls out");
        }
    }

    private static void CheckPorts(AgentConfiguration configuration, ConfigurationProblems problems)
    {
        foreach (var twice in Indexed(configuration.Ports).GroupBy(port => PciAddress.PortName(port.Value.Device)).Where(group => group.Count() > 1))
        {
            problems.Add(
                Key("ports", twice.Last().Index, "device"),
                $"the device {twice.Key} is given twice; name virtual devices apart, such as net_af_packet0 and net_af_packet1");
        }

        var attached = Indexed(configuration.Ports).Where(port => port.Value.Switch.Length > 0);
        foreach (var twice in attached.GroupBy(port => (port.Value.Switch, port.Value.SwitchPort)).Where(group => group.Count() > 1))
        {
            problems.Add(
                Key("ports", twice.Last().Index, "switchPort"),
                string.Create(CultureInfo.InvariantCulture, $"port {twice.Key.SwitchPort} of switch {twice.Key.Switch} is given twice; each port is attached to one of its own"));
        }

        foreach (var (index, port) in Indexed(configuration.Ports))
        {
            var workers = Indexed(configuration.Workers).Where(worker => worker.Value.Port == index).Select(worker => worker.Index).ToList();
            if (workers.Count == 0)
            {
                problems.Add(Key("ports", index), "has no worker; add one to workers, or leave the port out");
            }
            else if (workers.Count > 1 && port.Dispatch == Dispatch.PortPerWorker)
            {
                problems.Add(
                    Key("ports", index, "dispatch"),
                    $"is port-per-worker, but workers {string.Join(" and ", workers)} share the port; give each worker a port, or write queue-per-worker");
            }
        }
    }

    private static void CheckBalancing(AgentConfiguration configuration, IReadOnlyList<int> allowedCores, ConfigurationProblems problems)
    {
        foreach (var (index, port) in Indexed(configuration.Ports).Where(port => port.Value.Dispatch == Dispatch.FlowGroups && configuration.Ports.Count > 1))
        {
            problems.Add(Key("ports", index, "dispatch"), "is flow-groups, but there are other ports; a server that balances has one port");
            break;
        }

        if (configuration.Balancing is not { } balancing)
        {
            return;
        }

        if (configuration.Ports.All(port => port.Dispatch != Dispatch.FlowGroups))
        {
            problems.Add("balancing", "has no effect, as no port dispatches by flow groups; write \"dispatch\": \"flow-groups\" in ports, or leave balancing out");
        }

        if (configuration.Appliances.Count > 0)
        {
            problems.Add("balancing", "does not go with appliances, whose interfaces belong to one worker each; write another dispatch in ports, or leave appliances out");
        }

        if (balancing.NicCore >= 0 && !allowedCores.Contains(balancing.NicCore))
        {
            problems.Add(
                "balancing.nicCore",
                string.Create(CultureInfo.InvariantCulture, $"CPU {balancing.NicCore} is not there, or the process may not use it; write one of {string.Join(", ", allowedCores)}"));
        }

        foreach (var (key, value) in new[] { ("minimumWorkers", balancing.MinimumWorkers), ("maximumWorkers", balancing.MaximumWorkers) })
        {
            if (value > configuration.Workers.Count)
            {
                problems.Add($"balancing.{key}", string.Create(CultureInfo.InvariantCulture, $"is {value}, but there are {configuration.Workers.Count} workers; write at most that"));
            }
        }
    }

    private static void CheckWorkers(AgentConfiguration configuration, IReadOnlyList<int> allowedCores, ConfigurationProblems problems)
    {
        foreach (var (index, worker) in Indexed(configuration.Workers))
        {
            if (!allowedCores.Contains(worker.Core))
            {
                problems.Add(
                    Key("workers", index, "core"),
                    string.Create(CultureInfo.InvariantCulture, $"CPU {worker.Core} is not there, or the process may not use it; write one of {string.Join(", ", allowedCores)}"));
            }

            if (worker.Port >= configuration.Ports.Count)
            {
                problems.Add(
                    Key("workers", index, "port"),
                    string.Create(CultureInfo.InvariantCulture, $"there is no port {worker.Port}; ports are counted from 0 in their order, so write at most {configuration.Ports.Count - 1}"));
                continue;
            }

            var queues = configuration.QueuesOf(worker.Port);
            if (worker.Queue >= queues)
            {
                problems.Add(
                    Key("workers", index, "queue"),
                    string.Create(CultureInfo.InvariantCulture, $"port {worker.Port} has {queues} workers and so queues 0 to {queues - 1}; write one of them"));
            }
        }

        foreach (var twice in Indexed(configuration.Workers).GroupBy(worker => (worker.Value.Port, worker.Value.Queue)).Where(group => group.Count() > 1))
        {
            problems.Add(
                Key("workers", twice.Last().Index, "queue"),
                string.Create(CultureInfo.InvariantCulture, $"queue {twice.Key.Queue} of port {twice.Key.Port} has two workers; each has one of its own"));
        }
    }

    private static void CheckMbufs(AgentConfiguration configuration, ConfigurationProblems problems)
    {
        var mbufs = configuration.Mbufs;
        var inQueues = Indexed(configuration.Ports)
            .Sum(port => (long)configuration.QueuesOf(port.Index) * (port.Value.ReceiveDescriptors + port.Value.TransmitDescriptors));
        inQueues += configuration.Ports.Where(port => port.Dispatch == Dispatch.FlowGroups).Sum(port => (long)port.ReceiveDescriptors + port.TransmitDescriptors);
        inQueues += configuration.Appliances.Sum(appliance => (long)appliance.Interfaces.Count * 4 * appliance.Descriptors);
        var needed = inQueues + (configuration.Workers.Count * (mbufs.Cache + Burst));
        if (mbufs.Count < needed)
        {
            problems.Add(
                "mbufs.count",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mbufs.Count} is too few: descriptors and caches can hold {needed}, and then nothing would be received; write at least that, or fewer descriptors"));
        }

        if (mbufs.Cache * 3 > mbufs.Count * 2)
        {
            problems.Add("mbufs.cache", string.Create(CultureInfo.InvariantCulture, $"{mbufs.Cache} is more than two thirds of mbufs.count; write a smaller one"));
        }
    }

    private static IEnumerable<(int Index, T Value)> Indexed<T>(IEnumerable<T> values) => values.Select((value, index) => (index, value));

    private static string Key(string array, int index, string? key = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{array}[{index}]{(key is null ? string.Empty : ".")}{key}");
}
