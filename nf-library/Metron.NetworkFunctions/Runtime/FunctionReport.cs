using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>What a function tells about itself for statistics.</summary>
public sealed class FunctionReport
{
    /// <summary>Named counters and gauges, in camel case: "bindings", "connections", "drop.noRoute".</summary>
    public Dictionary<string, long> Counters { get; } = [];

    /// <summary>Top talkers, largest first.</summary>
    public List<Talker> TopTalkers { get; } = [];

    /// <summary>Packets that rules denied, by rule and port; null for functions that do not count them so. Rules without packets may be left out.</summary>
    public IReadOnlyList<DeniedPackets>? Denied { get; set; }

    /// <summary>Latest matches of rules that alert, newest first.</summary>
    public List<ContentMatch> Matches { get; } = [];
}

/// <summary>Packets that a rule of a function denied.</summary>
/// <param name="Port">Index of the port that they came in by: 0 inside, 1 outside.</param>
/// <param name="Rule">What the function calls the rule in its declaration: "rule deny-ssh", "rules[3]", "default".</param>
/// <param name="Packets">How many so far.</param>
public readonly record struct DeniedPackets(int Port, string Rule, long Packets);

/// <summary>A pair of addresses that exchanged much traffic.</summary>
public readonly record struct Talker(IpAddress Source, IpAddress Destination, ulong Packets, ulong Bytes);

/// <summary>A rule that matched what a flow carries.</summary>
/// <param name="Rule">Name of the rule.</param>
/// <param name="Source">Who sent it.</param>
/// <param name="Destination">To whom.</param>
/// <param name="SourcePort">Port, or ICMP identifier; 0 for none.</param>
/// <param name="DestinationPort">Port, or ICMP identifier; 0 for none.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Denied">Whether the flow was denied for it.</param>
/// <param name="AgeMilliseconds">How long ago, at the time of the report.</param>
public readonly record struct ContentMatch(
    string Rule,
    IpAddress Source,
    IpAddress Destination,
    ushort SourcePort,
    ushort DestinationPort,
    byte Protocol,
    bool Denied,
    long AgeMilliseconds);
