using System.Globalization;
using Metron.Import.Syntax;
using Metron.NetworkFunctions;

namespace Metron.Import.Click;

/// <summary>
/// Imports network functions written in Click: IPFilter and IPClassifier become firewalls, StaticIPLookup and its like routers, IPRewriter a NAPT. DecIPTTL is
/// part of a router. What moves packets in and out or checks and builds headers is passed over; everything else is refused.
/// </summary>
public static class ClickImporter
{
    private static readonly string[] Lookups = ["StaticIPLookup", "RadixIPLookup", "LinearIPLookup", "SortedIPLookup", "DirectIPLookup", "RangeIPLookup"];

    /// <summary>What Metron does by itself, or an endpoint of a chain does: taking packets in, sending them, checking and writing headers.</summary>
    private static readonly string[] PassedOver =
    [
        "FromDevice", "PollDevice", "FromDPDKDevice", "ToDevice", "ToDPDKDevice", "Queue", "ThreadSafeQueue", "SimpleQueue", "Unqueue", "Discard", "Idle",
        "AddressInfo", "CheckIPHeader", "CheckIPHeader2", "MarkIPHeader", "GetIPAddress", "Strip", "Unstrip", "EtherEncap", "ARPQuerier", "Counter",
        "AverageCounter", "Null", "Paint", "DropBroadcasts", "ICMPError",
    ];

    /// <summary>Imports a file: its functions in the order in which packets come to them.</summary>
    public static ImportResult<IReadOnlyList<NetworkFunctionConfiguration>> Import(SourceText source, ClickImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var log = new ImportLog(source.File);
        var configuration = ClickConfiguration.Read(source, log);
        if (log.HasProblems)
        {
            return log.Result<IReadOnlyList<NetworkFunctionConfiguration>>(null);
        }

        var click = new ClickFunctions(configuration, Addresses(configuration), log);
        var names = new HashSet<string>();
        List<NetworkFunctionConfiguration> functions = [];
        foreach (var element in InOrder(configuration))
        {
            var isFunction = element.Class is "IPFilter" or "IPClassifier" or "IPRewriter" || Lookups.Contains(element.Class);
            if (Function(element, isFunction ? Name(element, names) : string.Empty, click, options, log) is { } function)
            {
                functions.Add(function);
            }
        }

        if (functions.Count == 0 && !log.HasProblems)
        {
            log.Problem(default, $"has none of the elements IPFilter, IPClassifier, {string.Join(", ", Lookups)} and IPRewriter");
        }

        CheckTimeToLive(configuration, log);
        return log.Result<IReadOnlyList<NetworkFunctionConfiguration>>(functions);
    }

    private static NetworkFunctionConfiguration? Function(
        ClickElement element, string name, ClickFunctions click, ClickImportOptions options, ImportLog log)
    {
        switch (element.Class)
        {
            case "IPFilter":
                return click.Filter(element, name);
            case "IPClassifier":
                return click.Classifier(element, name);
            case "IPRewriter":
                return new ClickRewriter(log).Read(element, name);
            case "DecIPTTL":
                return null;
            case "ICMPError":
                log.Note(element.At, "sends ICMP errors, which no function of Metron does");
                return null;
            case var lookup when Lookups.Contains(lookup):
                return click.Lookup(element, options.Routes with { Name = name });
            default:
                if (!PassedOver.Contains(element.Class))
                {
                    log.Problem(element.At, $"the element {Quote.Of(element.Class)} is not imported; only IPFilter, IPClassifier, lookups of routes, IPRewriter and DecIPTTL are, "
                        + "and what takes packets in, sends them, or checks and writes headers is passed over");
                }

                return null;
        }
    }

    private static Dictionary<string, string> Addresses(ClickConfiguration configuration)
    {
        var addresses = new Dictionary<string, string>();
        foreach (var (text, _) in configuration.Elements.Where(element => element.Class == "AddressInfo").SelectMany(element => element.Arguments()))
        {
            if (text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var name, var address, ..])
            {
                addresses[name] = address;
            }
        }

        return addresses;
    }

    /// <summary>From the elements that nothing leads to, along the connections; what cannot be reached so stays where it is written.</summary>
    private static List<ClickElement> InOrder(ClickConfiguration configuration)
    {
        var targets = configuration.Connections.ToLookup(connection => connection.From, connection => connection);
        var entered = configuration.Connections.Select(connection => connection.To).ToHashSet();
        List<ClickElement> order = [];
        foreach (var start in configuration.Elements.Where(element => !entered.Contains(element)).Concat(configuration.Elements))
        {
            var open = new Stack<ClickElement>([start]);
            while (open.TryPop(out var element))
            {
                if (order.Contains(element))
                {
                    continue;
                }

                order.Add(element);
                foreach (var connection in targets[element].OrderByDescending(connection => connection.FromPort))
                {
                    open.Push(connection.To);
                }
            }
        }

        return order;
    }

    private static void CheckTimeToLive(ClickConfiguration configuration, ImportLog log)
    {
        if (configuration.Elements.Find(element => element.Class == "DecIPTTL") is not { } decrement)
        {
            return;
        }

        if (!configuration.Elements.Any(element => Lookups.Contains(element.Class)))
        {
            log.Problem(decrement.At, "DecIPTTL decrements the TTL, which only a router of Metron does, and there is none; add the lookup of routes, or remove it");
        }
        else if (decrement.Configuration.Trim().Length > 0)
        {
            log.Problem(decrement.At, "DecIPTTL with arguments cannot be expressed: a router of Metron decrements the TTL of every packet by one");
        }
    }

    /// <summary>The element's name as a name of the API, or the kind with a number.</summary>
    private static string Name(ClickElement element, HashSet<string> taken)
    {
        var kind = element.Class switch { "IPFilter" or "IPClassifier" => "fw", "IPRewriter" => "nat", _ => "rt" };
        var cleaned = new string([.. element.Name.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-')]).Trim('-');
        var name = element.Name.Contains('@') || cleaned.Length is 0 or > 50 || !char.IsAsciiLetterLower(cleaned[0]) ? kind : cleaned;
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        }

        return unique;
    }
}
