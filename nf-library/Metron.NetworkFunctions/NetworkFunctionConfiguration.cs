using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions;

/// <summary>Configuration of one network function of a chain, valid as it stands (validation happens where specs are mapped).</summary>
/// <param name="Name">Name within the chain.</param>
public abstract record NetworkFunctionConfiguration(string Name)
{
    /// <summary>Port names in a fixed order; index 0 and 1 are <c>inside</c> and <c>outside</c> for functions that links do not name ports of.</summary>
    public virtual IReadOnlyList<string> Ports => TwoSided;

    /// <summary>How many of <see cref="Ports"/>, from the first, links attach to; what lies behind the others is the function's own.</summary>
    public virtual int LinkedPorts => Ports.Count;

    /// <summary>Whether links may name its ports ("rt.lan").</summary>
    public virtual bool HasNamedPorts => false;

    /// <summary>Index of the port where a link attaches that names none; -1: it has to name one.</summary>
    /// <param name="side">0 for a link's <c>to</c> (inside), 1 for its <c>from</c> (outside).</param>
    public virtual int PortAt(int side) => side;

    /// <summary>What frames carry that enter and leave by a port.</summary>
    /// <param name="port">Index of the port.</param>
    public virtual LinkFrames FramesAt(int port) => LinkFrames.Ip;

    /// <summary>Whether it answers ARP requests and neighbour solicitations that come in by a port.</summary>
    /// <param name="port">Index of the port.</param>
    public virtual bool AnswersNeighborsAt(int port) => false;

    /// <summary>How it gets on with a NIC whose hash names flow groups. What does not say so cannot.</summary>
    public virtual HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible("does not say that it can do with flow groups by hash");

    private static readonly string[] TwoSided = ["inside", "outside"];
}

/// <summary>Idle times after which per-flow state is forgotten.</summary>
public sealed record ConnectionTimeouts
{
    /// <summary>RFC 5382, RFC 4787 and RFC 5508.</summary>
    public static ConnectionTimeouts Default { get; } = new();

    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromSeconds(7440);

    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromSeconds(240);

    public TimeSpan Udp { get; init; } = TimeSpan.FromSeconds(300);

    public TimeSpan Icmp { get; init; } = TimeSpan.FromSeconds(60);
}
