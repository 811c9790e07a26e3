namespace Metron.Synthesis;

/// <summary>What a network function does, as data: for each port, which outcomes are possible for which packets, and what they mean.</summary>
/// <param name="Name">Name within the chain.</param>
/// <param name="Ports">Ports by index.</param>
public sealed record FunctionDeclaration(string Name, IReadOnlyList<PortDeclaration> Ports)
{
    /// <summary>Texts of the outcomes: "allow", "via wan 02:…". Their numbering is part of the function's contract.</summary>
    public required IReadOnlyList<string> Outcomes { get; init; }

    /// <summary>Whether every packet must come to the server: the function rewrites, keeps state or looks on.</summary>
    public bool NeedsServer { get; init; }

    /// <summary>Whether it keeps state per flow, so that both directions of a flow must meet.</summary>
    public bool KeepsFlowState { get; init; }

    /// <summary>Whether inside and outside differ for flows: the port that tells the client is the one behind port 0.</summary>
    public bool KnowsClientSide { get; init; }

    /// <summary>Whether packets on its outside do not show the ports of the flows that they carry.</summary>
    public bool HidesFlows { get; init; }

    /// <summary>Whether it may change the port that tells the client in ways that nobody knows, so that no port tells flows apart on both sides.</summary>
    public bool LosesClientPort { get; init; }

    /// <summary>Whether it writes source and destination MAC on every packet that it forwards.</summary>
    public bool WritesMacs { get; init; }
}

/// <summary>A port of a function, and what happens to packets that enter by it.</summary>
/// <param name="Name">Name: "inside", "outside", or a router's.</param>
public sealed record PortDeclaration(string Name)
{
    /// <summary>What can be said about the outcome from the headers alone. A packet begins in the first stage.</summary>
    public required IReadOnlyList<StageTable> Stages { get; init; }

    /// <summary>
    /// What a switch may do of it, when that is not all of <see cref="Stages"/>; only what it drops matters then. Empty: nothing.
    /// </summary>
    public IReadOnlyList<StageTable>? SwitchStages { get; init; }

    /// <summary>What each outcome means for packets that enter by this port, by outcome.</summary>
    public required IReadOnlyList<Treatment> Treatments { get; init; }

    /// <summary>MAC address that the function has on this port; null when it has none.</summary>
    public string? Mac { get; init; }
}

/// <summary>What an outcome means for a packet: it goes on or is dropped.</summary>
public sealed record Treatment
{
    /// <summary>Port that it leaves by; -1 when it is dropped.</summary>
    public int ExitPort { get; init; } = -1;

    /// <summary>Why it is dropped, as counted ("denied"); null when it goes on.</summary>
    public string? DropReason { get; init; }

    /// <summary>What state must say of every packet with this outcome, in words: "has a binding"; null when headers alone decide.</summary>
    public string? Needs { get; init; }

    /// <summary>What state says of packets with this outcome for which it decides between several, in words: "belongs to a connection".</summary>
    public string? WhenStateDecides { get; init; }

    /// <summary>Values that header fields may have afterwards: one of these sets of assignments. Empty: nothing is rewritten.</summary>
    public IReadOnlyList<HeaderRewrite> Rewrites { get; init; } = [];

    /// <summary>What is written, for humans.</summary>
    public IReadOnlyList<HeaderWrite> Writes { get; init; } = [];

    public static Treatment Drop(string reason) => new() { DropReason = reason };

    public static Treatment Forward(int port) => new() { ExitPort = port };
}

/// <summary>Values that fields may have after a rewrite; other fields stay.</summary>
/// <param name="IpVersion">IP version of the packets that this is for: 4 or 6.</param>
/// <param name="Fields">Fields and their possible values afterwards.</param>
public sealed record HeaderRewrite(int IpVersion, IReadOnlyList<FieldValues> Fields)
{
    /// <summary>IP version of a header that takes the place of the one before: other fields then have any value. Null: the header stays.</summary>
    public int? NewIpVersion { get; init; }
}

/// <summary>A field and values.</summary>
public readonly record struct FieldValues(HeaderField Field, Interval Values);

/// <summary>A write of a header field, for humans; writes to a field compose.</summary>
/// <param name="Field">"source MAC", "TTL", …</param>
/// <param name="Value">The value written; for an increment its sign and size.</param>
/// <param name="Increment">Number that is added; 0 when a value is written.</param>
public sealed record HeaderWrite(string Field, string Value, int Increment = 0);
