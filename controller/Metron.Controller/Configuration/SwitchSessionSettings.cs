using Metron.OpenFlow;

namespace Metron.Controller.Configuration;

/// <summary>How switches are spoken with: versions, role, limits. Key "openFlowSessions".</summary>
public sealed record SwitchSessionSettings
{
    /// <summary>Versions offered to every switch.</summary>
    public VersionSet Versions { get; init; } = VersionSet.Default;

    /// <summary>Role with every configured switch that names none; <see cref="ControllerRole.NoChange"/> asks for none.</summary>
    public ControllerRole Role { get; init; } = ControllerRole.Master;

    /// <summary>Whether a controller that starts takes switches over that another one was the last master of.</summary>
    public bool TakesOver { get; init; } = true;

    /// <summary>Whether a second switch with the same datapath id replaces the first; else it is turned away while the first answers.</summary>
    public bool ReplacesDuplicates { get; init; }

    /// <summary>How long a switch may take for each step until it can be used.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a switch is asked for an echo, and again the time that it has for it.</summary>
    public TimeSpan Echo { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections are taken.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>When peers that fail are kept out.</summary>
    public QuarantineOptions Quarantine { get; init; } = new();

    /// <summary>Reads the section of the file.</summary>
    internal static SwitchSessionSettings Read(JsonSection section)
    {
        var defaults = new SwitchSessionSettings();
        var settings = new SwitchSessionSettings
        {
            Versions = ReadVersions(section) ?? defaults.Versions,
            Role = ReadRole(section) ?? defaults.Role,
            TakesOver = section.Boolean("takeOver") ?? defaults.TakesOver,
            ReplacesDuplicates = ReadDuplicates(section),
            Handshake = section.Seconds("handshakeSeconds", 0.1, 300) ?? defaults.Handshake,
            Echo = section.Seconds("echoSeconds", 0.5, 300) ?? defaults.Echo,
            Limits = new ConnectionLimits
            {
                Handshakes = section.Integer("handshakes", 1, 65_535) ?? defaults.Limits.Handshakes,
                HandshakesPerAddress = section.Integer("handshakesPerAddress", 1, 65_535) ?? defaults.Limits.HandshakesPerAddress,
                Connections = section.Integer("connections", 1, 65_535) ?? defaults.Limits.Connections,
                ConnectionsPerAddress = section.Integer("connectionsPerAddress", 1, 65_535) ?? defaults.Limits.ConnectionsPerAddress,
            },
            Quarantine = defaults.Quarantine with
            {
                Failures = section.Integer("quarantineAfter", 0, 1000) ?? defaults.Quarantine.Failures,
                Longest = section.Seconds("quarantineSeconds", 1, 86_400) ?? defaults.Quarantine.Longest,
            },
        };
        section.RejectTheRest();
        return settings;
    }

    /// <summary>The role that a section names, or null.</summary>
    internal static ControllerRole? ReadRole(JsonSection section)
    {
        switch (section.String("role"))
        {
            case null:
                return null;
            case "master":
                return ControllerRole.Master;
            case "slave":
                return ControllerRole.Slave;
            case "equal":
                return ControllerRole.Equal;
            case "none":
                return ControllerRole.NoChange;
            case var other:
                section.Problem("role", $"\"{other}\" is unknown; write \"master\", \"slave\", \"equal\", or \"none\" to ask for none");
                return null;
        }
    }

    private static VersionSet? ReadVersions(JsonSection section)
    {
        if (section.Strings("versions") is not { } names)
        {
            return null;
        }

        var versions = default(VersionSet);
        foreach (var name in names)
        {
            if (VersionSet.Spoken.Where(version => version.ToDotted() == name).ToList() is not [var known])
            {
                section.Problem("versions", $"\"{name}\" is not spoken here; write some of {VersionSet.Spoken.ToList()}");
                return null;
            }

            versions = new VersionSet(versions.Bits | VersionSet.Of(known).Bits);
        }

        if (versions.IsEmpty)
        {
            section.Problem("versions", $"names none; write some of {VersionSet.Spoken.ToList()}");
            return null;
        }

        return versions;
    }

    private static bool ReadDuplicates(JsonSection section)
    {
        switch (section.String("duplicates"))
        {
            case null or "keep":
                return false;
            case "replace":
                return true;
            case var other:
                section.Problem("duplicates", $"\"{other}\" is unknown; write \"keep\" or \"replace\"");
                return false;
        }
    }
}
