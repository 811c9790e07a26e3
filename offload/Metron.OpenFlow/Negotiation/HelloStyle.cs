namespace Metron.OpenFlow;

/// <summary>The HELLO that this side sends.</summary>
/// <param name="Versions">The versions offered.</param>
/// <param name="Bare">
/// Eight bytes without the version bitmap, for firmware that knows only OpenFlow 1.3.0: it takes the elements of 1.3.1 for an error.
/// </param>
/// <param name="Header">Version of the header.</param>
internal readonly record struct HelloStyle(VersionSet Versions, bool Bare, OpenFlowVersion Header)
{
    public static HelloStyle WithBitmap(VersionSet versions) => new(versions, false, versions.Highest);

    /// <summary>The style for the next attempt after one of this style failed.</summary>
    /// <param name="negotiated">What the peer's HELLO led to, if it came.</param>
    public HelloStyle Other(OpenFlowVersion? negotiated) =>
        Bare ? WithBitmap(Versions) : new HelloStyle(Versions, true, negotiated ?? Versions.Highest);

    public Hello ToMessage() => Bare ? new Hello([]) : Hello.WithVersions(Versions);
}
