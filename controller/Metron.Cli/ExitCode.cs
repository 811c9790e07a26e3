namespace Metron.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Failed for a reason that has no number of its own.</summary>
    public const int Failure = 1;

    /// <summary>Wrong command line or wrong spec; nothing was changed by it.</summary>
    public const int BadInput = 2;

    /// <summary>There is nothing of that name.</summary>
    public const int NotFound = 3;

    /// <summary>Someone else was faster, or the name is taken.</summary>
    public const int Conflict = 4;

    /// <summary>The controller cannot be reached, or says that it cannot do this at the moment.</summary>
    public const int Unreachable = 5;

    /// <summary>Not done in time.</summary>
    public const int Timeout = 6;

    /// <summary>Interrupted by the operator (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}

/// <summary>Ends a command with one sentence.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>See <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
