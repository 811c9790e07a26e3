namespace Metron.OpenFlow;

/// <summary>The HELLO that this side sends.</summary>
/// <param name="Versions">The versions that may be agreed on.</param>
/// <param name="Rung">How it is sent.</param>
/// <param name="Header">Version of the header; without meaning where the switch's HELLO is awaited.</param>
internal readonly record struct HelloStyle(VersionSet Versions, HelloRung Rung, OpenFlowVersion Header)
{
    /// <summary>Why the peer gets another HELLO than the usual one, in a sentence; null for the usual one.</summary>
    public string? Why { get; init; }

    /// <summary>Eight bytes without the version bitmap.</summary>
    public bool Bare => Rung != HelloRung.Bitmap;

    /// <summary>Nothing is sent before the peer's HELLO has come.</summary>
    public bool Waits => Rung == HelloRung.Wait;

    /// <summary>What the HELLO offers: without a bitmap, all versions up to its header's.</summary>
    public VersionSet Offered => Bare && !Waits ? Versions.UpTo(Header) : Versions;

    public static HelloStyle WithBitmap(VersionSet versions) => new(versions, HelloRung.Bitmap, versions.Highest);

    public Hello ToMessage() => Bare ? new Hello([]) : Hello.WithVersions(Versions);
}

/// <summary>The order in which HELLOs are tried.</summary>
internal static class HelloLadder
{
    private static readonly HelloRung[] All = [HelloRung.Bitmap, HelloRung.Bare13, HelloRung.Wait, HelloRung.Bare10];

    /// <summary>The rungs that make sense for these versions, best first.</summary>
    public static IReadOnlyList<HelloRung> For(VersionSet versions) => [.. All.Where(rung => rung switch
    {
        HelloRung.Bare13 => versions.Highest >= OpenFlowVersion.OpenFlow13,
        HelloRung.Bare10 => versions.Contains(OpenFlowVersion.OpenFlow10),
        _ => true,
    })];

    /// <summary>The rung after this one; after the last comes the first.</summary>
    public static HelloRung Next(HelloRung rung, VersionSet versions)
    {
        var rungs = For(versions);
        return rungs.FirstOrDefault(other => other > rung);
    }

    /// <summary>The HELLO of a rung.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="versions">Versions that may be agreed on.</param>
    /// <param name="said">The version that an earlier HELLO of the peer led to, if one came.</param>
    public static HelloStyle Style(HelloRung rung, VersionSet versions, OpenFlowVersion? said) => rung switch
    {
        HelloRung.Bare13 => new HelloStyle(versions, rung, said ?? LowestFrom13(versions)),
        HelloRung.Bare10 => new HelloStyle(versions, rung, OpenFlowVersion.OpenFlow10),
        HelloRung.Wait => new HelloStyle(versions, rung, versions.Highest),
        _ => HelloStyle.WithBitmap(versions),
    };

    /// <summary>Whether another HELLO may help after a failure.</summary>
    public static bool MayHelp(HandshakeFault fault, HelloStyle tried) => fault switch
    {
        HandshakeFault.RejectedHelloElements or HandshakeFault.Closed or HandshakeFault.Refused or HandshakeFault.ExpectedHello
            or HandshakeFault.Timeout => true,

        // A bare HELLO offers less than its bitmap would.
        HandshakeFault.NoCommonVersion => tried.Bare && !tried.Waits,
        _ => false,
    };

    private static OpenFlowVersion LowestFrom13(VersionSet versions) => versions.First(static version => version >= OpenFlowVersion.OpenFlow13);
}
