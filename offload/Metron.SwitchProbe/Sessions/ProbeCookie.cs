using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>The cookies of a check: "PROB" in the upper half, a number in the lower one. No chain has them, and no other controller should.</summary>
internal static class ProbeCookie
{
    /// <summary>Over the upper half.</summary>
    public const ulong Mask = 0xffff_ffff_0000_0000;

    /// <summary>The upper half.</summary>
    public const ulong Value = 0x5052_4f42_0000_0000;

    /// <summary>The cookie of a number.</summary>
    public static ulong Of(uint number) => Value | number;

    /// <summary>Whether a rule is of a check, this one or one that was cut off.</summary>
    public static bool IsOurs(ulong cookie) => (cookie & Mask) == Value;

    /// <summary>Which rules are of a check.</summary>
    public static FlowFilter Filter(byte table = TableNumber.All) => new() { Table = table, Cookie = Value, CookieMask = Mask };
}
