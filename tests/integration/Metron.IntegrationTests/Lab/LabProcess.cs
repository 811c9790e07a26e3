using System.Diagnostics;
using System.Text;

namespace Metron.IntegrationTests.Lab;

/// <summary>A process that a test started. Disposing it kills it if it still runs.</summary>
internal sealed class LabProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _name;
    private bool _disposed;

    private LabProcess(string name, Process process)
    {
        _name = name;
        _process = process;
    }

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output => Read(_output);

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors => Read(_errors);

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts a process.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="environment">Variables to add.</param>
    public static LabProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var started = new LabProcess(string.Join(' ', command), process);
        process.OutputDataReceived += (_, line) => Append(started._output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(started._errors, line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="seconds">How long at most; then it is killed and the call fails.</param>
    public async Task<CommandResult> WaitAsync(int seconds = 30)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"after {seconds} s still running: {_name}\n{Output}\n{Errors}");
        }

        return new CommandResult(_name, _process.ExitCode, Output, Errors);
    }

    /// <summary>Waits until it has written a text.</summary>
    public Task WroteAsync(string text, int seconds = 20) => Eventually.HoldsAsync($"\"{text}\" written by {_name}", () =>
    {
        if (Output.Contains(text, StringComparison.Ordinal) || Errors.Contains(text, StringComparison.Ordinal))
        {
            return Task.FromResult<string?>(null);
        }

        if (HasEnded)
        {
            throw new InvalidOperationException($"ended before it wrote \"{text}\": {_name}\n{Output}\n{Errors}");
        }

        return Task.FromResult<string?>(Errors + Output);
    }, seconds);

    /// <summary>Tells it to stop (SIGTERM) and waits for its end.</summary>
    public async Task<CommandResult> StopAsync(int seconds = 20)
    {
        if (!HasEnded)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }

        return await WaitAsync(seconds);
    }

    /// <summary>Ends it without warning (SIGKILL).</summary>
    public async Task KillAsync()
    {
        if (!HasEnded)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await KillAsync();
        _process.Dispose();
    }

    private static void Append(StringBuilder builder, string? line)
    {
        if (line is not null)
        {
            lock (builder)
            {
                builder.AppendLine(line);
            }
        }
    }

    private static string Read(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }
}

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>Fails unless the command succeeded.</summary>
    public CommandResult Succeeded() => ExitCode == 0
        ? this
        : throw new InvalidOperationException($"ended with {ExitCode}: {Command}\n{Output}\n{Errors}");
}
