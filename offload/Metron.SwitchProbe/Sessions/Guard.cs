using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>A condition that no traffic fulfils, so that rules which have it touch none.</summary>
internal static class Guard
{
    /// <summary>A locally administered address (IEEE 802 section 8.2) that nobody has: 02, "PROB", 00.</summary>
    public static readonly HardwareAddress Address = new(0x0250_524f_4200);

    /// <summary>For local experiments (IEEE 802, annex on local experimental Ethernet types).</summary>
    public const ushort EtherType = 0x88b5;

    private const ulong Metadata = 0x5052_4f42_0000_0001;

    /// <summary>The conditions, the safest first. No packet from a wire comes in by the controller's port.</summary>
    public static IReadOnlyList<OxmField> Candidates { get; } =
    [
        OxmField.InPort(PortNumber.Controller),
        OxmField.EthernetSource(Address),
        OxmField.Metadata(Metadata),
        OxmField.EthernetDestination(Address),
        OxmField.EthernetType(EtherType),
    ];

    /// <summary>The match of these fields with the first guard that goes with them; null when none does.</summary>
    public static Match? For(IReadOnlyList<OxmField> guards, IReadOnlyList<OxmField> fields)
    {
        foreach (var guard in guards)
        {
            if (fields.All(field => field.Type != guard.Type))
            {
                return Match.Of([guard, .. fields]);
            }
        }

        return null;
    }
}
