using System.Diagnostics.CodeAnalysis;
using Metron.Mapping.Functions;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping;

/// <summary>Reads service chains off the wire and names every problem that shows without knowing switches, servers and the graph.</summary>
/// <remarks>Pure and thread-safe.</remarks>
public static class ServiceChainMapper
{
    /// <summary>
    /// Reads name, labels and spec of a chain. Graph problems (dangling links, cycles) and what depends on the installation (switches,
    /// servers) are not looked for here.
    /// </summary>
    public static MappedChain Map(V1.ServiceChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var violations = new ViolationCollector();
        var root = SpecNode.Root(violations);
        Names.Check(chain.Name, root);
        CheckLabels(chain, root);
        if (chain.Spec is null)
        {
            root.Report("spec", "must be given");
            return new MappedChain(null, violations.ToList());
        }

        var at = root.Field("spec");
        var elements = new ElementNames();
        var endpoints = Endpoints(chain.Spec, elements, at);
        var functions = Functions(chain.Spec, elements, at);
        var links = Links(chain.Spec, at);
        CheckNeighborDiscovery(chain.Spec, at);
        var spec = new ChainSpec(chain.Name)
        {
            Endpoints = endpoints,
            Functions = functions ?? [],
            Links = links ?? [],
            Resources = Resources(chain.Spec.Resources, at.Field("resources")),
            PassNeighborDiscovery = chain.Spec.PassNeighborDiscovery,
            DscpMayBeLost = chain.Spec.DscpMayBeLost,
        };
        return new MappedChain(functions is null || links is null || !elements.AllNamed ? null : spec, violations.ToList());
    }

    /// <summary>Reads one function on its own.</summary>
    /// <returns>Whether it has no problem.</returns>
    public static bool TryMapFunction(
        V1.NetworkFunction function,
        [NotNullWhen(true)] out NetworkFunctionConfiguration? configuration,
        out IReadOnlyList<Violation> violations)
    {
        ArgumentNullException.ThrowIfNull(function);
        var collector = new ViolationCollector();
        var root = SpecNode.Root(collector);
        Names.Check(function.Name, root);
        configuration = NetworkFunctionMapper.Map(function, root);
        violations = collector.ToList();
        configuration = violations.Count == 0 ? configuration : null;
        return configuration is not null;
    }

    /// <summary>Reads a match on its own.</summary>
    /// <returns>Whether it has no problem.</returns>
    public static bool TryMapMatch(V1.PacketMatch match, out PacketMatch result, out IReadOnlyList<Violation> violations)
    {
        ArgumentNullException.ThrowIfNull(match);
        var collector = new ViolationCollector();
        result = PacketMatchMapper.Map(match, SpecNode.Root(collector));
        violations = collector.ToList();
        return violations.Count == 0;
    }

    private static void CheckLabels(V1.ServiceChain chain, SpecNode at) => CheckLabels(chain.Labels, "labels", SpecLimits.Labels, at);

    private static void CheckLabels(Google.Protobuf.Collections.MapField<string, string> labels, string name, int most, SpecNode at)
    {
        Counts.Check(labels.Count, 0, most, name, at);
        foreach (var (key, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal).Take(most))
        {
            var field = $"{name}[\"{Text.Quote(key)[1..^1]}\"]";
            if (key.Length is 0 or > SpecLimits.LabelLength || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/'))
            {
                at.Report(field, $"the key must have 1-{SpecLimits.LabelLength} letters, digits, '-', '_', '.' or '/'");
            }

            if (value.Length > SpecLimits.LabelLength || Text.HasControl(value) || value.Contains(','))
            {
                at.Report(
                    field,
                    $"the value {Text.Quote(value)} must have at most {SpecLimits.LabelLength} characters, no commas and no control characters");
            }
        }
    }

    private static List<ChainEndpoint> Endpoints(V1.ServiceChainSpec spec, ElementNames elements, SpecNode at)
    {
        Counts.Check(spec.Endpoints.Count, 1, SpecLimits.Endpoints, "endpoints", at);
        var endpoints = new List<ChainEndpoint>();
        for (var i = 0; i < Math.Min(spec.Endpoints.Count, SpecLimits.Endpoints); i++)
        {
            var endpointAt = at.Item("endpoints", i);
            elements.Check(spec.Endpoints[i].Name, endpointAt, $"endpoints[{i}]");
            endpoints.Add(EndpointMapper.Map(spec.Endpoints[i], endpointAt));
        }

        return endpoints;
    }

    private static List<NetworkFunctionConfiguration>? Functions(V1.ServiceChainSpec spec, ElementNames elements, SpecNode at)
    {
        Counts.Check(spec.Functions.Count, 0, SpecLimits.Functions, "functions", at);
        var functions = new List<NetworkFunctionConfiguration>();
        var allKnown = true;
        for (var i = 0; i < Math.Min(spec.Functions.Count, SpecLimits.Functions); i++)
        {
            var functionAt = at.Item("functions", i);
            elements.Check(spec.Functions[i].Name, functionAt, $"functions[{i}]");
            if (NetworkFunctionMapper.Map(spec.Functions[i], functionAt) is { } function)
            {
                functions.Add(function);
            }
            else
            {
                allKnown = false;
            }
        }

        return allKnown ? functions : null;
    }

    private static List<ChainLink>? Links(V1.ServiceChainSpec spec, SpecNode at)
    {
        Counts.Check(spec.Links.Count, 0, SpecLimits.Links, "links", at);
        var links = new List<ChainLink>();
        var allRead = true;
        for (var i = 0; i < Math.Min(spec.Links.Count, SpecLimits.Links); i++)
        {
            var linkAt = at.Item("links", i);
            var fromRead = TryAttachment(spec.Links[i].From, linkAt, "from", out var from);
            var toRead = TryAttachment(spec.Links[i].To, linkAt, "to", out var to);
            allRead &= fromRead && toRead;
            links.Add(new ChainLink(from, to));
        }

        return allRead ? links : null;
    }

    private static bool TryAttachment(string text, SpecNode at, string field, out Attachment attachment)
    {
        attachment = default;
        if (text.Length == 0)
        {
            at.Report(field, "must be given: the name of an endpoint or function, or a port as 'function.port'");
            return false;
        }

        var parts = text.Split('.');
        if (parts.Length > 2 || parts.Any(part => Names.Problem(part) is not null))
        {
            at.Report(field, $"{Text.Quote(text)} is neither a name nor 'function.port'");
            return false;
        }

        attachment = new Attachment(parts[0], parts.Length == 2 ? parts[1] : null);
        return true;
    }

    private static void CheckNeighborDiscovery(V1.ServiceChainSpec spec, SpecNode at)
    {
        if (!spec.PassNeighborDiscovery)
        {
            return;
        }

        if (spec.Endpoints.Count != 2)
        {
            at.Report("passNeighborDiscovery", $"is for chains with exactly two endpoints; this one has {spec.Endpoints.Count}");
        }
        else if (spec.Functions.FirstOrDefault(function => function.Router is not null || function.L3Switch is not null) is { } router)
        {
            at.Report("passNeighborDiscovery", $"is for chains without router; {Text.Quote(router.Name)} is one");
        }
    }

    private static ChainResources Resources(V1.Resources? resources, SpecNode at)
    {
        if (resources is null)
        {
            return new ChainResources();
        }

        Counts.CheckRange(resources.MinCores, 0, SpecLimits.Cores, at, "minCores", "; 0 for 1");
        Counts.CheckRange(resources.MaxCores, 0, SpecLimits.Cores, at, "maxCores", "; 0 for all of the server");
        if (resources.MaxCores > 0 && resources.MinCores > resources.MaxCores)
        {
            at.Report("minCores", $"{resources.MinCores} is more than 'maxCores: {resources.MaxCores}'");
        }

        Names.CheckPeer(resources.Server, at, "server");
        CheckLabels(resources.ServerLabels, "serverLabels", SpecLimits.ServerLabels, at);
        Counts.Check(resources.ApartFrom.Count, 0, SpecLimits.ApartFrom, "apartFrom", at);
        for (var i = 0; i < Math.Min(resources.ApartFrom.Count, SpecLimits.ApartFrom); i++)
        {
            Names.Check(resources.ApartFrom[i], at, $"apartFrom[{i}]");
        }

        return new ChainResources
        {
            MinimumCores = (int)Math.Clamp(resources.MinCores, 1, SpecLimits.Cores),
            MaximumCores = (int)Math.Min(resources.MaxCores, SpecLimits.Cores),
            Server = resources.Server.Length == 0 ? null : resources.Server,
            ServerLabels = new SortedDictionary<string, string>(resources.ServerLabels, StringComparer.Ordinal),
            ApartFrom = [.. resources.ApartFrom.Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>The names of endpoints and functions, which share one name space.</summary>
    private sealed class ElementNames
    {
        private readonly Dictionary<string, string> owners = [];

        /// <summary>Whether every name was right and unique, so that links can be resolved.</summary>
        public bool AllNamed { get; private set; } = true;

        public void Check(string name, SpecNode at, string owner)
        {
            if (!Names.Check(name, at))
            {
                AllNamed = false;
            }
            else if (!owners.TryAdd(name, owner))
            {
                AllNamed = false;
                at.Report(
                    "name",
                    $"{Text.Quote(name)} is the name of {owners[name]} already; endpoints and functions share one name space");
            }
        }
    }
}
