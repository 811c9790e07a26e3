using System.Globalization;

namespace Metron.Cli.Output;

/// <summary>Everything about a chain.</summary>
internal static class ChainReport
{
    /// <summary>Describes the chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="rules">Rules of the chain on its switches.</param>
    /// <param name="problem">Why rules could not be read; null when they could.</param>
    /// <param name="time">The clock.</param>
    public static string Of(
        V1.ServiceChain chain, IReadOnlyList<(string Switch, V1.SwitchRule Rule)> rules, string? problem, TimeProvider time)
    {
        var status = chain.Status ?? new V1.ServiceChainStatus();
        var spec = chain.Spec ?? new V1.ServiceChainSpec();
        var report = new Report()
            .Field("Name", chain.Name)
            .Field("Labels", ChainTable.Labels(chain))
            .Field("State", Text.Name(status.State))
            .Field("Revision", $"{chain.Revision}, running {(status.RunningRevision == 0 ? "none" : Text.Number(status.RunningRevision))}")
            .Field("Created", Text.Time(chain.CreateTime, time))
            .Field("Updated", Text.Time(chain.UpdateTime, time))
            .Field("Etag", chain.Etag)
            .Field("Cores", Cores(spec.Resources))
            .Field("Server", spec.Resources?.Server is { Length: > 0 } server ? server : "any")
            .Field("ARP and ND", spec.PassNeighborDiscovery ? "passed" : "not passed")
            .Field("Verified", Verified(status.Verification))
            .Section("Conditions", Conditions(status, time))
            .Section("Endpoints", Endpoints(spec))
            .Section("Functions", Functions(spec))
            .Section("Links", spec.Links.Select(link => $"{link.From} -> {link.To}"))
            .Section("Placements", Placements(status))
            .Section("Servers that could not be chosen", Rejected(status))
            .SectionIf(status.PartialOffloads.Count > 0, "Partly on the switch", () => PartialOffloads(status))
            .Section("Tags", Tags(status))
            .SectionIf(status.Groups.Count > 0, "Groups", () => SwitchReport.Groups(status.Groups))
            .Section("Traffic classes", Classes(status));
        if (status.Warnings.Count > 0)
        {
            report.Section($"Warnings ({status.Warnings.Count + status.WarningsNotListed})", WarningText.Lines(status));
        }

        return (problem is null
            ? report.Section($"Switch rules ({rules.Count} of {status.SwitchRules})", SwitchReport.Rules(rules))
            : report.Section($"Switch rules ({status.SwitchRules})", [$"not readable: {problem}"])).ToString();
    }

    private static string Cores(V1.Resources? resources)
    {
        var least = Math.Max(1, resources?.MinCores ?? 0);
        return resources is null or { MaxCores: 0 } ? $"{least} or more" : $"{least} to {resources.MaxCores}";
    }

    private static string Verified(V1.Verification? verification)
    {
        if (verification is null)
        {
            return "not yet";
        }

        var plan = $"plan {Text.Number(verification.Revision)}, {Text.Number((ulong)(verification.Duration?.ToTimeSpan().TotalMilliseconds ?? 0))} ms";
        return verification.Result switch
        {
            V1.VerificationResult.Verified => $"proven for every packet ({plan})",
            V1.VerificationResult.VerifiedBySampling => $"by {Text.Number((ulong)verification.Samples)} packets that were tried ({plan})",
            V1.VerificationResult.Refuted => $"REFUTED ({plan}): {verification.Counterexample}",
            V1.VerificationResult.NotVerifiable => $"cannot be told ({plan}): {verification.Problem}",
            _ => "not known",
        };
    }

    private static Table Conditions(V1.ServiceChainStatus status, TimeProvider time)
    {
        var table = new Table("TYPE", "STATUS", "SINCE", "REASON", "MESSAGE");
        foreach (var condition in status.Conditions)
        {
            table.Add(
                condition.Type,
                Text.Name(condition.Status),
                Text.Age(condition.LastTransitionTime, time),
                condition.Reason,
                condition.Message);
        }

        return table;
    }

    private static Table Endpoints(V1.ServiceChainSpec spec)
    {
        var table = new Table("NAME", "SWITCH", "PORT", "VLAN", "ROLE", "PEER MAC", "LOCAL MAC", "MATCH");
        foreach (var endpoint in spec.Endpoints)
        {
            table.Add(
                endpoint.Name,
                endpoint.Switch,
                Ports(endpoint),
                endpoint.Vlan == 0 ? string.Empty : Text.Number((ulong)endpoint.Vlan),
                endpoint.Role == V1.EndpointRole.Unspecified ? "BIDIRECTIONAL" : Text.Name(endpoint.Role),
                endpoint.PeerMac,
                endpoint.LocalMac,
                FunctionText.Match(endpoint.Match));
        }

        return table;
    }

    /// <summary>"2"; "2, backup 3"; "2, 3 spread".</summary>
    private static string Ports(V1.Endpoint endpoint)
    {
        var main = Text.Number((ulong)endpoint.Port);
        var others = string.Join(", ", endpoint.BackupPorts.Select(port => Text.Number((ulong)port)));
        return others.Length == 0 ? main : endpoint.PortUse == V1.PortUse.Spread ? $"{main}, {others} spread" : $"{main}, backup {others}";
    }

    private static Table Functions(V1.ServiceChainSpec spec)
    {
        var table = new Table("NAME", "KIND", "CONFIGURATION");
        foreach (var function in spec.Functions)
        {
            var lines = FunctionText.Lines(function);
            table.Add(function.Name, FunctionText.Kind(function), lines[0]);
            foreach (var line in lines.Skip(1))
            {
                table.Add(" ", " ", line);
            }
        }

        return table;
    }

    private static Table Placements(V1.ServiceChainStatus status)
    {
        var table = new Table("SERVER", "WORKERS", "WHY");
        foreach (var placement in status.Placements)
        {
            table.Add(placement.Server, Workers(placement), Why(placement.Choice));
        }

        return table;
    }

    /// <summary>How a server was chosen: "most free cores of 2 that were compared: s1 3.5, s4 2".</summary>
    private static string Why(V1.PlacementChoice? choice) => choice is null ? string.Empty
        : choice.Reason + (choice.Candidates.Count > 1 ? $": {string.Join(", ", choice.Candidates.Select(candidate => string.Create(CultureInfo.InvariantCulture, $"{candidate.Server} {candidate.FreeMillicores / 1000.0:0.##}")))}" : string.Empty);

    private static Table PartialOffloads(V1.ServiceChainStatus status)
    {
        var table = new Table("ENDPOINT", "FUNCTION", "RULES ON SWITCH", "DROPPED BEFORE SERVERS", "WHY NOT ALL");
        foreach (var part in status.PartialOffloads)
        {
            table.Add(
                part.Endpoint,
                part.Function,
                $"{part.RulesOnSwitch} of {part.Rules}",
                part.Measured ? $"{part.DroppedPerSecond} of {part.DroppablePerSecond} packets/s" : "not measured yet",
                part.Reason);
        }

        return table;
    }

    private static Table Rejected(V1.ServiceChainStatus status)
    {
        var table = new Table("SERVER", "REASON");
        foreach (var choice in status.Placements.Where(placement => placement.Choice is not null).Select(placement => placement.Choice))
        {
            foreach (var server in choice.Rejected)
            {
                table.Add(server.Server, server.Reason);
            }

            if (choice.RejectedNotListed > 0)
            {
                table.Add($"{choice.RejectedNotListed} more", string.Empty);
            }
        }

        return table;
    }

    /// <summary>Workers of a placement, or its flow groups: "0-3", "flow groups 0-63".</summary>
    public static string Workers(V1.Placement placement) => placement.FlowGroups.Count > 0
        ? $"{(placement.FlowGroups.Count == 1 ? "flow group" : "flow groups")} {Text.Ranges(placement.FlowGroups)}"
        : Text.Ranges(placement.Workers);

    private static Table Tags(V1.ServiceChainStatus status)
    {
        var table = new Table("SERVER", "KIND", "TAG", "WORKER", "INGRESS");
        foreach (var placement in status.Placements)
        {
            foreach (var tags in placement.FlowGroups.Count > 0 ? placement.Tags.GroupBy(tag => (tag.Kind, tag.Ingress)) : [])
            {
                // There is one for each flow group: all of them would fill screens.
                table.Add(
                    placement.Server, Text.Name(tags.Key.Kind), Text.Ranges(tags.Select(tag => tag.Value)), $"flow groups {Text.Ranges(tags.Select(tag => tag.Worker))}", tags.Key.Ingress);
            }

            foreach (var tag in placement.FlowGroups.Count > 0 ? [] : placement.Tags)
            {
                table.Add(placement.Server, Text.Name(tag.Kind), TagText(tag), Text.Number((ulong)tag.Worker), tag.Ingress);
            }
        }

        return table;
    }

    // A MAC tag is shown as the destination MAC that is seen on the wire.
    private static string TagText(V1.Tag tag) => tag.Kind == V1.TagKind.Mac
        ? new Packets.MacAddress(0x02_4d_54_00_00_00UL | (tag.Value & 0xff_ffff)).ToString()
        : Text.Number((ulong)tag.Value);

    private static Table Classes(V1.ServiceChainStatus status)
    {
        var table = new Table("ID", "INGRESS", "EGRESS", "DECIDED BY", "PACKETS", "BYTES", "PATH");
        foreach (var trafficClass in status.TrafficClasses)
        {
            table.Add(
                Text.Number((ulong)trafficClass.Id),
                trafficClass.Ingress,
                trafficClass.Egress.Length == 0 ? "(dropped)" : trafficClass.Egress,
                trafficClass.DecidedBy,
                Text.Number(trafficClass.Packets),
                Text.Number(trafficClass.Bytes),
                string.Join(" | ", trafficClass.Path.Concat(trafficClass.Conditions.Select(condition => $"if {condition}"))));
        }

        return table;
    }
}
