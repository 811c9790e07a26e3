using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Many rules that no traffic meets.</summary>
internal static class BulkRules
{
    private const ulong FirstAddress = 0x0250_5200_0000;

    /// <summary>The rule of a number: it drops what goes to an address that nobody has, 02, "PR" and the number.</summary>
    /// <param name="table">The table.</param>
    /// <param name="number">0 to 2^24 − 1.</param>
    /// <param name="cookie">Its cookie.</param>
    public static FlowMod Rule(byte table, int number, ulong cookie) => new()
    {
        Table = table,
        Priority = 1,
        Cookie = cookie,
        Match = Match.Of(OxmField.EthernetDestination(new HardwareAddress(FirstAddress | (uint)number)), OxmField.EthernetType(Guard.EtherType)),
    };
}
