namespace Metron.Cli.Run;

/// <summary>What became of a packet of a capture.</summary>
/// <param name="Number">Its number in the capture, from 1.</param>
/// <param name="Nanoseconds">When, since the capture's first packet.</param>
/// <param name="Ingress">Name of the endpoint where it entered.</param>
/// <param name="Egress">Name of the endpoint where it left; empty when it was dropped.</param>
/// <param name="DropReason">Why it was dropped; empty when it left.</param>
/// <param name="DecidedBy">Who decided: "switch", "worker 1", or the function that dropped it.</param>
/// <param name="ClassId">Its traffic class; 0 for none.</param>
/// <param name="Bytes">Length of the frame that entered.</param>
internal sealed record PacketVerdict(
    int Number, long Nanoseconds, string Ingress, string Egress, string DropReason, string DecidedBy, int ClassId, int Bytes)
{
    /// <summary>The frame that left; null when it was dropped.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>How the compiled chain differs from the chain as written; null when it does not, or nothing was compared.</summary>
    public string? Difference { get; init; }

    /// <summary>"forwarded to internet", "dropped: denied".</summary>
    public string Text => Egress.Length > 0 ? $"forwarded to {Egress}" : $"dropped: {DropReason}";
}
