using System.Text;

namespace Metron.Cli.Tests.Fakes;

/// <summary>What a command line left behind.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error);

/// <summary>Runs the real entry point in this process, with streams of its own.</summary>
internal static class CliRun
{
    /// <summary>Runs a command line; the clock stands at <see cref="FakeController.Now"/> unless another is given.</summary>
    public static async Task<CliResult> Async(
        string[] args, string input = "", TimeProvider? time = null, string? environmentAddress = null, CancellationToken cancellation = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var standardInput = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var terminal = new Terminal(
            standardInput,
            output,
            error,
            IsInteractive: false,
            time ?? new StoppedClock(),
            name => name == "METRON_CONTROLLER" ? environmentAddress : null);
        var exitCode = await Metronctl.RunAsync(args, terminal, cancellation);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    // Time does not pass, so no patience ever ends: what a test sees does not depend on how fast the machine is.
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => FakeController.Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
