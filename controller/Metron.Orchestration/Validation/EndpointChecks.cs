using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Checks endpoints against switches, against each other and against those of other chains.</summary>
internal sealed class EndpointChecks(ChainSpec spec, Inventory inventory, List<Violation> violations)
{
    private readonly List<HeaderMatch> _matches = [.. spec.Endpoints.Select(endpoint => endpoint.Match.ToHeaderMatch())];

    public void Check(IReadOnlyList<ChainSpec> others)
    {
        if (spec.Endpoints.Count > 0 && spec.Endpoints.All(endpoint => !endpoint.IsIngress))
        {
            Report("spec.endpoints", "no traffic can enter: at least one endpoint must not have the role EGRESS");
        }

        if (spec.Endpoints.Count > 0 && spec.Endpoints.All(endpoint => !endpoint.IsEgress))
        {
            Report("spec.endpoints", "no traffic can leave: at least one endpoint must not have the role INGRESS");
        }

        for (var i = 0; i < spec.Endpoints.Count; i++)
        {
            CheckSwitch(i, spec.Endpoints[i]);
            CheckMatch(i);
            CheckOverlap(i, others.Where(other => other.Name != spec.Name));
        }
    }

    private void CheckSwitch(int index, ChainEndpoint endpoint)
    {
        var first = spec.Endpoints[0].Switch;
        if (endpoint.Switch != first)
        {
            Report(
                SpecPaths.Endpoint(index, "switch"),
                $"{endpoint.Name} is on switch {endpoint.Switch}, {spec.Endpoints[0].Name} on {first}: all endpoints of a chain must be on one switch");
        }

        if (inventory.FindSwitch(endpoint.Switch) is not { } target)
        {
            var known = inventory.Switches.Select(candidate => candidate.Name).ToList();
            Report(SpecPaths.Endpoint(index, "switch"), $"switch {endpoint.Switch} is not known{Suggestion.Of(endpoint.Switch, known)}");
            return;
        }

        CheckPort(SpecPaths.Endpoint(index, "port"), endpoint.Switch, endpoint.Port, target);
        for (var i = 0; i < endpoint.BackupPorts.Count; i++)
        {
            var path = SpecPaths.Endpoint(index, $"backupPorts[{i}]");
            CheckPort(path, endpoint.Switch, endpoint.BackupPorts[i], target);
            CheckUnshared(path, index, endpoint.BackupPorts[i]);
        }

        if (endpoint.BackupPorts.Count > 0)
        {
            CheckUnshared(SpecPaths.Endpoint(index, "port"), index, endpoint.Port);
        }
    }

    private void CheckPort(string path, string name, uint port, SwitchDescription target)
    {
        if (target.IsConnected && !target.Ports.Contains(port))
        {
            var ports = target.Ports.Order().Select(known => known.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Report(path, $"switch {name} has no port {port}; it has {(ports.Count == 0 ? "none" : Suggestion.List(ports))}");
        }

        var server = inventory.Servers.FirstOrDefault(candidate => candidate.Workers.Any(worker => worker.Switch == name && worker.SwitchPort == port));
        if (server is not null)
        {
            Report(path, $"port {port} of switch {name} leads to server {server.Name}; an endpoint must be another port");
        }
    }

    /// <summary>A group does not send packets back by the port that they came by, so endpoints between which packets pass share no port with one that has a group.</summary>
    private void CheckUnshared(string path, int index, uint port)
    {
        for (var other = 0; other < spec.Endpoints.Count; other++)
        {
            // Of two that have backup ports, the later one is told.
            if ((other < index || (other > index && spec.Endpoints[other].BackupPorts.Count == 0)) && spec.Endpoints[other].Switch == spec.Endpoints[index].Switch
                && spec.Endpoints[other].Ports.Contains(port))
            {
                Report(path, $"port {port} is one of endpoint {spec.Endpoints[other].Name} too; ports of an endpoint with backup ports must be its own");
            }
        }
    }

    private void CheckMatch(int index)
    {
        var count = MatchExpansion.Count(_matches[index]);
        if (count == 0)
        {
            Report(SpecPaths.Endpoint(index, "match"), "matches no packet: its conditions contradict each other");
        }
        else if (count > ChainValidator.MaximumEntranceRules)
        {
            Report(
                SpecPaths.Endpoint(index, "match"),
                $"takes {count} rules on a switch, at most {ChainValidator.MaximumEntranceRules} are allowed: use fewer negations, or ranges that are powers of two");
        }
    }

    private void CheckOverlap(int index, IEnumerable<ChainSpec> others)
    {
        var endpoint = spec.Endpoints[index];
        var mine = _matches[index].ToSpace();
        for (var i = 0; i < index; i++)
        {
            if (Meet(endpoint, spec.Endpoints[i]) && spec.TakesNeighbors(index) && spec.TakesNeighbors(i))
            {
                Report(
                    SpecPaths.Endpoint(index),
                    $"{Where(endpoint)}, both {endpoint.Name} and {spec.Endpoints[i].Name} lead to functions that answer ARP and neighbour solicitations; only one can");
            }

            if (Meet(endpoint, spec.Endpoints[i]) && IsLabelled(spec, index) == IsLabelled(spec, i) && mine.Overlaps(_matches[i].ToSpace()))
            {
                Report(
                    SpecPaths.Endpoint(index, "match"),
                    $"{Where(endpoint)}, {endpoint.Name} and {spec.Endpoints[i].Name} take the same packets, {Both(_matches[index], _matches[i])}: "
                    + "make their matches exclude each other");
            }
        }

        foreach (var other in others)
        {
            foreach (var (taken, at) in other.Endpoints.Select((taken, at) => (taken, at)).Where(pair => Meet(endpoint, pair.taken)))
            {
                var match = taken.Match.ToHeaderMatch();
                if (IsLabelled(spec, index) == IsLabelled(other, at) && mine.Overlaps(match.ToSpace()))
                {
                    Report(
                        SpecPaths.Endpoint(index, "match"),
                        $"{Where(endpoint)}, chain {other.Name} takes the same packets by its endpoint {taken.Name}, {Both(_matches[index], match)}: "
                        + "make the matches exclude each other");
                }

                var (wants, has) = (spec.PassNeighborDiscovery || spec.TakesNeighbors(index), other.PassNeighborDiscovery || other.TakesNeighbors(at));
                if (wants && has)
                {
                    Report(
                        spec.PassNeighborDiscovery ? "spec.passNeighborDiscovery" : SpecPaths.Endpoint(index),
                        $"{Where(endpoint)}, chain {other.Name} {(other.PassNeighborDiscovery ? "passes" : "answers")} ARP and neighbour discovery already; only one chain can");
                }
            }
        }
    }

    private static bool Meet(ChainEndpoint left, ChainEndpoint right) =>
        left.IsIngress && right.IsIngress && left.Switch == right.Switch && left.Ports.Intersect(right.Ports).Any() && left.Vlan == right.Vlan;

    private static bool IsLabelled(ChainSpec of, int endpoint) => of.FramesOf(endpoint) == LinkFrames.Labelled;

    private static string Where(ChainEndpoint endpoint) =>
        $"at port {string.Join(" or ", endpoint.Ports)} of switch {endpoint.Switch}" + (endpoint.Vlan == 0 ? "" : $", VLAN {endpoint.Vlan}");

    private static string Both(HeaderMatch left, HeaderMatch right) =>
        left.IsAny && right.IsAny ? "all of them" : $"\"{left}\" and \"{right}\" overlap";

    private void Report(string path, string message) => violations.Add(new Violation(path, message));
}
