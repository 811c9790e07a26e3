namespace Metron.OpenFlow;

/// <summary>The match of OpenFlow 1.0: <c>struct ofp_match</c>, 40 bytes of fixed fields and a word that says which of them count (section 5.2.3).</summary>
internal static class Match10
{
    private const ushort NoVlan = 0xffff;
    private const ushort VlanPresent = 0x1000;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeArp = 0x0806;
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private const int SourceShift = 8;
    private const int DestinationShift = 14;
    private const uint AddressBits = 0x3f;

    [Flags]
    private enum Wildcards : uint
    {
        InPort = 1,
        Vlan = 1 << 1,
        EthernetSource = 1 << 2,
        EthernetDestination = 1 << 3,
        EthernetType = 1 << 4,
        Protocol = 1 << 5,
        TransportSource = 1 << 6,
        TransportDestination = 1 << 7,
        AllOfSource = AddressBits << SourceShift,
        AllOfDestination = AddressBits << DestinationShift,
        VlanPriority = 1 << 20,
        TypeOfService = 1 << 21,
        All = (1 << 22) - 1,
    }

    /// <summary>Numbers of the fields of <c>OFPXMC_OPENFLOW_BASIC</c> that 1.0 can express.</summary>
    private enum Field : byte
    {
        InPort = 0,
        EthernetDestination = 3,
        EthernetSource = 4,
        EthernetType = 5,
        VlanId = 6,
        VlanPriority = 7,
        IpDscp = 8,
        IpProtocol = 10,
        Ipv4Source = 11,
        Ipv4Destination = 12,
        TcpSource = 13,
        TcpDestination = 14,
        UdpSource = 15,
        UdpDestination = 16,
        SctpSource = 17,
        SctpDestination = 18,
        Icmpv4Type = 19,
        Icmpv4Code = 20,
        ArpOperation = 21,
        ArpSenderIpv4 = 22,
        ArpTargetIpv4 = 23,
    }

    /// <exception cref="OpenFlowEncodeException">A field, mask or combination that 1.0 lacks; the message names it.</exception>
    public static void Write(ref OpenFlowWriter writer, Match match)
    {
        var canonical = match.Canonical();
        var fields = new Fields { Wildcards = Wildcards.All };
        foreach (var field in canonical.Fields.AsSpan())
        {
            CheckPrerequisites(canonical, field);
            Set(ref fields, field);
        }

        CheckVlan(canonical);
        writer.Write((uint)fields.Wildcards);
        writer.Write(fields.InPort);
        writer.Write(fields.EthernetSource);
        writer.Write(fields.EthernetDestination);
        writer.Write(fields.Vlan);
        writer.Write(fields.VlanPriority);
        writer.WriteZeros(1);
        writer.Write(fields.EthernetType);
        writer.Write(fields.TypeOfService);
        writer.Write(fields.Protocol);
        writer.WriteZeros(2);
        writer.Write(fields.Source);
        writer.Write(fields.Destination);
        writer.Write(fields.TransportSource);
        writer.Write(fields.TransportDestination);
    }

    /// <summary>Reads a match. Fields that do not apply to the packets it is about are ignored, as the standard wants.</summary>
    public static Match Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var fields = ReadFields(ref reader);
        if (fields.Has(Wildcards.Vlan) && fields.Vlan is > 0xfff and not NoVlan)
        {
            throw new OpenFlowDecodeException(start, $"match of VLAN {fields.Vlan}");
        }

        var list = new List<OxmField>();
        AddLinkLayer(list, fields, start);
        if (fields.Has(Wildcards.EthernetType) && fields.EthernetType == EtherTypeIpv4)
        {
            AddIpv4(list, fields, start);
        }
        else if (fields.Has(Wildcards.EthernetType) && fields.EthernetType == EtherTypeArp)
        {
            AddArp(list, fields);
        }

        return list.Count == 0 ? Match.Any : new Match(list.ToEquatableArray());
    }

    private static Fields ReadFields(ref OpenFlowReader reader)
    {
        var fields = new Fields
        {
            Wildcards = (Wildcards)reader.ReadUInt32(),
            InPort = reader.ReadUInt16(),
            EthernetSource = reader.ReadHardwareAddress(),
            EthernetDestination = reader.ReadHardwareAddress(),
            Vlan = reader.ReadUInt16(),
            VlanPriority = reader.ReadByte(),
        };
        reader.Skip(1);
        fields.EthernetType = reader.ReadUInt16();
        fields.TypeOfService = reader.ReadByte();
        fields.Protocol = reader.ReadByte();
        reader.Skip(2);
        fields.Source = reader.ReadUInt32();
        fields.Destination = reader.ReadUInt32();
        fields.TransportSource = reader.ReadUInt16();
        fields.TransportDestination = reader.ReadUInt16();
        return fields;
    }

    private static void AddLinkLayer(List<OxmField> list, in Fields fields, int start)
    {
        if (fields.Has(Wildcards.InPort))
        {
            list.Add(OxmField.InPort(Port10.FromWire(fields.InPort)));
        }

        if (fields.Has(Wildcards.EthernetDestination))
        {
            list.Add(OxmField.EthernetDestination(fields.EthernetDestination));
        }

        if (fields.Has(Wildcards.EthernetSource))
        {
            list.Add(OxmField.EthernetSource(fields.EthernetSource));
        }

        if (fields.Has(Wildcards.EthernetType))
        {
            list.Add(OxmField.EthernetType(fields.EthernetType));
        }

        AddVlan(list, fields, start);
    }

    // A priority without a number is any VLAN tag with this priority, as Open vSwitch reads it.
    private static void AddVlan(List<OxmField> list, in Fields fields, int start)
    {
        if (fields.Has(Wildcards.Vlan) && fields.Vlan == NoVlan)
        {
            list.Add(OxmField.VlanAbsent());
            return;
        }

        if (fields.Has(Wildcards.Vlan))
        {
            list.Add(OxmField.VlanId(fields.Vlan));
        }
        else if (fields.Has(Wildcards.VlanPriority))
        {
            list.Add(OxmField.VlanPresent());
        }

        if (fields.Has(Wildcards.VlanPriority))
        {
            list.Add(fields.VlanPriority < 8
                ? OxmField.VlanPriority(fields.VlanPriority)
                : throw new OpenFlowDecodeException(start, $"match of VLAN priority {fields.VlanPriority}"));
        }
    }

    private static void AddIpv4(List<OxmField> list, in Fields fields, int start)
    {
        if (fields.Has(Wildcards.TypeOfService))
        {
            list.Add(OxmField.IpDscp((byte)(fields.TypeOfService >> 2)));
        }

        var protocol = fields.Has(Wildcards.Protocol) ? fields.Protocol : (byte?)null;
        if (protocol is { } number)
        {
            list.Add(OxmField.IpProtocol(number));
        }

        AddAddresses(list, fields, Oxm.Ipv4Source, Oxm.Ipv4Destination);
        var (source, destination) = protocol switch
        {
            Tcp => (Oxm.TcpSource, Oxm.TcpDestination),
            Udp => (Oxm.UdpSource, Oxm.UdpDestination),
            Sctp => (Oxm.SctpSource, Oxm.SctpDestination),
            Icmp => (Oxm.Icmpv4Type, Oxm.Icmpv4Code),
            _ => default,
        };
        if (source != default && fields.Has(Wildcards.TransportSource))
        {
            list.Add(Transport(source, fields.TransportSource, start));
        }

        if (source != default && fields.Has(Wildcards.TransportDestination))
        {
            list.Add(Transport(destination, fields.TransportDestination, start));
        }
    }

    private static OxmField Transport(OxmType type, ushort value, int start) => value <= Oxm.Describe(type)!.FullMask
        ? OxmField.Exact(type, value)
        : throw new OpenFlowDecodeException(start, $"match of {type.Name} {value}");

    private static void AddArp(List<OxmField> list, in Fields fields)
    {
        if (fields.Has(Wildcards.Protocol))
        {
            list.Add(OxmField.ArpOperation(fields.Protocol));
        }

        AddAddresses(list, fields, Oxm.ArpSenderIpv4, Oxm.ArpTargetIpv4);
    }

    private static void AddAddresses(List<OxmField> list, in Fields fields, OxmType source, OxmType destination)
    {
        AddAddress(list, source, fields.Source, ((uint)fields.Wildcards >> SourceShift) & AddressBits);
        AddAddress(list, destination, fields.Destination, ((uint)fields.Wildcards >> DestinationShift) & AddressBits);
    }

    private static void AddAddress(List<OxmField> list, OxmType type, uint address, uint ignoredBits)
    {
        if (ignoredBits < 32)
        {
            list.Add(OxmField.Masked(type, address, uint.MaxValue << (int)ignoredBits));
        }
    }

    private static void Set(ref Fields fields, OxmField field)
    {
        switch (KnownField(field))
        {
            case Field.InPort:
                fields.Count(field, Wildcards.InPort);
                fields.InPort = Port10.ToWire((uint)Exact(field));
                break;
            case Field.EthernetDestination:
                fields.Count(field, Wildcards.EthernetDestination);
                fields.EthernetDestination = new HardwareAddress((ulong)Exact(field));
                break;
            case Field.EthernetSource:
                fields.Count(field, Wildcards.EthernetSource);
                fields.EthernetSource = new HardwareAddress((ulong)Exact(field));
                break;
            case Field.EthernetType:
                fields.Count(field, Wildcards.EthernetType);
                fields.EthernetType = (ushort)Exact(field);
                break;
            case Field.VlanId:
                SetVlan(ref fields, field);
                break;
            case Field.VlanPriority:
                fields.Count(field, Wildcards.VlanPriority);
                fields.VlanPriority = (byte)Exact(field);
                break;
            case Field.IpDscp:
                fields.Count(field, Wildcards.TypeOfService);
                fields.TypeOfService = (byte)((byte)Exact(field) << 2);
                break;
            case Field.IpProtocol or Field.ArpOperation:
                fields.Count(field, Wildcards.Protocol);
                fields.Protocol = Exact(field) <= byte.MaxValue ? (byte)field.Value : throw Refuse(field, "the operation has 8 bits");
                break;
            case Field.Ipv4Source or Field.ArpSenderIpv4:
                fields.Source = (uint)field.Value;
                fields.Count(field, Wildcards.AllOfSource, IgnoredBits(field) << SourceShift);
                break;
            case Field.Ipv4Destination or Field.ArpTargetIpv4:
                fields.Destination = (uint)field.Value;
                fields.Count(field, Wildcards.AllOfDestination, IgnoredBits(field) << DestinationShift);
                break;
            case Field.TcpSource or Field.UdpSource or Field.SctpSource or Field.Icmpv4Type:
                fields.Count(field, Wildcards.TransportSource);
                fields.TransportSource = (ushort)Exact(field);
                break;
            case Field.TcpDestination or Field.UdpDestination or Field.SctpDestination or Field.Icmpv4Code:
                fields.Count(field, Wildcards.TransportDestination);
                fields.TransportDestination = (ushort)Exact(field);
                break;
            default:
                throw Refuse(field, "there is no such field");
        }
    }

    private static Field? KnownField(OxmField field) =>
        field.Type.Class == OxmClass.OpenFlowBasic ? (Field)field.Type.Number : null;

    private static void SetVlan(ref Fields fields, OxmField field)
    {
        if (field.HasMask)
        {
            // Any tag: only together with a priority, which CheckVlan sees to.
            return;
        }

        var value = (ushort)field.Value;
        fields.Count(field, Wildcards.Vlan);
        fields.Vlan = value == 0 ? NoVlan : (value & VlanPresent) != 0
            ? (ushort)(value & 0xfff)
            : throw Refuse(field, "a VLAN number without the presence bit");
    }

    private static void CheckVlan(Match match)
    {
        var vlan = match[Oxm.VlanId];
        var priority = match[Oxm.VlanPriority];
        if (vlan is { HasMask: true } && (vlan.Value != VlanPresent || vlan.Mask != VlanPresent || priority is null))
        {
            throw Refuse(vlan, "only one VLAN, no VLAN, or any VLAN of one priority can be asked for");
        }

        if (priority is not null && (vlan is null || vlan.Value == 0))
        {
            throw Refuse(priority, "without a VLAN tag there is no priority");
        }
    }

    private static void CheckPrerequisites(Match match, OxmField field)
    {
        var (etherType, protocol) = KnownField(field) switch
        {
            Field.IpDscp or Field.IpProtocol or Field.Ipv4Source or Field.Ipv4Destination => (EtherTypeIpv4, (byte?)null),
            Field.TcpSource or Field.TcpDestination => (EtherTypeIpv4, Tcp),
            Field.UdpSource or Field.UdpDestination => (EtherTypeIpv4, Udp),
            Field.SctpSource or Field.SctpDestination => (EtherTypeIpv4, Sctp),
            Field.Icmpv4Type or Field.Icmpv4Code => (EtherTypeIpv4, Icmp),
            Field.ArpOperation or Field.ArpSenderIpv4 or Field.ArpTargetIpv4 => (EtherTypeArp, null),
            _ => ((ushort)0, null),
        };
        if (etherType != 0 && match[Oxm.EthernetType]?.Value != etherType)
        {
            throw Refuse(field, $"it needs eth_type=0x{etherType:x4}");
        }

        if (protocol is { } needed && match[Oxm.IpProtocol]?.Value != needed)
        {
            throw Refuse(field, $"it needs ip_proto={needed}");
        }
    }

    private static UInt128 Exact(OxmField field) => field.HasMask ? throw Refuse(field, "the field takes no mask") : field.Value;

    private static uint IgnoredBits(OxmField field)
    {
        var mask = (uint)field.Mask;
        var ignored = System.Numerics.BitOperations.TrailingZeroCount(mask);
        return mask == uint.MaxValue << ignored ? (uint)ignored : throw Refuse(field, "an address takes only a prefix");
    }

    private static OpenFlowEncodeException Refuse(OxmField field, string why) =>
        new($"match {field} cannot be expressed in OpenFlow 1.0: {why}");

    private record struct Fields
    {
        public Wildcards Wildcards;
        public ushort InPort;
        public HardwareAddress EthernetSource;
        public HardwareAddress EthernetDestination;
        public ushort Vlan;
        public byte VlanPriority;
        public ushort EthernetType;
        public byte TypeOfService;
        public byte Protocol;
        public uint Source;
        public uint Destination;
        public ushort TransportSource;
        public ushort TransportDestination;

        /// <summary>Whether the field counts.</summary>
        public readonly bool Has(Wildcards field) => (Wildcards & field) == 0;

        /// <summary>Makes a field count; for addresses, all but the last bits of it.</summary>
        public void Count(OxmField field, Wildcards bits, uint ignored = 0)
        {
            if ((Wildcards & bits) != bits)
            {
                throw Refuse(field, "the field is there twice");
            }

            Wildcards = (Wildcards & ~bits) | (Wildcards)ignored;
        }
    }
}
