using System.Globalization;
using Metron.Controller.Configuration;
using Metron.Offload;

namespace Metron.Controller.Store;

/// <summary>What each switch was last said to be able to do, by datapath id. Thread-safe.</summary>
/// <param name="database">Where it is kept.</param>
public sealed class ProfileStore(Database database)
{
    /// <summary>Keeps the profiles that a configuration gives, and gives those that were kept to switches of which it says nothing.</summary>
    /// <exception cref="DatabaseException">A profile that was kept cannot be read any more.</exception>
    public ControllerConfiguration Complete(ControllerConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        foreach (var given in configuration.Switches.Where(known => known.Profile is not null))
        {
            Put(given.DatapathId, given.Profile!);
        }

        return configuration with { Switches = [.. configuration.Switches.Select(known => known with { Profile = known.Profile ?? Find(known.DatapathId) })] };
    }

    /// <summary>The profile of a switch; null when none was ever said.</summary>
    /// <exception cref="DatabaseException">It cannot be read any more.</exception>
    public SwitchProfile? Find(ulong datapathId)
    {
        if (database.InTransaction(connection => Database.Scalar(
            connection, "SELECT profile FROM switch_profiles WHERE datapath_id = @id", ("@id", Key(datapathId)))) is not string stored)
        {
            return null;
        }

        var reading = SwitchProfileJson.Read(stored);
        return reading.Profile ?? throw new DatabaseException(
            $"the stored profile of switch {Key(datapathId)} cannot be read: {string.Join("; ", reading.Problems)}; give its profile in the configuration");
    }

    /// <summary>Stores a profile, new or changed.</summary>
    public void Put(ulong datapathId, SwitchProfile profile) => database.InTransaction(connection => Database.Execute(
        connection,
        "INSERT OR REPLACE INTO switch_profiles (datapath_id, profile) VALUES (@id, @profile)",
        ("@id", Key(datapathId)),
        ("@profile", SwitchProfileJson.Write(profile))));

    /// <summary>SQLite's numbers are signed.</summary>
    private static string Key(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);
}
