namespace Metron.OpenFlow;

/// <summary>Messages about the switch, its ports and packets in OpenFlow 1.0 (sections 5.3 and 5.4).</summary>
internal static class Switch10
{
    private const uint WireSpanningTree = 8;
    private const uint WireCapabilities = 0xef;

    public static void Write(ref OpenFlowWriter writer, FeaturesReply features)
    {
        writer.Write(features.DatapathId);
        writer.Write(features.BufferCount);
        writer.Write(features.TableCount);
        writer.WriteZeros(3);
        writer.Write(((uint)features.Capabilities & WireCapabilities & ~WireSpanningTree)
            | (features.Capabilities.HasFlag(SwitchCapabilities.SpanningTree) ? WireSpanningTree : 0));
        writer.Write(features.Actions);
        foreach (var port in features.Ports.AsSpan())
        {
            Port10.Write(ref writer, port);
        }
    }

    public static FeaturesReply ReadFeatures(ref OpenFlowReader reader)
    {
        var features = new FeaturesReply
        {
            DatapathId = reader.ReadUInt64(),
            BufferCount = reader.ReadUInt32(),
            TableCount = reader.ReadByte(),
        };
        reader.Skip(3);
        var capabilities = reader.ReadUInt32() & WireCapabilities;
        var actions = reader.ReadUInt32();
        var ports = new List<PortDescription>();
        while (!reader.IsAtEnd)
        {
            ports.Add(Port10.Read(ref reader));
        }

        return features with
        {
            Capabilities = (SwitchCapabilities)(capabilities & ~WireSpanningTree)
                | ((capabilities & WireSpanningTree) != 0 ? SwitchCapabilities.SpanningTree : 0),
            Actions = actions,
            Ports = ports.ToEquatableArray(),
        };
    }

    public static void Write(ref OpenFlowWriter writer, PortStatus status)
    {
        writer.Write((byte)status.Reason);
        writer.WriteZeros(7);
        Port10.Write(ref writer, status.Port);
    }

    public static PortStatus ReadPortStatus(ref OpenFlowReader reader)
    {
        var reason = (PortStatusReason)reader.ReadByte();
        reader.Skip(7);
        return new PortStatus(reason, Port10.Read(ref reader));
    }

    public static void Write(ref OpenFlowWriter writer, PortMod mod)
    {
        if (!mod.Properties.IsEmpty)
        {
            throw new OpenFlowEncodeException($"{mod.Properties[0]} of a port cannot be expressed in OpenFlow 1.0");
        }

        var advertise = mod.Advertise ?? 0;
        var bits = Port10.FeaturesToWire(advertise);
        if (Port10.FeaturesFromWire(bits) != advertise)
        {
            throw new OpenFlowEncodeException($"port features {advertise & ~Port10.FeaturesFromWire(bits)} cannot be expressed in OpenFlow 1.0");
        }

        writer.Write(Port10.ToWire(mod.Port));
        writer.Write(mod.HardwareAddress);
        writer.Write((uint)mod.Configuration);
        writer.Write((uint)mod.Mask);
        writer.Write(bits);
        writer.WriteZeros(4);
    }

    public static PortMod ReadPortMod(ref OpenFlowReader reader)
    {
        var mod = new PortMod
        {
            Port = Port10.FromWire(reader.ReadUInt16()),
            HardwareAddress = reader.ReadHardwareAddress(),
            Configuration = (PortConfiguration)reader.ReadUInt32(),
            Mask = (PortConfiguration)reader.ReadUInt32(),
            Advertise = Port10.FeaturesFromWire(reader.ReadUInt32()),
        };
        reader.Skip(4);
        return mod;
    }

    /// <summary>Writes a packet-in, which in 1.0 tells neither table nor cookie, and of the match only the ingress port.</summary>
    public static void Write(ref OpenFlowWriter writer, PacketIn packetIn)
    {
        writer.Write(packetIn.Buffer);
        writer.Write(packetIn.TotalLength);
        writer.Write(Port10.ToWire(packetIn.Match[Oxm.InPort] is { } port ? (uint)port.Value : PortNumber.Any));
        writer.Write((byte)packetIn.Reason);
        writer.WriteZeros(1);
        writer.Write(packetIn.Packet);
    }

    public static PacketIn ReadPacketIn(ref OpenFlowReader reader)
    {
        var packetIn = new PacketIn
        {
            Buffer = reader.ReadUInt32(),
            TotalLength = reader.ReadUInt16(),
            Match = new Match([OxmField.InPort(Port10.FromWire(reader.ReadUInt16()))]),
            Reason = (PacketInReason)reader.ReadByte(),
            Cookie = ulong.MaxValue,
        };
        reader.Skip(1);
        return packetIn with { Packet = reader.ReadRest() };
    }

    public static void Write(ref OpenFlowWriter writer, PacketOut packetOut)
    {
        writer.Write(packetOut.Buffer);

        // "None" was a wildcard then; later versions say that the packet came from the controller.
        writer.Write(Port10.ToWire(packetOut.InPort == PortNumber.Controller ? PortNumber.Any : packetOut.InPort));
        var lengthField = writer.Length;
        writer.Write((ushort)0);
        var start = writer.Length;
        ActionWriter10.Write(ref writer, packetOut.Actions, PacketContext10.Of(packetOut.Packet));
        writer.PatchLength(lengthField, start);
        writer.Write(packetOut.Packet);
    }

    public static PacketOut ReadPacketOut(ref OpenFlowReader reader)
    {
        var buffer = reader.ReadUInt32();
        var port = Port10.FromWire(reader.ReadUInt16());
        var actions = reader.Take(reader.ReadUInt16());
        var packet = reader.ReadRest();
        return new PacketOut
        {
            Buffer = buffer,
            InPort = port == PortNumber.Any ? PortNumber.Controller : port,
            Actions = ActionReader10.Read(ref actions, PacketContext10.Of(packet)),
            Packet = packet,
        };
    }
}
