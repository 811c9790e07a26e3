namespace Metron.Synthesis;

/// <summary>A chain as a graph: functions as they declare themselves, endpoints, and wires. Everything is referred to by index.</summary>
/// <param name="Endpoints">Endpoints.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Wires">For each function and port, what it is wired to.</param>
public sealed record FunctionGraph(
    IReadOnlyList<GraphEndpoint> Endpoints, IReadOnlyList<FunctionDeclaration> Functions, IReadOnlyList<IReadOnlyList<GraphNode>> Wires)
{
    /// <summary>What packets meet that leave a function by a port.</summary>
    public GraphNode Behind(int function, int port) => Wires[function][port];
}

/// <summary>An endpoint.</summary>
/// <param name="Name">Name within the chain.</param>
/// <param name="First">What packets meet that enter here.</param>
public sealed record GraphEndpoint(string Name, GraphNode First)
{
    /// <summary>Packets that the chain takes here.</summary>
    public HeaderMatch Match { get; init; } = HeaderMatch.Any;

    /// <summary>Whether packets enter here.</summary>
    public bool IsIngress { get; init; } = true;

    /// <summary>Whether packets leave here.</summary>
    public bool IsEgress { get; init; } = true;

    /// <summary>Whether it lies on the server instead of on a switch: an interface of a closed program.</summary>
    public bool IsOnServer { get; init; }

    /// <summary>Whether it is a link's <c>from</c>.</summary>
    public bool IsClientSide { get; init; }
}

/// <summary>A port of a function, or an endpoint.</summary>
/// <param name="Function">Function, or -1.</param>
/// <param name="Port">Port of the function.</param>
/// <param name="Endpoint">Endpoint, or -1.</param>
public readonly record struct GraphNode(int Function, int Port, int Endpoint)
{
    public static GraphNode OfFunction(int function, int port) => new(function, port, -1);

    public static GraphNode OfEndpoint(int endpoint) => new(-1, -1, endpoint);

    public bool IsEndpoint => Endpoint >= 0;
}
