using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Reference;

/// <summary>What became of a packet.</summary>
public sealed record ReferenceResult
{
    /// <summary>Index of the endpoint where it entered; -1 when no endpoint took it.</summary>
    public int Ingress { get; init; } = -1;

    /// <summary>Index of the endpoint where it left; -1 when it was dropped.</summary>
    public int Egress { get; init; } = -1;

    /// <summary>The frame that left, VLAN header of the endpoint included; null when it was dropped.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>Why it was dropped, in camel case as counters are named; null when it left.</summary>
    public string? DropReason { get; init; }

    /// <summary>The function that dropped it; null when it was dropped before the first one, or left.</summary>
    public string? Function { get; init; }

    /// <summary>
    /// Whether it was refused for its form (malformed, truncated, wrong header checksum, martian address, options) before any function.
    /// A chain that the switch carries out alone does not look at these things.
    /// </summary>
    public bool IsRefused { get; init; }

    /// <summary>A choice that is not allowed: then the compiled chain is wrong. Null when all choices were.</summary>
    public string? Violation { get; init; }

    /// <summary>Copies that functions sent besides, in the order of the walk, whatever became of the packet.</summary>
    public IReadOnlyList<ReferenceResult> Copies { get; init; } = [];

    /// <summary>The functions on the way and the ports it entered them by.</summary>
    public IReadOnlyList<ReferenceStep> Path { get; init; } = [];

    /// <summary>Source MAC that the frame may have instead: the endpoint's own, which a switch that tags by MAC writes. Null for none.</summary>
    public MacAddress? OtherSource { get; init; }

    /// <summary>Destination MAC that the frame may have instead: the peer's, when no router wrote one. Null for none.</summary>
    public MacAddress? OtherDestination { get; init; }

    /// <summary>Whether a frame is the one that left, or differs from it only in what <see cref="OtherSource"/> and
    /// <see cref="OtherDestination"/> allow.</summary>
    public bool Agrees(ReadOnlySpan<byte> frame)
    {
        if (Frame is null || frame.Length != Frame.Length || !frame[12..].SequenceEqual(Frame.AsSpan(12)))
        {
            return false;
        }

        return IsEither(frame[..6], Frame.AsSpan(0, 6), OtherDestination) && IsEither(frame[6..12], Frame.AsSpan(6, 6), OtherSource);
    }

    private static bool IsEither(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, MacAddress? other)
    {
        var value = (ulong)BinaryPrimitives.ReadUInt16BigEndian(actual) << 32 | BinaryPrimitives.ReadUInt32BigEndian(actual[2..]);
        return actual.SequenceEqual(expected) || (other is { } mac && mac.Value == value);
    }
}

/// <summary>A function on a packet's way.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Port">Name of the port that the packet entered by.</param>
public readonly record struct ReferenceStep(string Function, string Port);
