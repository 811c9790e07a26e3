using Metron.Agent.Configuration;
using Metron.Agent.Programs;
using Metron.Dpdk;
using Metron.NetworkFunctions.Chains;

namespace Metron.Agent.Server;

/// <summary>
/// Rules in the devices of ports that several workers share (<see cref="Dispatch.QueuePerWorker"/>). A worker with a port of its own needs none:
/// the switch outputs there.
/// </summary>
internal sealed class DeviceTagRules : ITagRules, IDisposable
{
    /// <summary>The first three octets of a tag's MAC address: 02:4d:54.</summary>
    private const ulong TagMacPrefix = 0x024d_5400_0000;

    private readonly IReadOnlyList<WorkerConfiguration> _workers;
    private readonly Dictionary<int, FlowRules> _rulesByPort = [];

    /// <param name="configuration">Ports and workers.</param>
    /// <param name="devices">The started devices, by the ports' indices.</param>
    /// <exception cref="ConfigurationException">A device that several workers share has no rules.</exception>
    public DeviceTagRules(AgentConfiguration configuration, IReadOnlyList<EthernetDevice> devices)
    {
        _workers = configuration.Workers;
        for (var port = 0; port < devices.Count; port++)
        {
            if (configuration.Ports[port].Dispatch == Dispatch.QueuePerWorker && configuration.QueuesOf(port) > 1)
            {
                var rules = new FlowRules(devices[port]);
                CheckThatTheDeviceCan(rules, port, configuration.QueuesOf(port));
                _rulesByPort.Add(port, rules);
            }
        }
    }

    /// <inheritdoc/>
    public void Add(ResidualProgram program)
    {
        var made = new List<(FlowRules Rules, FlowMatch Match)>();
        try
        {
            foreach (var (rules, match, queue) in RulesOf(program))
            {
                rules.Add(match, queue);
                made.Add((rules, match));
            }
        }
        catch (DpdkException)
        {
            made.ForEach(rule => rule.Rules.Remove(rule.Match));
            throw;
        }
    }

    /// <inheritdoc/>
    public void Remove(ResidualProgram program)
    {
        foreach (var (rules, match, _) in RulesOf(program))
        {
            rules.Remove(match);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rules in _rulesByPort.Values)
        {
            rules.Dispose();
        }
    }

    /// <summary>The match of a tag.</summary>
    /// <exception cref="DpdkException">Devices are not asked for rules about tags of the kind.</exception>
    internal static FlowMatch MatchOf(TagKind kind, uint tag) => kind switch
    {
        TagKind.Vlan => FlowMatch.Vlan((ushort)tag),
        TagKind.Mac => FlowMatch.DestinationMac(TagMacPrefix | tag),
        _ => throw new DpdkException(
            $"several workers share a port by rules about tags, which are made for vlan and mac, not for {TagRange.Of(kind).Name}; give each worker a port, or let flow groups be balanced"),
    };

    private static void CheckThatTheDeviceCan(FlowRules rules, int port, int workers)
    {
        if (rules.CanAdd(MatchOf(TagKind.Vlan, 1), workers - 1, out var reason) || rules.CanAdd(MatchOf(TagKind.Mac, 1), workers - 1, out _))
        {
            return;
        }

        throw new ConfigurationException(
        [
            $"ports[{port}].dispatch: is queue-per-worker for {workers} workers, but the device cannot lead tags to queues: {reason}. "
            + "Give each worker a port of its own and write port-per-worker, or leave one worker on this port",
        ]);
    }

    private IEnumerable<(FlowRules Rules, FlowMatch Match, int Queue)> RulesOf(ResidualProgram program) =>
        from tag in program.IngressTags
        let worker = _workers[tag.Worker]
        where _rulesByPort.ContainsKey(worker.Port)
        select (_rulesByPort[worker.Port], MatchOf(program.TagKind, tag.Value), worker.Queue);
}
