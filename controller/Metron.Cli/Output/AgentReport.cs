namespace Metron.Cli.Output;

/// <summary>Everything about a server.</summary>
internal static class AgentReport
{
    /// <summary>Describes the server.</summary>
    public static string Of(V1.Agent agent, TimeProvider time)
    {
        var resources = agent.Resources ?? new V1.ServerResources();
        return new Report()
            .Field("Name", agent.Name)
            .Field("Connected", $"{Text.YesNo(agent.Connected)}, since {Text.Time(agent.LastTransitionTime, time)}")
            .Field("Use", AgentTable.Use(agent))
            .Field("Labels", string.Join(", ", resources.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")))
            .Field("Placed chains", string.Join(", ", agent.PlacedChains))
            .Field("Agent", resources.AgentVersion)
            .Field("Started", Text.Time(resources.StartTime, time))
            .Field("DPDK", resources.DpdkVersion)
            .Field("CPU", resources.CpuModel)
            .Field("Cycles/second", Text.Scaled(resources.TscHz))
            .Field("Flow groups", resources.FlowGroups > 0 ? $"{resources.FlowGroups}, see describe balancer" : "none: tags stand for workers")
            .Field("Packet memory", $"{Text.Number(resources.MemoryBytes)} bytes")
            .Field("Collections", Collections(agent.Load))
            .Section("Ports", Ports(resources))
            .Section("Workers", Workers(resources, agent.Load))
            .Section("Packet times", CycleReport.Times(agent.Load))
            .Section("Chains", Chains(agent, resources.FlowGroups > 0))
            .Section("Traffic classes", Classes(agent.Load))
            .Section("Functions", Functions(agent.Load))
            .Section("Blackboxes", Blackboxes(agent.Load))
            .Section("Top talkers", Talkers(agent.Load))
            .Section("Content matches", Matches(agent.Load))
            .Section("Drops", Drops(agent.Load))
            .ToString();
    }

    /// <summary>How often garbage collection stopped the workers, and for how long on average.</summary>
    private static string Collections(V1.ServerLoad? load) => load is null or { Collections: 0 }
        ? "none"
        : $"{load.Collections}, workers stopped for {Text.Scaled(load.CollectionPauseMicroseconds / load.Collections)} µs on average";

    private static Table Ports(V1.ServerResources resources)
    {
        var table = new Table("PORT", "DEVICE", "DRIVER", "SWITCH", "SWITCH PORT", "MAC", "LINK", "DISPATCH");
        foreach (var port in resources.Ports)
        {
            table.Add(
                Text.Number((ulong)port.Index),
                port.Device,
                port.Driver,
                port.Switch,
                Text.Number((ulong)port.SwitchPort),
                port.Mac,
                port.LinkUp ? "up" : "down",
                port.Dispatch);
        }

        return table;
    }

    private static Table Workers(V1.ServerResources resources, V1.ServerLoad? load)
    {
        var table = new Table(
            "WORKER", "CORE", "PORT", "QUEUE", "LOAD", "RECEIVED", "SENT", "SLOW PATH", "CYCLES/PACKET", "FLOWS", "POLL GAP P50/P99.99/MAX");
        foreach (var worker in resources.Workers)
        {
            var now = load?.Workers.FirstOrDefault(of => of.Worker == worker.Index);
            string[] place =
            [
                Text.Number((ulong)worker.Index), Text.Number((ulong)worker.Core), Text.Number((ulong)worker.Port), Text.Number((ulong)worker.Queue),
            ];
            table.Add(now is null
                ? [.. place, "", "", "", "", "", "", ""]
                :
                [
                    .. place,
                    Text.Percent(now.Load),
                    Text.Number(now.Received?.Packets ?? 0),
                    Text.Number(now.Sent?.Packets ?? 0),
                    Text.Number(now.SlowPathPackets),
                    Text.Scaled(now.CyclesPerPacket),
                    Text.Number(now.FlowEntries),
                    LoadReport.PollGaps(now),
                ]);
        }

        return table;
    }

    private static Table Chains(V1.Agent agent, bool isBalanced)
    {
        var table = new Table("CHAIN", "REVISION", isBalanced ? "FLOW GROUPS" : "WORKERS", "DIGEST");
        foreach (var chain in agent.DeployedChains)
        {
            table.Add(chain.Chain, Text.Number(chain.Revision), Text.Ranges(chain.Workers), chain.Digest);
        }

        return table;
    }

    private static Table Classes(V1.ServerLoad? load)
    {
        var table = new Table("CHAIN", "CLASS", "WORKER", "PACKETS", "BYTES");
        foreach (var chain in load?.Chains ?? [])
        {
            foreach (var of in chain.Classes)
            {
                table.Add(
                    chain.Chain,
                    Text.Number((ulong)of.TrafficClass),
                    Text.Number((ulong)of.Worker),
                    Text.Number(of.Counters?.Packets ?? 0),
                    Text.Number(of.Counters?.Bytes ?? 0));
            }
        }

        return table;
    }

    private static Table Functions(V1.ServerLoad? load)
    {
        var table = new Table("CHAIN", "FUNCTION", "COUNTER", "VALUE");
        foreach (var chain in load?.Chains ?? [])
        {
            foreach (var function in chain.Functions)
            {
                foreach (var (name, value) in function.Counters.OrderBy(counter => counter.Key, StringComparer.Ordinal))
                {
                    table.Add(chain.Chain, function.Function, name, Text.Number(value));
                }
            }
        }

        return table;
    }

    private static Table Blackboxes(V1.ServerLoad? load)
    {
        var table = new Table("CHAIN", "FUNCTION", "APPLIANCE", "WORKER", "STATE", "SIDE", "GIVEN", "RETURNED", "BYPASSED", "DROPPED", "PROBLEM");
        foreach (var (chain, blackbox) in (load?.Chains ?? []).SelectMany(chain => chain.Blackboxes.Select(blackbox => (chain.Chain, blackbox))))
        {
            foreach (var (side, counters) in new[] { ("inside", blackbox.Inside), ("outside", blackbox.Outside) })
            {
                table.Add(
                    chain,
                    blackbox.Function,
                    blackbox.Appliance,
                    Text.Number((ulong)blackbox.Worker),
                    blackbox.Up ? "up" : "DOWN",
                    side,
                    Text.Number(counters?.Given?.Packets ?? 0),
                    Text.Number(counters?.Returned?.Packets ?? 0),
                    Text.Number(counters?.Bypassed ?? 0),
                    Text.Number(counters?.Dropped ?? 0),
                    side == "inside" ? blackbox.Problem : string.Empty);
            }
        }

        return table;
    }

    private static Table Talkers(V1.ServerLoad? load)
    {
        var table = new Table("CHAIN", "FUNCTION", "SOURCE", "DESTINATION", "PACKETS", "BYTES");
        foreach (var chain in load?.Chains ?? [])
        {
            foreach (var function in chain.Functions)
            {
                foreach (var talker in function.TopTalkers)
                {
                    table.Add(
                        chain.Chain,
                        function.Function,
                        talker.Source,
                        talker.Destination,
                        Text.Number(talker.Counters?.Packets ?? 0),
                        Text.Number(talker.Counters?.Bytes ?? 0));
                }
            }
        }

        return table;
    }

    private static Table Matches(V1.ServerLoad? load)
    {
        var table = new Table("CHAIN", "FUNCTION", "RULE", "SOURCE", "PORT", "DESTINATION", "PORT", "PROTOCOL", "DENIED", "SECONDS AGO");
        foreach (var (chain, function, match) in (load?.Chains ?? [])
            .SelectMany(chain => chain.Functions.SelectMany(function => function.Matches.Select(match => (chain, function, match)))))
        {
            table.Add(
                chain.Chain,
                function.Function,
                match.Rule,
                match.Source,
                Text.Number((ulong)match.SourcePort),
                match.Destination,
                Text.Number((ulong)match.DestinationPort),
                Text.Number((ulong)match.Protocol),
                Text.YesNo(match.Denied),
                Text.Scaled(match.SecondsAgo));
        }

        return table;
    }

    private static Table Drops(V1.ServerLoad? load)
    {
        var table = new Table("WORKER", "REASON", "PACKETS");
        foreach (var worker in load?.Workers ?? [])
        {
            foreach (var (reason, packets) in worker.Drops.Where(drop => drop.Value > 0).OrderBy(drop => drop.Key, StringComparer.Ordinal))
            {
                table.Add(Text.Number((ulong)worker.Worker), reason, Text.Number(packets));
            }
        }

        return table;
    }
}
