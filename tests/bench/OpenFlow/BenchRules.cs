using System.Net;
using Metron.OpenFlow;

namespace Metron.Bench.OpenFlow;

/// <summary>Rules like those of chains: one source address each, a new destination MAC address, out by port 2.</summary>
internal static class BenchRules
{
    /// <summary>Address of packets that a rule is for.</summary>
    public static IPAddress Source(int number) => new([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]);

    /// <summary>Rules 0 to count - 1.</summary>
    /// <param name="count">How many.</param>
    /// <param name="revision">Goes into cookies and actions, so that those of two revisions differ.</param>
    public static FlowMod[] Make(int count, ushort revision) => [.. Enumerable.Range(0, count).Select(i => new FlowMod
    {
        Cookie = 0x4d00_0001_0000_0000UL | ((ulong)revision << 16),
        Priority = 100,
        Match = Match.Of(
            OxmField.InPort(1),
            OxmField.EthernetType(0x0800),
            OxmField.IpProtocol(17),
            OxmField.Ipv4Source(Source(i)),
            OxmField.UdpDestination(4789)),
        Instructions =
        [
            new ApplyActionsInstruction([new SetFieldAction(OxmField.EthernetDestination(new HardwareAddress(0x0200_0000_0000UL | revision))), new OutputAction(2)]),
        ],
    })];

    /// <summary>A message that deletes a rule, if it still is of its revision.</summary>
    public static FlowMod Deletion(FlowMod rule) => new()
    {
        Command = FlowModCommand.DeleteStrict,
        Priority = rule.Priority,
        Match = rule.Match,
        Cookie = rule.Cookie,
        CookieMask = ulong.MaxValue,
    };
}
