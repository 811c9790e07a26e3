using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Greets the switch in every way there is: each rung of the ladder, and each version alone.</summary>
internal static class HandshakeProbe
{
    /// <summary>The ways, the usual one first, and then the best ones first.</summary>
    public static IReadOnlyList<HelloStyle> Styles { get; } =
    [
        HelloStyle.WithBitmap(VersionSet.Default),
        .. VersionSet.Spoken.Reverse().Select(version => HelloStyle.WithBitmap(VersionSet.Of(version))),
        .. VersionSet.Spoken.Reverse().Select(Bare),
        new HelloStyle(VersionSet.Spoken, HelloRung.Wait, VersionSet.Spoken.Highest),
    ];

    /// <summary>Tries all of them.</summary>
    public static async Task<EquatableArray<Greeting>> RunAsync(
        ProbeTarget target, ProbeOptions options, Action<string> progress, CancellationToken cancellation)
    {
        var greetings = new List<Greeting>();
        foreach (var style in Styles)
        {
            progress($"greeting with {Name(style)}");
            var (greeting, isReached) = await TryAsync(target, options, style, cancellation);
            greetings.Add(greeting);
            if (greetings.Count == 1 && !isReached)
            {
                // Nobody is there: no other HELLO changes that.
                break;
            }
        }

        return greetings.ToEquatableArray();
    }

    /// <summary>What a greeting offers, in words.</summary>
    public static string Name(HelloStyle style) =>
        $"{style.Versions.ToList()} {(style.Waits ? "in answer to its HELLO" : style.Bare ? "without version bitmap" : "with version bitmap")}";

    private static HelloStyle Bare(OpenFlowVersion version) =>
        new(VersionSet.Of(version), version == OpenFlowVersion.OpenFlow10 ? HelloRung.Bare10 : HelloRung.Bare13, version);

    /// <summary>Greets once; also tells whether there was anybody to greet.</summary>
    private static async Task<(Greeting Greeting, bool IsReached)> TryAsync(ProbeTarget target, ProbeOptions options, HelloStyle style, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await ProbeOpening.GreetAsync(target, options, style, cancellation);
            return (new Greeting(Name(style), style.Versions, !style.Bare, connection.Version, string.Join("; ", connection.HandshakeNotes)), true);
        }
        catch (Exception error) when (error is HandshakeException || ProbeFailure.IsOfTheConnection(error) || ProbeFailure.IsOfTheSwitch(error))
        {
            return (new Greeting(Name(style), style.Versions, !style.Bare, null, Said(error)), error is not (System.Net.Sockets.SocketException or TimeoutException));
        }
    }

    // The ladder's advice is not for the report of a single rung.
    private static string Said(Exception error) => error.Message.Replace("; retrying bare", "", StringComparison.Ordinal);
}
