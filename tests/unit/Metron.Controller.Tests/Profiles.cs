using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests;

/// <summary>Profiles of switches to work with.</summary>
internal static class Profiles
{
    /// <summary>One table, without metadata and bundles; it can match fragments, so that it takes a whole firewall.</summary>
    public static SwitchProfile SingleTable { get; } = WithFragments(SwitchProfiles.Find("single-table")!);

    private static SwitchProfile WithFragments(SwitchProfile profile) => profile with
    {
        Name = "single-table-with-fragments",
        Tables = [.. profile.Tables.Select(table => table with { Match = [.. table.Match!.Value, new FieldProfile(Oxm.IpFragment, MaskSupport.Any)] })],
    };
}
