using System.Text.Json.Serialization;

namespace Metron.Balancing;

/// <summary>First line of a recording.</summary>
/// <param name="Format">Always <see cref="RecordingFormat.Name"/>.</param>
/// <param name="Version">Version of the format; see <see cref="RecordingFormat.Version"/>.</param>
/// <param name="Groups">Number of flow groups.</param>
/// <param name="Workers">The workers as they were at first.</param>
/// <param name="Settings">What the balancer was told.</param>
public sealed record RecordingHeader(string Format, int Version, int Groups, BalanceWorker[] Workers, BalancerSettings Settings);

/// <summary>A recorded run.</summary>
/// <param name="Header">What it was.</param>
/// <param name="Ticks">Its decisions, in their order.</param>
public sealed record Recording(RecordingHeader Header, IReadOnlyList<BalancerDecision> Ticks);

/// <summary>A recording cannot be read from some line on; the message says which line and what is wrong.</summary>
/// <param name="line">Number of the line, from 1.</param>
/// <param name="wrong">What is wrong with it.</param>
/// <param name="readable">What could be read before; null if that line is the header.</param>
public sealed class RecordingException(int line, string wrong, Recording? readable) : FormatException($"line {line}: {wrong}")
{
    /// <summary>Number of the line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>The recording up to the line before; null if the header could not be read.</summary>
    public Recording? Readable { get; } = readable;
}

/// <summary>How recordings are written: JSON lines, in UTF-8: first a <see cref="RecordingHeader"/>, then a <see cref="BalancerDecision"/> per tick.</summary>
public static class RecordingFormat
{
    /// <summary>Name of the format.</summary>
    public const string Name = "metron-balancer";

    /// <summary>Version that is written. Members are only added within a version; readers skip those that they do not know.</summary>
    public const int Version = 1;
}

/// <summary>How the types of a recording become JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RecordingHeader))]
[JsonSerializable(typeof(BalancerDecision))]
internal sealed partial class RecordingJson : JsonSerializerContext;
