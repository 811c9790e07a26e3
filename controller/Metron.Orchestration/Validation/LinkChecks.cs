using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Router;

namespace Metron.Orchestration;

/// <summary>Checks that links join what is there, each port and endpoint once.</summary>
internal sealed class LinkChecks
{
    private readonly ChainSpec _spec;
    private readonly List<Violation> _violations;
    private readonly Dictionary<string, int> _endpoints = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _functions = new(StringComparer.Ordinal);

    // What is linked already, and where: by endpoint, or by function and port.
    private readonly Dictionary<(int Endpoint, int Function, int Port), string> _linked = [];

    private LinkChecks(ChainSpec spec, List<Violation> violations)
    {
        (_spec, _violations) = (spec, violations);
        for (var i = 0; i < spec.Endpoints.Count; i++)
        {
            _endpoints.TryAdd(spec.Endpoints[i].Name, i);
        }

        for (var i = 0; i < spec.Functions.Count; i++)
        {
            _functions.TryAdd(spec.Functions[i].Name, i);
        }
    }

    public static void Check(ChainSpec spec, List<Violation> violations)
    {
        var checks = new LinkChecks(spec, violations);
        for (var i = 0; i < spec.Links.Count; i++)
        {
            checks.Attach(spec.Links[i].From, ChainGraph.Outside, SpecPaths.Link(i, "from"));
            checks.Attach(spec.Links[i].To, ChainGraph.Inside, SpecPaths.Link(i, "to"));
        }

        checks.FindUnlinkedEndpoints();
        checks.FindUnlinkedPorts();
        LinkCycles.Check(spec, violations);
    }

    private void Attach(Attachment attachment, int side, string path)
    {
        if (_endpoints.TryGetValue(attachment.Element, out var endpoint))
        {
            if (attachment.Port is not null)
            {
                Report(path, $"{attachment.Element} is an endpoint and has no ports: write {attachment.Element}");
            }

            Occupy((endpoint, -1, -1), $"endpoint {attachment.Element}", path);
        }
        else if (_functions.TryGetValue(attachment.Element, out var index))
        {
            AttachFunction(index, attachment, side, path);
        }
        else
        {
            Report(path, $"{attachment.Element} is neither an endpoint nor a function{Suggestion.Of(attachment.Element, [.. _endpoints.Keys, .. _functions.Keys])}");
        }
    }

    private void AttachFunction(int index, Attachment attachment, int side, string path)
    {
        var function = _spec.Functions[index];
        var port = ChainGraph.PortOf(function, attachment.Port, side);
        if (port >= 0)
        {
            var name = attachment.Port is not null ? attachment.ToString() : $"the {function.Ports[port]} of {function.Name}";
            Occupy((-1, index, port), name, path);
            return;
        }

        var ports = function.Ports.Select(known => $"{function.Name}.{known}").ToList();
        Report(path, !function.HasNamedPorts
            ? $"{function.Name} is no router and its sides are not named: write {function.Name} (from: its outside, to: its inside)"
            : attachment.Port is null
            ? $"{function.Name} {(function is RouterConfiguration ? "is a router" : "has several ports there")}: name one of its ports, {Suggestion.List(ports)}"
            : $"{function.Name} has no port {attachment.Port}{Suggestion.Of(attachment.ToString(), ports)}");
    }

    private void Occupy((int Endpoint, int Function, int Port) place, string name, string path)
    {
        if (!_linked.TryAdd(place, path))
        {
            Report(path, $"{name} is linked by {_linked[place]} already; a port has one link, and only functions whose ports have names have more than two");
        }
    }

    private void FindUnlinkedEndpoints()
    {
        for (var i = 0; i < _spec.Endpoints.Count; i++)
        {
            if (!_linked.ContainsKey((i, -1, -1)))
            {
                var name = _spec.Endpoints[i].Name;
                Report(SpecPaths.Endpoint(i), $"{name} is linked to nothing: add a link with 'from: {name}' or 'to: {name}', or remove the endpoint");
            }
        }
    }

    private void FindUnlinkedPorts()
    {
        for (var i = 0; i < _spec.Functions.Count; i++)
        {
            var function = _spec.Functions[i];
            for (var port = 0; port < function.LinkedPorts; port++)
            {
                if (!_linked.ContainsKey((-1, i, port)))
                {
                    ReportUnlinked(i, function, port);
                }
            }
        }
    }

    private void ReportUnlinked(int index, NetworkFunctionConfiguration function, int port)
    {
        var name = function.Ports[port];
        if (function.HasNamedPorts)
        {
            Report(
                function is RouterConfiguration ? SpecPaths.Configuration(index, function, $"ports[{port}]") : SpecPaths.Function(index),
                $"port {name} is linked to nothing: add a link with 'from: {function.Name}.{name}' or 'to: {function.Name}.{name}', or remove the port");
        }
        else
        {
            var field = port == ChainGraph.Inside ? "to" : "from";
            Report(SpecPaths.Function(index), $"the {name} of {function.Name} is linked to nothing: add a link with '{field}: {function.Name}'");
        }
    }

    private void Report(string path, string message) => _violations.Add(new Violation(path, message));
}
