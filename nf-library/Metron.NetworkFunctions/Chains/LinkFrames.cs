using Metron.NetworkFunctions.Vlan;

namespace Metron.NetworkFunctions.Chains;

/// <summary>What the frames on a link carry behind their MAC addresses.</summary>
public enum LinkFrames
{
    /// <summary>IPv4 and IPv6 packets.</summary>
    Ip,

    /// <summary>One 802.1Q header, and then the packets; the chain sees the header, unlike that of an endpoint alone.</summary>
    Tagged,

    /// <summary>An MPLS label stack (RFC 3032), Ethernet type 0x8847.</summary>
    Labelled,
}

/// <summary>Which frames come in at endpoints: those that the function linked there understands.</summary>
public static class EndpointFrames
{
    /// <summary>The frames that enter and leave by an endpoint.</summary>
    /// <param name="spec">A chain whose links may have problems.</param>
    /// <param name="endpoint">Index of the endpoint.</param>
    public static LinkFrames FramesOf(this ChainSpec spec, int endpoint) =>
        spec.LinkedTo(endpoint) is { } port ? port.Function.FramesAt(port.Port) : LinkFrames.Ip;

    /// <summary>
    /// Whether ARP requests and neighbour solicitations from an endpoint are answered by the function that is linked there, or that lies behind VLAN functions.
    /// </summary>
    public static bool TakesNeighbors(this ChainSpec spec, int endpoint) =>
        spec.AnsweringAt(endpoint) is { } found && found.Function.AnswersNeighborsAt(found.Port);

    /// <summary>The function's port that an endpoint is linked to, directly or through VLAN functions; null when there is none.</summary>
    public static (NetworkFunctionConfiguration Function, int Port)? AnsweringAt(this ChainSpec spec, int endpoint)
    {
        var at = spec.LinkedTo(endpoint);
        for (var steps = 0; at is { Function: VlanConfiguration vlan, Port: var port } && steps < spec.Functions.Count; steps++)
        {
            at = spec.LinkedTo(vlan, 1 - port);
        }

        return at;
    }

    /// <summary>The function's port that a two-sided function's port is linked to; null when there is none.</summary>
    private static (NetworkFunctionConfiguration Function, int Port)? LinkedTo(this ChainSpec spec, NetworkFunctionConfiguration function, int port)
    {
        var link = spec.Links.FirstOrDefault(link => (port == 0 ? link.To : link.From).Element == function.Name);
        return link is null ? null : port == 0 ? spec.PortOf(link.From, 1) : spec.PortOf(link.To, 0);
    }

    /// <summary>The function's port that an endpoint is linked to; null when there is none.</summary>
    public static (NetworkFunctionConfiguration Function, int Port)? LinkedTo(this ChainSpec spec, int endpoint)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var name = spec.Endpoints[endpoint].Name;
        foreach (var link in spec.Links)
        {
            if (link.From.Element == name || link.To.Element == name)
            {
                return link.From.Element == name ? spec.PortOf(link.To, 0) : spec.PortOf(link.From, 1);
            }
        }

        return null;
    }

    /// <summary>The function's port that one end of a link attaches to; null when it is an endpoint, or not there.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="attachment">The end.</param>
    /// <param name="side">0 for a link's <c>to</c>, 1 for its <c>from</c>.</param>
    public static (NetworkFunctionConfiguration Function, int Port)? PortOf(this ChainSpec spec, Attachment attachment, int side)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Functions.FirstOrDefault(function => function.Name == attachment.Element) is not { } found)
        {
            return null;
        }

        var port = attachment.Port is null ? found.PortAt(side) : found.Ports.ToList().IndexOf(attachment.Port);
        return port >= 0 ? (found, port) : null;
    }
}
