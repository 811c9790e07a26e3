using System.CommandLine;
using Metron.Offload;

namespace Metron.Cli.Commands;

/// <summary>The option that names what a switch can do.</summary>
internal static class ProfileOption
{
    private static IEnumerable<string> Names => SwitchProfiles.BuiltIn.Select(profile => profile.Name);

    /// <summary>Makes the option.</summary>
    public static Option<string> Create()
    {
        var option = new Option<string>("--profile")
        {
            Description = $"What the switch can do: a file of `metronctl switch check`, or one of {string.Join(", ", Names)}; all that Open vSwitch can when not given.",
            HelpName = "NAME|FILE",
        };
        option.CompletionSources.Add([.. Names]);
        return option;
    }

    /// <summary>The profile of a name or in a file; null when none is given.</summary>
    /// <exception cref="CommandException">There is no such profile, or it has problems.</exception>
    public static SwitchProfile? Read(string? given)
    {
        if (given is null)
        {
            return null;
        }

        if (SwitchProfiles.Find(given) is { } known)
        {
            return known;
        }

        try
        {
            var reading = SwitchProfileJson.Read(File.ReadAllText(given));
            return reading.Profile ?? throw new CommandException(
                ExitCode.BadInput, string.Join('\n', reading.Problems.Select(problem => $"{given}: {problem}")));
        }
        catch (FileNotFoundException)
        {
            throw new CommandException(ExitCode.BadInput, $"--profile '{given}' is neither a file nor one of {string.Join(", ", Names)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.BadInput, $"--profile '{given}' cannot be read: {error.Message}");
        }
    }
}
