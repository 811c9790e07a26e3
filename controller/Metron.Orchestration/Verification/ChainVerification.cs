using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>How far the compiled form of a chain is known to do what the chain as written does.</summary>
public enum VerificationVerdict
{
    /// <summary>Proven for every packet.</summary>
    Verified,

    /// <summary>Too much to prove in the time given; true of every packet that was tried.</summary>
    VerifiedBySampling,

    /// <summary>Wrong: there is a packet for which they differ.</summary>
    Refuted,

    /// <summary>The compiled form says something that is not understood.</summary>
    NotVerifiable,
}

/// <summary>The end of a verification.</summary>
/// <param name="Verdict">How it ended.</param>
public sealed record ChainVerification(VerificationVerdict Verdict)
{
    /// <summary>Packets tried where there is no proof.</summary>
    public int Samples { get; init; }

    /// <summary>A packet that shows what is wrong; null unless refuted.</summary>
    public Counterexample? Counterexample { get; init; }

    /// <summary>What is not understood; null unless not verifiable.</summary>
    public string? Problem { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What was compared, in words.</summary>
    public IReadOnlyList<string> Checked { get; init; } = [];
}

/// <summary>A packet that the compiled form treats otherwise than the chain as written does.</summary>
/// <param name="Ingress">Endpoint that it enters by, or the server's port that it comes from.</param>
/// <param name="Port">OpenFlow port number of that place.</param>
/// <param name="Headers">Its headers as it arrives; null when every packet there shows it.</param>
/// <param name="Written">What the chain as written does.</param>
/// <param name="Compiled">What the compiled form does.</param>
public sealed record Counterexample(string Ingress, uint Port, HeaderPoint? Headers, string Written, string Compiled)
{
    /// <summary>In words: "ipv4 tcp 10.0.0.1 port 7 to …, entering at clients: the chain as written …; the compiled form …".</summary>
    public override string ToString() =>
        $"{(Headers is { } headers ? PacketText.Of(headers) : "any packet")}, entering at {Ingress}: as written, {Written}; as compiled, {Compiled}";
}
