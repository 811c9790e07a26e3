using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>A port of an emulated switch.</summary>
/// <param name="Number">OpenFlow number.</param>
/// <param name="Name">At most 15 characters.</param>
public sealed record EmulatedPort(uint Number, string Name)
{
    /// <summary>What the administrator says of it.</summary>
    public PortConfiguration Configuration { get; init; }

    /// <summary>Whether the link is there.</summary>
    public bool HasLink { get; init; } = true;

    /// <summary>Whether packets can pass.</summary>
    public bool IsUp => HasLink && (Configuration & PortConfiguration.Down) == 0;

    internal PortDescription Description => new()
    {
        Number = Number,
        Name = Name,
        HardwareAddress = new HardwareAddress(0x02_00_00_00_00_00UL + Number),
        Configuration = Configuration,
        State = HasLink ? PortState.Live : PortState.LinkDown,
        Ethernet = new EthernetPort(
            PortFeatures.FullDuplex10Gb, PortFeatures.FullDuplex10Gb, PortFeatures.FullDuplex10Gb, PortFeatures.None, 10_000_000, 10_000_000),
    };
}
