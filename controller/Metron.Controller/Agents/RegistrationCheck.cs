using System.Text.RegularExpressions;
using Google.Rpc;

namespace Metron.Controller.Agents;

/// <summary>Says what is wrong with a registration, so that nothing later has to doubt it.</summary>
internal static partial class RegistrationCheck
{
    private const int MostPorts = 1024;
    private const int MostWorkers = 1024;
    private const int MostDeployedChains = 100_000;

    /// <summary>Flow groups have tags of their own at every endpoint: more would use up those of a switch.</summary>
    private const int MostFlowGroups = 1024;

    private const string FlowGroups = "flow-groups";

    /// <summary>Every problem by field; none when the registration can be taken.</summary>
    public static IReadOnlyList<BadRequest.Types.FieldViolation> Problems(V1.Registration registration)
    {
        var problems = new List<BadRequest.Types.FieldViolation>();
        void Add(string field, string description) =>
            problems.Add(new BadRequest.Types.FieldViolation { Field = $"registration.{field}", Description = description });

        if (!NamePattern().IsMatch(registration.Server))
        {
            Add("server", $"\"{Shorten(registration.Server)}\" is no name; use letters, digits and -_. beginning with a letter or digit, at most 253");
        }

        if (registration.Resources is not { } resources)
        {
            Add("resources", "is missing; say what the server has");
            return problems;
        }

        if (resources.Ports.Count > MostPorts || resources.Workers.Count > MostWorkers || registration.DeployedChains.Count > MostDeployedChains)
        {
            Add("resources", $"is too large; at most {MostPorts} ports, {MostWorkers} workers and {MostDeployedChains} deployed chains");
            return problems;
        }

        CheckPorts(resources, Add);
        CheckWorkers(resources, Add);
        CheckDeployed(registration, Add);
        return problems;
    }

    private static void CheckPorts(V1.ServerResources resources, Action<string, string> add)
    {
        var seen = new HashSet<uint>();
        for (var i = 0; i < resources.Ports.Count; i++)
        {
            var port = resources.Ports[i];
            if (!seen.Add(port.Index))
            {
                add($"resources.ports[{i}].index", $"{port.Index} is given twice");
            }

            if (port.Switch.Length > 0 && port.SwitchPort is 0 or >= 0xffffff00)
            {
                add($"resources.ports[{i}].switch_port", $"{port.SwitchPort} is no port number; write the OpenFlow port on {port.Switch}, from 1");
            }

            if (port.Dispatch is not ("port-per-worker" or "queue-per-worker" or FlowGroups))
            {
                add($"resources.ports[{i}].dispatch", $"\"{Shorten(port.Dispatch)}\" is unknown; use port-per-worker, queue-per-worker or {FlowGroups}");
            }
            else if (port.Dispatch == FlowGroups && (resources.FlowGroups == 0 || resources.Ports.Count > 1))
            {
                add($"resources.ports[{i}].dispatch", $"is {FlowGroups}; then flow_groups says how many there are, and there is one port");
            }
        }

        if (resources.FlowGroups > MostFlowGroups || (resources.FlowGroups & (resources.FlowGroups - 1)) != 0)
        {
            add("resources.flow_groups", $"{resources.FlowGroups} is no power of two up to {MostFlowGroups}");
        }
        else if (resources.FlowGroups > 0 && resources.Ports.Any(port => port.Dispatch != FlowGroups))
        {
            add("resources.flow_groups", $"is {resources.FlowGroups}, but there is a port that does not dispatch by {FlowGroups}");
        }
    }

    private static void CheckWorkers(V1.ServerResources resources, Action<string, string> add)
    {
        var ports = resources.Ports.Select(port => port.Index).ToHashSet();
        var seen = new HashSet<uint>();
        var queues = new HashSet<(uint Port, uint Queue)>();
        for (var i = 0; i < resources.Workers.Count; i++)
        {
            var worker = resources.Workers[i];
            if (!seen.Add(worker.Index))
            {
                add($"resources.workers[{i}].index", $"{worker.Index} is given twice");
            }

            if (!ports.Contains(worker.Port))
            {
                add($"resources.workers[{i}].port", $"there is no port {worker.Port}");
            }
            else if (!queues.Add((worker.Port, worker.Queue)))
            {
                add($"resources.workers[{i}].queue", $"queue {worker.Queue} of port {worker.Port} has two workers; each has its own");
            }
        }
    }

    private static void CheckDeployed(V1.Registration registration, Action<string, string> add)
    {
        var seen = new HashSet<(string Chain, long Revision)>();
        for (var i = 0; i < registration.DeployedChains.Count; i++)
        {
            var chain = registration.DeployedChains[i];
            if (chain.Chain.Length == 0 || !seen.Add((chain.Chain, chain.Revision)))
            {
                add($"deployed_chains[{i}]", "has no name or is given twice");
            }
        }
    }

    private static string Shorten(string text) => text.Length <= 64 ? text : $"{text[..64]}…";

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$")]
    private static partial Regex NamePattern();
}
