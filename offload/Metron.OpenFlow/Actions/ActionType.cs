namespace Metron.OpenFlow;

/// <summary>Action types of OpenFlow 1.3 and 1.4 (<c>OFPAT_*</c>).</summary>
public enum ActionType : ushort
{
    Output = 0,
    CopyTtlOut = 11,
    CopyTtlIn = 12,
    SetMplsTtl = 15,
    DecrementMplsTtl = 16,
    PushVlan = 17,
    PopVlan = 18,
    PushMpls = 19,
    PopMpls = 20,
    SetQueue = 21,
    Group = 22,
    SetNetworkTtl = 23,
    DecrementNetworkTtl = 24,
    SetField = 25,
    PushPbb = 26,
    PopPbb = 27,

    /// <summary>OpenFlow 1.5.</summary>
    CopyField = 28,

    /// <summary>OpenFlow 1.5.</summary>
    Meter = 29,
    Experimenter = 0xffff,
}
