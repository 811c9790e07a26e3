using System.Diagnostics.CodeAnalysis;
using Metron.Mapping.Functions;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Mapping.Programs;

/// <summary>Residual programs, off the wire: the agent trusts nothing that it cannot resolve.</summary>
public static class ResidualProgramReader
{
    /// <summary>Reads a program.</summary>
    /// <param name="message">The message.</param>
    /// <param name="program">The program.</param>
    /// <param name="violations">Every problem: functions with wrong configuration, names that are not known, values out of range.</param>
    /// <returns>Whether there is no problem.</returns>
    public static bool TryRead(
        V1.ResidualProgram message, [NotNullWhen(true)] out ResidualProgram? program, out IReadOnlyList<Violation> violations)
    {
        ArgumentNullException.ThrowIfNull(message);
        var collector = new ViolationCollector();
        var result = new Reader(message, SpecNode.Root(collector)).Read();
        violations = collector.ToList();
        program = violations.Count == 0 ? result : null;
        return program is not null;
    }

    private sealed class Reader(V1.ResidualProgram message, SpecNode root)
    {
        private readonly Dictionary<string, int> endpoints = [];
        private readonly Dictionary<string, (int Index, NetworkFunctionConfiguration? Configuration)> functions = [];

        public ResidualProgram Read()
        {
            Names.Check(message.Chain, root, "chain");
            if (message.TagKind.ToDomain() is null)
            {
                root.Report("tagKind", "must be VLAN, MAC, QINQ, MPLS or DSCP");
            }

            for (var i = 0; i < message.Endpoints.Count; i++)
            {
                if (!endpoints.TryAdd(message.Endpoints[i], i))
                {
                    root.Item("endpoints", i).Report($"{Text.Quote(message.Endpoints[i])} is listed twice");
                }
            }

            return new ResidualProgram(message.Chain, message.Revision, message.TagKind.ToDomain() ?? TagKind.Vlan)
            {
                Endpoints = [.. message.Endpoints],
                Functions = Functions(),
                IngressTags = [.. message.IngressTags.Select((tag, i) => IngressTag(tag, root.Item("ingressTags", i)))],
                EgressTags = [.. message.EgressTags.Select((tag, i) => EgressTag(tag, root.Item("egressTags", i)))],
                Wires = [.. message.Wires.Select((wire, i) => Wire(wire, root.Item("wires", i)))],
                Classes = [.. message.Classes.Select((trafficClass, i) => Class(trafficClass, root.Item("classes", i)))],
                MinimumWorkers = (int)Math.Min(message.MinWorkers, SpecLimits.Cores),
                MaximumWorkers = (int)Math.Min(message.MaxWorkers, SpecLimits.Cores),
            };
        }

        private List<NetworkFunctionConfiguration> Functions()
        {
            var configurations = new List<NetworkFunctionConfiguration>();
            var kept = message.KeptRules.GroupBy(rules => rules.Function).ToDictionary(group => group.Key, group => group.First());
            for (var i = 0; i < message.Functions.Count; i++)
            {
                var at = root.Item("functions", i);
                var name = message.Functions[i].Name;
                var configuration = Numbered(NetworkFunctionMapper.Map(message.Functions[i], at), kept, at);
                if (Names.Check(name, at) && !functions.TryAdd(name, (i, configuration)))
                {
                    at.Report("name", $"{Text.Quote(name)} is listed twice");
                }

                if (configuration is not null)
                {
                    configurations.Add(Metered(configuration, at));
                }
            }

            return configurations;
        }

        private NetworkFunctionConfiguration Metered(NetworkFunctionConfiguration function, SpecNode at)
        {
            if (MeteredLimits.Mark(function, message.MeteredLimits.Where(limit => limit.Function == function.Name)) is { } marked)
            {
                return marked;
            }

            at.Report("meteredLimits", $"are not limits and ports of {Text.Quote(function.Name)}");
            return function;
        }

        private static NetworkFunctionConfiguration? Numbered(
            NetworkFunctionConfiguration? function, Dictionary<string, V1.KeptRules> kept, SpecNode at)
        {
            if (function is not FirewallConfiguration firewall || !kept.TryGetValue(firewall.Name, out var rules))
            {
                return function;
            }

            if (KeptParts.Number(firewall, rules) is { } numbered)
            {
                return numbered;
            }

            at.Report("firewall.rules", "have other numbers than there are rules, or numbers that do not rise");
            return function;
        }

        private IngressTag IngressTag(V1.IngressTag tag, SpecNode at)
        {
            CheckTag(tag.Value, at);
            Counts.CheckRange(tag.Worker, 0, SpecLimits.Cores - 1, at, "worker");
            Counts.CheckRange(tag.SteeringMask, 0, ushort.MaxValue, at, "steeringMask");
            if ((tag.SteeringMask & 1) != 0 || ((tag.SteeringMask >> 1) & ((tag.SteeringMask >> 1) + 1)) != 0)
            {
                at.Report("steeringMask", $"{tag.SteeringMask} is not of the form 2^(k+1) - 2");
            }

            if (tag.SteeringValues.FirstOrDefault(value => (value & ~tag.SteeringMask) != 0) is > 0 and var outside)
            {
                at.Report("steeringValues", $"{outside} lies outside of the mask {tag.SteeringMask}");
            }

            if (tag.Steering.ToDomain() is null)
            {
                at.Report("steering", $"{(int)tag.Steering} is not a steering field");
            }

            return new IngressTag(
                tag.Value,
                (int)tag.Worker,
                Endpoint(tag.Endpoint, at, "endpoint"),
                FunctionPort(tag.Function, tag.Port, at, "function", "port"),
                tag.Steering.ToDomain() ?? SteeringField.None,
                (ushort)tag.SteeringMask,
                [.. tag.SteeringValues.Select(value => (ushort)value)]);
        }

        private EgressTag EgressTag(V1.EgressTag tag, SpecNode at)
        {
            CheckTag(tag.Value, at);
            var peerMac = Addresses.Mac(tag.PeerMac, at, "peerMac", required: false);
            return new EgressTag(Endpoint(tag.Endpoint, at, "endpoint"), tag.Value, peerMac, !tag.IngressOnly);
        }

        private Wire Wire(V1.Wire wire, SpecNode at)
        {
            var from = FunctionPort(wire.Function, wire.Port, at, "function", "port");
            if (wire.ToEndpoint.Length == 0 == (wire.ToFunction.Length == 0))
            {
                at.Report("must lead to either 'toFunction' or 'toEndpoint'");
                return new Wire(from, default);
            }

            return wire.ToEndpoint.Length > 0
                ? new Wire(from, default, Endpoint(wire.ToEndpoint, at, "toEndpoint"))
                : new Wire(from, FunctionPort(wire.ToFunction, wire.ToPort, at, "toFunction", "toPort"));
        }

        private ResidualClass Class(V1.ResidualClass trafficClass, SpecNode at)
        {
            Counts.CheckRange(trafficClass.Id, 0, int.MaxValue, at, "id");
            var decisions = trafficClass.Decisions.Select((decision, i) =>
            {
                var decisionAt = at.Item("decisions", i);
                Counts.CheckRange(decision.Outcome, 0, int.MaxValue, decisionAt, "outcome");
                return new Decision(Function(decision.Function, decisionAt, "function").Index, (int)decision.Outcome);
            });
            return new ResidualClass(
                (int)trafficClass.Id,
                Endpoint(trafficClass.Ingress, at, "ingress"),
                [.. decisions],
                Endpoint(trafficClass.Egress, at, "egress"));
        }

        private void CheckTag(uint value, SpecNode at) =>
            Counts.CheckRange(value, 1, TagRange.Of(message.TagKind.ToDomain() ?? TagKind.Vlan).Last, at, "value");

        private int Endpoint(string name, SpecNode at, string field)
        {
            if (endpoints.TryGetValue(name, out var index))
            {
                return index;
            }

            at.Report(field, $"{Text.Quote(name)} is not an endpoint of this program");
            return 0;
        }

        private (int Index, NetworkFunctionConfiguration? Configuration) Function(string name, SpecNode at, string field)
        {
            if (functions.TryGetValue(name, out var function))
            {
                return function;
            }

            at.Report(field, $"{Text.Quote(name)} is not a function of this program");
            return (0, null);
        }

        private FunctionPort FunctionPort(string name, string port, SpecNode at, string functionField, string portField)
        {
            var (index, configuration) = Function(name, at, functionField);
            if (configuration is null)
            {
                return new FunctionPort(index, 0);
            }

            var ports = configuration.Ports;
            for (var i = 0; i < ports.Count; i++)
            {
                if (ports[i] == port)
                {
                    return new FunctionPort(index, i);
                }
            }

            at.Report(portField, $"{Text.Quote(port)} is not a port of '{name}'{Suggestion.Phrase(port, ports)}");
            return new FunctionPort(index, 0);
        }
    }
}
