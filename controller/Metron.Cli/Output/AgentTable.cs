namespace Metron.Cli.Output;

/// <summary>Servers, one per line.</summary>
internal static class AgentTable
{
    /// <summary>Makes the table.</summary>
    public static Table Of(IReadOnlyList<V1.Agent> agents, bool wide, TimeProvider time)
    {
        string[] headings = ["NAME", "CONNECTED", "SINCE", "USE", "WORKERS", "PORTS", "CHAINS", "LOAD", "MAX LOAD"];
        var table = new Table(wide ? [.. headings, "SWITCHES", "AGENT", "DPDK", "CPU"] : headings);
        foreach (var agent in agents)
        {
            var resources = agent.Resources ?? new V1.ServerResources();
            var loads = agent.Load?.Workers.Select(worker => worker.Load).ToList() ?? [];
            string[] cells =
            [
                agent.Name,
                Text.YesNo(agent.Connected),
                Text.Age(agent.LastTransitionTime, time),
                Use(agent),
                Text.Number(resources.Workers.Count),
                Text.Number(resources.Ports.Count),
                Text.Number(agent.DeployedChains.Count),
                loads.Count == 0 ? string.Empty : Text.Percent(loads.Average()),
                loads.Count == 0 ? string.Empty : Text.Percent(loads.Max()),
            ];
            table.Add(wide
                ?
                [
                    .. cells,
                    string.Join(',', resources.Ports.Select(port => port.Switch).Distinct()),
                    resources.AgentVersion,
                    resources.DpdkVersion,
                    resources.CpuModel,
                ]
                : cells);
        }

        return table;
    }

    /// <summary>What the operator wants of a server, and whether it is lost.</summary>
    public static string Use(V1.Agent agent)
    {
        var use = agent.Use switch
        {
            V1.ServerUse.Cordoned => "cordoned",
            V1.ServerUse.Draining => "draining",
            _ => "in use",
        };
        return agent.Lost ? $"{use}, lost" : use;
    }
}
