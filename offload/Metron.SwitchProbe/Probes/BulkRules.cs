using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Many rules that no traffic meets.</summary>
internal static class BulkRules
{
    private const ulong FirstAddress = 0x0250_5200_0000;
    private const ulong FirstMetadata = 0x5052_4f42_0000_0000;
    private static readonly UInt128 _firstIpv6 = new(0x2001_0db8_0000_0000, 0x5052_4f42_0000_0000);

    /// <summary>The rule of a number: it drops what goes to an address that nobody has, 02, "PR" and the number.</summary>
    /// <param name="table">The table.</param>
    /// <param name="number">0 to 2^24 − 1.</param>
    /// <param name="cookie">Its cookie.</param>
    public static FlowMod Rule(byte table, int number, ulong cookie) =>
        Rule(table, Match.Of(OxmField.EthernetDestination(new HardwareAddress(FirstAddress | (uint)number)), OxmField.EthernetType(Guard.EtherType)), cookie);

    /// <summary>What makes rules for a table out of numbers and cookies, by a field that it matches; null when it has none of enough bits.</summary>
    public static Func<int, ulong, FlowMod>? For(TableFacts table)
    {
        var number = table.Number;
        return table.Matches(Oxm.EthernetDestination, MaskSupport.Exact) ? (i, cookie) => Rule(number, Of(OxmField.EthernetDestination(new HardwareAddress(FirstAddress | (uint)i))), cookie)
            : table.Matches(Oxm.EthernetSource, MaskSupport.Exact) ? (i, cookie) => Rule(number, Of(OxmField.EthernetSource(new HardwareAddress(FirstAddress | (uint)i))), cookie)
            : table.Matches(Oxm.Metadata, MaskSupport.Exact) ? (i, cookie) => Rule(number, Of(OxmField.Metadata(FirstMetadata | (uint)i)), cookie)
            : table.Matches(Oxm.Ipv6Destination, MaskSupport.Exact)
                ? (i, cookie) => Rule(number, Match.Of(OxmField.EthernetType(0x86dd), OxmField.Exact(Oxm.Ipv6Destination, _firstIpv6 | (uint)i)), cookie)
            : null;

        Match Of(OxmField field) =>
            table.Matches(Oxm.EthernetType, MaskSupport.Exact) ? Match.Of(field, OxmField.EthernetType(Guard.EtherType)) : Match.Of(field);
    }

    private static FlowMod Rule(byte table, Match match, ulong cookie) => new() { Table = table, Priority = 1, Cookie = cookie, Match = match };
}
