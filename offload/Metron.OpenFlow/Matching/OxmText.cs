using System.Globalization;
using System.Net;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>Writes match fields in the notation that <c>ovs-ofctl</c> reads.</summary>
internal static class OxmText
{
    public static void Append(StringBuilder text, OxmField field)
    {
        var description = Oxm.Describe(field.Type);
        text.Append(field.Type.Name).Append('=');
        if (description?.Format == OxmFormat.Fragment)
        {
            text.Append(FragmentName(field));
            return;
        }

        AppendBytes(text, description, field.ValueBytes, field.HasMask);
        if (field.HasMask)
        {
            text.Append('/');
            AppendMask(text, description, field);
        }
    }

    /// <summary>The value alone, as the argument of set-field.</summary>
    public static void AppendValue(StringBuilder text, OxmField field)
    {
        AppendBytes(text, Oxm.Describe(field.Type), field.ValueBytes, field.HasMask);
        if (field.HasMask)
        {
            text.Append('/');
            AppendMask(text, Oxm.Describe(field.Type), field);
        }
    }

    public static void AppendPort(StringBuilder text, uint port) => text.Append(port switch
    {
        PortNumber.InPort => "IN_PORT",
        PortNumber.Table => "TABLE",
        PortNumber.Normal => "NORMAL",
        PortNumber.Flood => "FLOOD",
        PortNumber.All => "ALL",
        PortNumber.Controller => "CONTROLLER",
        PortNumber.Local => "LOCAL",
        PortNumber.Any => "ANY",
        _ => port.ToString(CultureInfo.InvariantCulture),
    });

    private static void AppendBytes(StringBuilder text, OxmDescription? description, ReadOnlySpan<byte> bytes, bool masked)
    {
        switch (description?.Format)
        {
            case OxmFormat.Port:
                AppendPort(text, (uint)Number(bytes));
                break;
            case OxmFormat.EtherType:
                text.Append("0x").Append(Number(bytes).ToString("x4", CultureInfo.InvariantCulture));
                break;
            case OxmFormat.PacketType:
                var packetType = (uint)Number(bytes);
                text.Append($"({packetType >> 16},0x{packetType & 0xffff:x})");
                break;
            case OxmFormat.Decimal when !masked:
                text.Append(Number(bytes));
                break;
            case OxmFormat.Decimal or OxmFormat.Hexadecimal:
                text.Append("0x").Append(Number(bytes).ToString("x", CultureInfo.InvariantCulture));
                break;
            case OxmFormat.Hardware:
                text.Append(new HardwareAddress((ulong)Number(bytes)));
                break;
            case OxmFormat.Ipv4 or OxmFormat.Ipv6:
                text.Append(new IPAddress(bytes));
                break;
            default:
                text.Append("0x").Append(Convert.ToHexStringLower(bytes));
                break;
        }
    }

    private static void AppendMask(StringBuilder text, OxmDescription? description, OxmField field)
    {
        if (description?.Format is OxmFormat.Ipv4 or OxmFormat.Ipv6)
        {
            var mask = field.Mask;
            var ones = (int)UInt128.PopCount(mask);
            if (mask == (ones == 0 ? 0 : description.FullMask << (description.Bits - ones) & description.FullMask))
            {
                text.Append(ones);
                return;
            }
        }

        AppendBytes(text, description, field.MaskBytes, true);
    }

    private static string FragmentName(OxmField field) => ((byte)field.Value, (byte)field.Mask) switch
    {
        (0, 3) or (0, 1) => "no",
        (1, 1) => "yes",
        (1, 3) => "first",
        (3, 3) or (2, 2) => "later",
        (0, 2) => "not_later",
        var (value, mask) => $"0x{value:x}/0x{mask:x}",
    };

    private static UInt128 Number(ReadOnlySpan<byte> bytes)
    {
        var number = UInt128.Zero;
        foreach (var octet in bytes)
        {
            number = (number << 8) | octet;
        }

        return number;
    }
}
