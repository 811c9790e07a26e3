using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>Configuration of deep packet inspection: rules on what packets carry.</summary>
public sealed record DpiConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>The rules; all that match count, whatever their order.</summary>
    public IReadOnlyList<DpiRule> Rules { get; init; } = [];

    /// <summary>Whether a TCP direction is read as one stream; otherwise each segment is looked at by itself.</summary>
    public bool IsStreaming { get; init; } = true;

    /// <summary>Whether a packet that cannot be inspected is dropped instead of passed.</summary>
    public bool FailsClosed { get; init; }

    /// <summary>Bytes of one direction of a flow after which it is cleared, if nothing denied it.</summary>
    public int InspectedBytes { get; init; } = 65_536;

    /// <summary>Mebibytes that a worker may use for streams and segments out of order.</summary>
    public int StreamMebibytes { get; init; } = 64;

    public ConnectionTimeouts Timeouts { get; init; } = ConnectionTimeouts.Default;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Together;
}

/// <summary>A rule of deep packet inspection: it matches a direction of a flow that carries all of its patterns.</summary>
/// <param name="Name">Name, unique among the rules; or empty.</param>
/// <param name="Patterns">Patterns, 1 to <see cref="MaximumPatterns"/>.</param>
public sealed record DpiRule(string Name, IReadOnlyList<DpiPattern> Patterns)
{
    /// <summary>Most patterns of a rule.</summary>
    public const int MaximumPatterns = 16;

    /// <summary>What it is about, for humans.</summary>
    public string Description { get; init; } = "";

    /// <summary>Packets that it speaks of: those of any of these; empty for all. TCP flags are not looked at.</summary>
    public IReadOnlyList<PacketMatch> Matches { get; init; } = [];

    /// <summary>0: only what comes from inside, 1: only what comes from outside, null: both.</summary>
    public int? FromPort { get; init; }

    /// <summary>Which direction of a flow.</summary>
    public DpiDirection Direction { get; init; }

    /// <summary>Whether a match is noted.</summary>
    public bool Alerts { get; init; } = true;

    /// <summary>Whether the flow is denied from the packet on that completes the match.</summary>
    public bool Denies { get; init; }
}

/// <summary>Directions of a flow, by who opened it.</summary>
public enum DpiDirection
{
    /// <summary>Both.</summary>
    Both,

    /// <summary>From the end that opened the flow.</summary>
    ToServer,

    /// <summary>To the end that opened the flow.</summary>
    ToClient,
}

/// <summary>Something that a rule looks for.</summary>
/// <param name="Text">Content as <see cref="DpiContent"/> reads it, or a regular expression.</param>
/// <param name="IsRegex">Whether it is a regular expression.</param>
public sealed record DpiPattern(string Text, bool IsRegex)
{
    /// <summary>Whether ASCII letters match in both cases.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>Regular expressions: whether a dot matches a newline.</summary>
    public bool DotMatchesNewline { get; init; }

    /// <summary>Regular expressions: whether <c>^</c> and <c>$</c> match at newlines.</summary>
    public bool IsMultiline { get; init; }

    /// <summary>Content: bytes to skip at the beginning of the stream or datagram.</summary>
    public int Offset { get; init; }

    /// <summary>Content: bytes from <see cref="Offset"/> on within which it must lie; 0 for no limit.</summary>
    public int Depth { get; init; }
}
