using System.Text;

namespace Metron.OpenFlow;

/// <summary>A port came, went or changed (OpenFlow 1.3.5 section 7.4.3).</summary>
public sealed record PortStatus(PortStatusReason Reason, PortDescription Port) : OpenFlowMessage
{
    public override MessageType Type => MessageType.PortStatus;

    internal override void Append(StringBuilder text)
    {
        text.Append($"{Reason}: ");
        Port.Append(text);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((byte)Reason);
        writer.WriteZeros(7);
        Port.Write(ref writer, version);
    }

    internal static PortStatus Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var reason = (PortStatusReason)reader.ReadByte();
        reader.Skip(7);
        return new PortStatus(reason, PortDescription.Read(ref reader, version));
    }
}

/// <summary>What happened to a port (<c>OFPPR_*</c>).</summary>
public enum PortStatusReason : byte
{
    Add = 0,
    Delete = 1,
    Modify = 2,
}

/// <summary>Changes what the administrator says of a port (OpenFlow 1.3.5 section 7.3.4.3).</summary>
public sealed record PortMod : OpenFlowMessage
{
    private const ushort EthernetType = 0;

    public override MessageType Type => MessageType.PortMod;

    public uint Port { get; init; }

    /// <summary>The port's address; a guard against a number that was reused.</summary>
    public HardwareAddress HardwareAddress { get; init; }

    public PortConfiguration Configuration { get; init; }

    /// <summary>Which bits of <see cref="Configuration"/> are to change.</summary>
    public PortConfiguration Mask { get; init; }

    /// <summary>What the port is to offer its peer; null or none leaves it.</summary>
    public PortFeatures? Advertise { get; init; }

    /// <summary>Properties unknown here; OpenFlow 1.4, not sent in 1.3.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    internal override void Append(StringBuilder text)
    {
        OxmText.AppendPort(text.Append("port: "), Port);
        text.Append($" addr:{HardwareAddress} config: {Configuration} mask: {Mask} advertise: {Advertise}");
        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Port);
        writer.WriteZeros(4);
        writer.Write(HardwareAddress);
        writer.WriteZeros(2);
        writer.Write((uint)Configuration);
        writer.Write((uint)Mask);
        if (version < OpenFlowVersion.OpenFlow14)
        {
            writer.Write((uint)(Advertise ?? 0));
            writer.WriteZeros(4);
            return;
        }

        if (Advertise is { } advertise)
        {
            var start = OpenFlowProperty.Begin(ref writer, EthernetType);
            writer.Write((uint)advertise);
            OpenFlowProperty.End(ref writer, start);
        }

        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static PortMod Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var port = reader.ReadUInt32();
        reader.Skip(4);
        var address = reader.ReadHardwareAddress();
        reader.Skip(2);
        var mod = new PortMod
        {
            Port = port,
            HardwareAddress = address,
            Configuration = (PortConfiguration)reader.ReadUInt32(),
            Mask = (PortConfiguration)reader.ReadUInt32(),
        };
        if (version < OpenFlowVersion.OpenFlow14)
        {
            var advertise = (PortFeatures)reader.ReadUInt32();
            reader.Skip(4);
            return mod with { Advertise = advertise };
        }

        return ReadProperties(ref reader, mod);
    }

    private static PortMod ReadProperties(ref OpenFlowReader reader, PortMod mod)
    {
        var others = new List<OpenFlowProperty>();
        while (!reader.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref reader, out var property);
            if (type == EthernetType && property.Remaining == 4 && mod.Advertise is null)
            {
                mod = mod with { Advertise = (PortFeatures)property.ReadUInt32() };
            }
            else
            {
                others.Add(new OpenFlowProperty(type, property.ReadRest()));
            }
        }

        return mod with { Properties = others.ToEquatableArray() };
    }
}
