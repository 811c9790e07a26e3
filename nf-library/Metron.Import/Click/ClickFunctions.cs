using Metron.Import.Filters;
using Metron.Import.Routes;
using Metron.Import.Syntax;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Click;

/// <summary>Makes firewalls and routers of elements.</summary>
internal sealed class ClickFunctions(ClickConfiguration configuration, IReadOnlyDictionary<string, string> addresses, ImportLog log)
{
    /// <summary>IPFilter: actions and patterns in order; a packet that none matches is dropped.</summary>
    public FirewallConfiguration? Filter(ClickElement element, string name)
    {
        List<FlatRule> rules = [];
        foreach (var (text, at) in element.Arguments())
        {
            var words = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2)
            {
                log.Problem(at, $"{Quote.Of(text)} is not an action and a pattern, such as 'allow tcp && dst port 80'");
            }
            else if (Decision(element, words[0], at) is { } allow)
            {
                Add(rules, words[1], allow, at);
            }
        }

        return Firewall(name, rules);
    }

    /// <summary>IPClassifier: pattern N leads to output N; one way on is allowed, and the outputs that Discard is at are denied.</summary>
    public FirewallConfiguration? Classifier(ClickElement element, string name)
    {
        List<FlatRule> rules = [];
        var number = 0;
        foreach (var (text, at) in element.Arguments())
        {
            if (Output(element, number++, at) is { } allow)
            {
                Add(rules, text, allow, at);
            }
        }

        return Firewall(name, rules);
    }

    /// <summary>A lookup: "ADDRESS/MASK [GATEWAY] OUTPUT"; output N is the router's port of index N, unless Discard is there.</summary>
    public RouterConfiguration? Lookup(ClickElement element, RouteImportOptions options)
    {
        var table = new RouteTable(options, log);
        foreach (var (text, at) in element.Arguments())
        {
            var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length is < 2 or > 3 || Prefix(words[0]) is not { } prefix || !Numbers.TryRead(words[^1], ushort.MaxValue, out var output)
                || !TryGateway(words, out var gateway))
            {
                log.Problem(at, $"{Quote.Of(text)} is not a route: ADDRESS/LENGTH [GATEWAY] OUTPUT; masks with gaps are not routes of Metron");
            }
            else if (IsDiscarded(element, (int)output))
            {
                table.Discard(prefix, at);
            }
            else if (output >= options.Ports.Count)
            {
                log.Problem(at, $"leads to output {output}, and the router has {options.Ports.Count} ports; give one port for each output, in order, by --port NAME=MAC");
            }
            else
            {
                Add(table, prefix, gateway, options.Ports[(int)output].Name, options, at);
            }
        }

        return table.Finish();
    }

    private void Add(RouteTable table, IpPrefix prefix, IpAddress? gateway, string port, RouteImportOptions options, Place at)
    {
        if (gateway is not { } hop)
        {
            table.AddConnected(prefix, port, at);
        }
        else if (options.NextHops.TryGetValue(hop, out var place) && place.Port != port)
        {
            log.Problem(at, $"next hop {hop} is said to be at port {Quote.Of(place.Port)}, but this route leads to {Quote.Of(port)}");
        }
        else
        {
            table.Add(prefix, new SourceRoute(hop, port, default, at));
        }
    }

    private static bool TryGateway(string[] words, out IpAddress? gateway)
    {
        gateway = null;
        if (words.Length == 2 || words[1] is "-" or "0.0.0.0")
        {
            return true;
        }

        var isAddress = AddressSets.TryAddress(words[1], out var address) && !address.IsV6;
        gateway = address;
        return isAddress;
    }

    private IpPrefix? Prefix(string text)
    {
        text = addresses.GetValueOrDefault(text, text);
        if (text is "-" or "default")
        {
            return new IpPrefix(IpAddress.V4(0), 0);
        }

        if (AddressSets.TryRead(text, out var set, out var isV6) is not null || isV6)
        {
            return null;
        }

        var (first, last) = set is null ? (UInt128.Zero, (UInt128)uint.MaxValue) : set.Intervals.Length == 1 ? set.Intervals[0] : (1, 0);
        return first <= last && UInt128.PopCount(last - first + 1) == 1
            ? new IpPrefix(new IpAddress(first, false), 32 - (int)UInt128.TrailingZeroCount(last - first + 1))
            : null;
    }

    private bool? Decision(ClickElement element, string action, Place at)
    {
        if (action is "allow")
        {
            return Output(element, 0, at);
        }

        if (action is "deny" or "drop")
        {
            return false;
        }

        if (Numbers.TryRead(action, ushort.MaxValue, out var output))
        {
            return Output(element, (int)output, at);
        }

        log.Problem(at, $"{Quote.Of(action)} is not an action: allow, deny, drop or a number of an output");
        return null;
    }

    /// <summary>Whether packets of an output go on. All that go on must go the same way.</summary>
    private bool? Output(ClickElement element, int output, Place at)
    {
        if (IsDiscarded(element, output))
        {
            return false;
        }

        var ways = configuration.Connections
            .Where(connection => connection.From == element && !IsDiscarded(element, connection.FromPort))
            .GroupBy(connection => (connection.To, connection.ToPort))
            .ToList();
        var isConnected = configuration.Connections.Any(connection => connection.From == element && connection.FromPort == output);
        if (ways.Count > 1)
        {
            log.Problem(at, "the outputs of this element lead to different elements; a firewall of Metron has one way on, and drops the rest (outputs at Discard)");
            return null;
        }

        if (!isConnected && ways.Count > 0)
        {
            log.Problem(at, $"output {output} is connected to nothing; connect it to what follows, or to Discard");
            return null;
        }

        // An element that stands alone, as a fragment: output 0 goes on.
        if (!isConnected && output > 0)
        {
            log.Problem(at, $"output {output} is connected to nothing, so nothing says whether its packets go on; connect the outputs");
            return null;
        }

        return true;
    }

    private bool IsDiscarded(ClickElement element, int output) => configuration.Connections
        .Any(connection => connection.From == element && connection.FromPort == output && connection.To.Class == "Discard");

    private void Add(List<FlatRule> rules, string pattern, bool allow, Place at)
    {
        if (ClickPattern.Read(pattern, addresses, out var packets) is { } problem)
        {
            log.Problem(at, $"the pattern {Quote.Of(pattern)} {problem}");
            return;
        }

        rules.AddRange(packets.Select(box => new FlatRule(box, allow, string.Empty, at)));
    }

    private FirewallConfiguration? Firewall(string name, List<FlatRule> rules)
    {
        log.Note(default, $"{name}: the element sees IPv4 alone, and IPv6 is denied; its rules are for packets from either side of the firewall; fragments are dropped");
        return FirewallWriter.Write(name, rules, stateful: false, log);
    }
}
