namespace Metron.OpenFlow;

/// <summary>Ways to greet a switch, from the best to the last resort. What a switch takes is remembered (<see cref="PeerMemory"/>).</summary>
public enum HelloRung
{
    /// <summary>HELLO with the version bitmap of OpenFlow 1.3.1 and later.</summary>
    Bitmap = 0,

    /// <summary>Eight bytes without bitmap, for firmware of OpenFlow 1.3.0 that takes elements for an error. Its header says 1.3, or what the switch's HELLO said.</summary>
    Bare13 = 1,

    /// <summary>Nothing until the switch has sent its HELLO, then eight bytes in the version it led to.</summary>
    Wait = 2,

    /// <summary>Eight bytes that say 1.0. Only where 1.0 is among the versions offered.</summary>
    Bare10 = 3,
}
