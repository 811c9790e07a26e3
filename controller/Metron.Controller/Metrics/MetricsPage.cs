using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Rates;
using Metron.Controller.Switches;

namespace Metron.Controller.Metrics;

/// <summary>What Prometheus reads at /metrics: chains, switches, and what the connected agents reported last. Thread-safe.</summary>
/// <param name="chains">The chains.</param>
/// <param name="counters">Counts of traffic classes.</param>
/// <param name="rules">Counts of rules on switches.</param>
/// <param name="switches">The switches.</param>
/// <param name="agents">The servers.</param>
/// <param name="openFlow">What is measured of sessions with switches.</param>
/// <param name="offload">What switches with little room keep away from servers.</param>
public sealed class MetricsPage(
    ChainRegistry chains, CounterBook counters, IRuleCounts rules, SwitchDirectory switches, AgentDirectory agents, OpenFlowMeters openFlow, OffloadMetrics offload)
{
    /// <summary>Answers a request.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = MetricsText.ContentType;
        return context.Response.WriteAsync(Write(), context.RequestAborted);
    }

    /// <summary>The page as of now.</summary>
    internal string Write()
    {
        var text = new MetricsText();
        WriteChains(text);
        openFlow.Write(text);
        offload.Write(text);
        var servers = agents.Servers.Values.ToList();
        text.Gauge("metron_agent_connected", "Whether the server's agent is connected.", servers.Select(server =>
            new Sample(server.Connected ? 1 : 0, ("agent", server.Name))));
        // What an agent said before it was lost is no measurement of now.
        ServerMetrics.Write(text, [.. servers.Where(server => server.Connected).Select(server => server.Load).OfType<V1.ServerLoad>()]);
        return text.ToString();
    }

    private void WriteChains(MetricsText text)
    {
        var all = chains.Chains.Values.ToList();
        text.Gauge("metron_chain_condition", "Whether a condition of the chain holds: 1 yes, 0 no, -1 not known.", all.SelectMany(chain =>
            chain.Conditions.Select(condition => new Sample(
                condition.Holds switch { true => 1, false => 0, null => -1 }, ("chain", chain.Name), ("condition", condition.Type)))));
        text.Gauge("metron_chain_switch_rules", "Rules of the chain on switches.", all.Select(chain =>
            new Sample(rules.RulesOf(chain.Stored.Number), ("chain", chain.Name))));
        var classes = all.Where(chain => chain.InForce is not null)
            .SelectMany(chain => counters.Read(chain.Name, chain.InForce!.Revision).Select(of => (chain.Name, of.Key, of.Value)))
            .OrderBy(of => of.Name, StringComparer.Ordinal).ThenBy(of => of.Key)
            .Select(of => (Labels: Class(of.Name, of.Key), of.Value)).ToList();
        text.Counter("metron_class_packets_total", "Packets of a traffic class, on switches and servers.", classes.Select(of => new Sample(of.Value.Packets, of.Labels)));
        text.Counter("metron_class_bytes_total", "Bytes of a traffic class, on switches and servers.", classes.Select(of => new Sample(of.Value.Bytes, of.Labels)));
        text.Gauge("metron_switch_connected", "Whether the switch is connected.", switches.Switches.Values.Select(state =>
            new Sample(state.Connected ? 1 : 0, ("switch", state.Configuration.Name))));
        text.Gauge("metron_switch_role", "The controller's role with a connected switch: 1 at the one that holds.", switches.Switches.Values
            .Where(state => state.Connected)
            .Select(state => new Sample(1, ("switch", state.Configuration.Name), ("role", state.Role.ToString()))));

        text.Gauge("metron_switch_port_up", "Whether a port of a connected switch is up.", switches.Switches.Values.Where(state => state.Connected).SelectMany(state =>
            state.Ports.Values.Select(port => new Sample(
                port.LinkUp ? 1 : 0,
                ("switch", state.Configuration.Name), ("port", port.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("name", port.Name)))));
        WriteDrift(text, [.. switches.Switches.Values]);
    }

    private static void WriteDrift(MetricsText text, IReadOnlyList<SwitchState> states)
    {
        static Sample[] Kinds(SwitchState state, params (string Kind, double Count)[] kinds) =>
            [.. kinds.Select(of => new Sample(of.Count, ("switch", state.Configuration.Name), ("kind", of.Kind)))];

        text.Gauge("metron_switch_drifted_rules", "Rules of the switch that are not as they were in force, when it was last read; foreign ones are not ours.", states
            .Where(state => state is { Connected: true, Drift: not null })
            .SelectMany(state => Kinds(
                state,
                ("missing", state.Drift!.Missing),
                ("altered", state.Drift.Altered),
                ("left_over", state.Drift.LeftOver),
                ("foreign", state.Drift.Foreign))));
        text.Counter("metron_switch_drifted_rules_total", "Rules of the switch that were found not to be as they were in force.", states.SelectMany(state => Kinds(
            state, ("missing", state.DriftTotals.Missing), ("altered", state.DriftTotals.Altered), ("left_over", state.DriftTotals.LeftOver))));
    }

    private static (string Name, string Value)[] Class(string chain, int id) =>
        [("chain", chain), ("class", id.ToString(System.Globalization.CultureInfo.InvariantCulture))];
}
