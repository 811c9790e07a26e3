namespace Metron.Cli;

/// <summary>What a run sees of the world outside: streams, clock and environment.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsInteractive">Whether the output is a terminal that can be cleared.</param>
/// <param name="Time">The clock.</param>
/// <param name="Environment">Reads an environment variable.</param>
internal sealed record Terminal(
    Stream Input, TextWriter Output, TextWriter Error, bool IsInteractive, TimeProvider Time, Func<string, string?> Environment)
{
    /// <summary>The process's own.</summary>
    public static Terminal OfProcess() => new(
        Console.OpenStandardInput(),
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected,
        TimeProvider.System,
        System.Environment.GetEnvironmentVariable);
}
