namespace Metron.OpenFlow;

/// <summary>Classes of extensible match fields (OpenFlow 1.3.5 section 7.2.3.3, <c>OFPXMC_*</c>).</summary>
public static class OxmClass
{
    /// <summary>Nicira's fields that mirror OpenFlow 1.0.</summary>
    public const ushort Nxm0 = 0x0000;

    /// <summary>Nicira's extension fields.</summary>
    public const ushort Nxm1 = 0x0001;

    /// <summary>The fields of the standard.</summary>
    public const ushort OpenFlowBasic = 0x8000;

    /// <summary>Registers that travel with the packet; OpenFlow 1.5.</summary>
    public const ushort PacketRegisters = 0x8001;

    /// <summary>An experimenter number follows the header.</summary>
    public const ushort Experimenter = 0xffff;
}

/// <summary>What a match field is: class, number in the class and, for the experimenter class, whose field it is.</summary>
/// <param name="Class">One of <see cref="OxmClass"/>, or a class unknown here.</param>
/// <param name="Number">Field number in its class, 0 to 127.</param>
/// <param name="Experimenter">Experimenter number when the class is <see cref="OxmClass.Experimenter"/>, else 0.</param>
public readonly record struct OxmType(ushort Class, byte Number, uint Experimenter = 0)
{
    private const byte TcpFlagsNumber = 42;
    private const byte ActionSetOutputNumber = 43;

    /// <summary>Name as <c>ovs-ofctl</c> reads it, or class and number for a field unknown here.</summary>
    public string Name => Oxm.Describe(this)?.Name ?? (Class == OxmClass.Experimenter
        ? $"oxm_0x{Experimenter:x8}_{Number}"
        : $"oxm_0x{Class:x4}_{Number}");

    /// <summary>Whether the field is known here; what an unknown one means is not.</summary>
    public bool IsKnown => Oxm.Describe(this) is not null;

    /// <inheritdoc/>
    public override string ToString() => Name;

    // OpenFlow 1.5 made two of the ONF's fields its own under the same numbers; here they keep the ONF's, so that one match is the same in all versions.
    internal static OxmType FromWire(OxmType type, OpenFlowVersion version) =>
        version >= OpenFlowVersion.OpenFlow15 && type is { Class: OxmClass.OpenFlowBasic, Number: TcpFlagsNumber or ActionSetOutputNumber }
            ? new OxmType(OxmClass.Experimenter, type.Number, ExperimenterNumber.Onf)
            : type;

    internal OxmType ToWire(OpenFlowVersion version) =>
        version >= OpenFlowVersion.OpenFlow15
        && this is { Class: OxmClass.Experimenter, Experimenter: ExperimenterNumber.Onf, Number: TcpFlagsNumber or ActionSetOutputNumber }
            ? new OxmType(OxmClass.OpenFlowBasic, Number)
            : this;
}

/// <summary>Header of a match field without its value, as tables announce what they support.</summary>
/// <param name="Type">The field.</param>
/// <param name="HasMask">Whether a mask follows the value; in table features: whether masks are supported.</param>
/// <param name="Length">Bytes of value and mask, without a preceding experimenter number.</param>
public readonly record struct OxmHeader(OxmType Type, bool HasMask, byte Length)
{
    /// <summary>The field's name, with "/mask" when it can be masked.</summary>
    public override string ToString() => HasMask ? $"{Type.Name}/mask" : Type.Name;

    internal static OxmHeader Read(ref OpenFlowReader reader)
    {
        var oxmClass = reader.ReadUInt16();
        var numberAndMask = reader.ReadByte();
        var length = reader.ReadByte();
        var experimenter = 0U;
        if (oxmClass == OxmClass.Experimenter)
        {
            if (length < 4)
            {
                throw reader.Error($"experimenter match field of length {length} has no experimenter number");
            }

            experimenter = reader.ReadUInt32();
            length -= 4;
        }

        var type = OxmType.FromWire(new OxmType(oxmClass, (byte)(numberAndMask >> 1), experimenter), reader.Version);
        return new OxmHeader(type, (numberAndMask & 1) != 0, length);
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var type = Type.ToWire(writer.Version);
        var isExperimenter = type.Class == OxmClass.Experimenter;
        var length = isExperimenter ? Length + 4 : Length;
        if (length > byte.MaxValue)
        {
            throw new OpenFlowEncodeException($"match field {Type.Name} of {length} bytes exceeds 255");
        }

        writer.Write(type.Class);
        writer.Write((byte)((type.Number << 1) | (HasMask ? 1 : 0)));
        writer.Write((byte)length);
        if (isExperimenter)
        {
            writer.Write(type.Experimenter);
        }
    }
}
