namespace Metron.IntegrationTests.Lab;

/// <summary>Runs metronctl against the controller of a lab.</summary>
internal sealed class Metronctl(string socketPath)
{
    /// <summary>Runs a command and waits for its end.</summary>
    public async Task<CommandResult> RunAsync(params IEnumerable<string> arguments)
    {
        await using var process = LabProcess.Start([Repository.Executable("controller/Metron.Cli", "metronctl"), "--controller", $"unix:{socketPath}", .. arguments]);
        return await process.WaitAsync(60);
    }
}
