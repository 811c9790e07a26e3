using System.Text;
using Metron.Cli;

namespace Metron.Controller.Tests.Switches;

/// <summary>What an operator sees: metronctl, run in this process, against a controller under test.</summary>
internal static class MetronctlRun
{
    /// <summary>Runs a command line and returns what it printed.</summary>
    public static async Task<string> MetronctlAsync(this ControllerUnderTest controller, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Empty));
        var terminal = new Terminal(input, output, output, IsInteractive: false, TimeProvider.System, static _ => null);
        await Metronctl.RunAsync([.. args, "--controller", $"unix:{controller.Folder["grpc.sock"]}"], terminal, CancellationToken.None);
        return output.ToString();
    }

    /// <summary>Waits until a command prints a text, and returns all that it printed then.</summary>
    public static async Task<string> MetronctlSaysAsync(this ControllerUnderTest controller, string text, params string[] args)
    {
        var printed = string.Empty;
        try
        {
            return await Eventually.GetAsync(text, async () =>
            {
                printed = await controller.MetronctlAsync(args);
                return printed.Contains(text, StringComparison.Ordinal) ? printed : null;
            });
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}; metronctl {string.Join(' ', args)} says:\n{printed}", error);
        }
    }
}
