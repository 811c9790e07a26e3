using System.Globalization;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>Separates the items of a line: the first by the line's own separator, the rest by commas.</summary>
internal ref struct FieldList(StringBuilder text, char first)
{
    private char _separator = first;

    public StringBuilder Next()
    {
        text.Append(_separator);
        _separator = ',';
        return text;
    }

    public void Add<T>(string name, T value)
        where T : IFormattable =>
        Next().Append(name).Append('=').Append(value.ToString(null, CultureInfo.InvariantCulture));

    public void AddUnless<T>(string name, T value, T usual)
        where T : struct, IFormattable, IEquatable<T>
    {
        if (!value.Equals(usual))
        {
            Add(name, value);
        }
    }
}

/// <summary>Parts of the text of flow messages, in words that <c>ovs-ofctl</c> reads.</summary>
internal static class FlowText
{
    public static void AppendCookie(ref FieldList fields, ulong cookie, ulong mask)
    {
        if (mask != 0)
        {
            fields.Next().Append($"cookie=0x{cookie:x}/0x{mask:x}");
        }
        else if (cookie != 0)
        {
            fields.Next().Append($"cookie=0x{cookie:x}");
        }
    }

    public static void AppendOutputs(ref FieldList fields, uint port, uint group)
    {
        if (port != PortNumber.Any)
        {
            OxmText.AppendPort(fields.Next().Append("out_port="), port);
        }

        fields.AddUnless("out_group", group, GroupNumber.Any);
    }

    public static void AppendFlags(ref FieldList fields, FlowModFlags flags)
    {
        ReadOnlySpan<(FlowModFlags Flag, string Name)> names =
        [
            (FlowModFlags.SendFlowRemoved, "send_flow_rem"),
            (FlowModFlags.CheckOverlap, "check_overlap"),
            (FlowModFlags.ResetCounts, "reset_counts"),
            (FlowModFlags.NoPacketCounts, "no_packet_counts"),
            (FlowModFlags.NoByteCounts, "no_byte_counts"),
            (FlowModFlags.Emergency, "emerg"),
        ];
        foreach (var (flag, name) in names)
        {
            if (flags.HasFlag(flag))
            {
                fields.Next().Append(name);
                flags &= ~flag;
            }
        }

        if (flags != 0)
        {
            fields.Next().Append($"flags=0x{(ushort)flags:x}");
        }
    }

    public static void AppendMatch(ref FieldList fields, Match match)
    {
        if (!match.Fields.IsEmpty)
        {
            match.Append(fields.Next());
        }
    }
}
