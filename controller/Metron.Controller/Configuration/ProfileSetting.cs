using Metron.Offload;

namespace Metron.Controller.Configuration;

/// <summary>Reads what a switch is said to be able to do: a file of `metronctl switch check`, or the name of a profile that comes with Metron.</summary>
internal static class ProfileSetting
{
    private const string Key = "profile";

    /// <summary>Reads it; null when it is absent or wrong.</summary>
    public static SwitchProfile? Read(JsonSection section)
    {
        if (section.String(Key) is not { } given)
        {
            return null;
        }

        if (SwitchProfiles.Find(given) is { } known)
        {
            return known;
        }

        if (!File.Exists(given))
        {
            section.Problem(Key, $"there is no file {given}, and no profile of that name; write the path of a file or one of {string.Join(", ", SwitchProfiles.BuiltIn.Select(profile => profile.Name))}");
            return null;
        }

        return ReadFile(section, given);
    }

    private static SwitchProfile? ReadFile(JsonSection section, string file)
    {
        try
        {
            var reading = SwitchProfileJson.Read(File.ReadAllText(file));
            foreach (var problem in reading.Problems)
            {
                section.Problem(Key, $"{file}: {problem}");
            }

            return reading.Profile;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            section.Problem(Key, $"{file} cannot be read: {error.Message}");
            return null;
        }
    }
}
