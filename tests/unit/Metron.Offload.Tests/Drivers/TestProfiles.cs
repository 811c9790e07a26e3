using Metron.OpenFlow;

namespace Metron.Offload.Tests.Drivers;

/// <summary>Switches that lack one thing or another, but have the fields of Open vSwitch, so that most chains fit.</summary>
internal static class TestProfiles
{
    private static readonly FieldProfile[] AllFields =
        [.. Oxm.Known.Select(known => new FieldProfile(known.Type, MaskSupport.Any))];

    private static readonly FieldProfile[] WithoutMetadata = [.. AllFields.Where(field => field.Field != Oxm.Metadata)];

    /// <summary>One table.</summary>
    public static SwitchProfile Single { get; } = new()
    {
        Name = "single",
        Metadata = false,
        Tables = [new TableProfile(0) { Match = [.. WithoutMetadata], Next = [], Capacity = 20_000 }],
    };

    /// <summary>Two tables that no metadata leads between.</summary>
    public static SwitchProfile TwoWithoutMetadata { get; } = new()
    {
        Name = "two",
        Metadata = false,
        Tables = [new TableProfile(0) { Match = [.. WithoutMetadata], Next = [3] }, new TableProfile(3) { Match = [.. WithoutMetadata], Next = [] }],
    };

    /// <summary>Three tables without metadata, so that one chain of functions is cut twice.</summary>
    public static SwitchProfile ThreeWithoutMetadata { get; } = TwoWithoutMetadata with
    {
        Name = "three",
        Tables =
        [
            new TableProfile(0) { Match = [.. WithoutMetadata], Next = [3, 7] },
            new TableProfile(3) { Match = [.. WithoutMetadata], Next = [7] },
            new TableProfile(7) { Match = [.. WithoutMetadata], Next = [] },
        ],
    };

    /// <summary>Tables with metadata, of other numbers and with ways of their own.</summary>
    public static SwitchProfile OwnWays { get; } = new()
    {
        Name = "own-ways",
        Tables =
        [
            new TableProfile(0) { Match = [.. AllFields], Next = [5] },
            new TableProfile(5) { Match = [.. AllFields], Next = [8] },
            new TableProfile(8) { Match = [.. AllFields], Next = [] },
        ],
    };

    /// <summary>Actions only in the last table, and an entrance that cannot pop.</summary>
    public static SwitchProfile ActionsLast { get; } = new()
    {
        Name = "actions-last",
        Tables =
        [
            new TableProfile(0) { Match = [.. AllFields], Next = [5], Actions = [ActionType.Output, ActionType.SetField, ActionType.PushVlan, ActionType.PopVlan] },
            new TableProfile(5) { Match = [.. AllFields], Next = [8], Actions = [] },
            new TableProfile(8) { Match = [.. AllFields], Next = [] },
        ],
    };

    /// <summary>Prefixes of addresses and exact values, but for ports.</summary>
    public static SwitchProfile Prefixes { get; } = Single with
    {
        Name = "prefixes",
        Tables =
        [
            new TableProfile(0)
            {
                Match =
                [
                    .. WithoutMetadata.Select(field => field with
                    {
                        Masks = field.Field == Oxm.Ipv4Source || field.Field == Oxm.Ipv4Destination || field.Field == Oxm.Ipv6Source || field.Field == Oxm.Ipv6Destination
                            ? MaskSupport.Prefix
                            : field.Field == Oxm.TcpFlags || field.Field == Oxm.IpFragment ? MaskSupport.Exact : MaskSupport.Any,
                    }),
                ],
                Next = [],
                Capacity = 50_000,
            },
        ],
    };

    public static IReadOnlyList<SwitchProfile> All { get; } = [Single, TwoWithoutMetadata, ThreeWithoutMetadata, OwnWays, ActionsLast, Prefixes, .. SwitchProfiles.BuiltIn];
}
