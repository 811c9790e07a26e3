using System.Globalization;
using System.Text.Json.Serialization;
using Metron.NetworkFunctions.Hashing;

namespace Metron.NetworkFunctions.Policer;

/// <summary>Configuration of a policer.</summary>
public sealed record PolicerConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    /// <summary>The limits; the first whose match fits a packet is the packet's. What none fits passes unlimited.</summary>
    public IReadOnlyList<PolicerLimit> Limits { get; init; } = [];

    /// <summary>How a limit is told from others in what is printed: its name, or "limits[2]".</summary>
    public string LabelOf(int limit) =>
        Limits[limit].Name is { Length: > 0 } name ? name : string.Create(CultureInfo.InvariantCulture, $"limits[{limit}]");

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>A limit: a token bucket for each direction, or for each flow.</summary>
/// <param name="Name">Name; may be empty.</param>
/// <param name="Match">Which packets. Not by TCP flags: all packets of a flow have the same limit.</param>
/// <param name="Rate">Tokens per second: bits or packets.</param>
/// <param name="Burst">Most tokens at a time: bytes or packets.</param>
public sealed record PolicerLimit(string Name, PacketMatch Match, long Rate, long Burst)
{
    /// <summary>Whether packets are counted; otherwise their bits, of Ethernet frames without tag and FCS.</summary>
    public bool InPackets { get; init; }

    /// <summary>Port that the packets enter by, 0 for inside; null: either, each with a bucket of its own.</summary>
    public int? FromPort { get; init; }

    /// <summary>Whether every flow has a bucket of its own.</summary>
    public bool PerFlow { get; init; }

    /// <summary>
    /// Ports, as bits by their number, that packets enter by which a meter of the switch has limited already: here they pass. Never part of a spec.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public byte MeteredPorts { get; init; }

    /// <summary>Whether a meter of the switch has limited packets that enter by a port.</summary>
    public bool IsMetered(int port) => ((MeteredPorts >> port) & 1) != 0;
}
