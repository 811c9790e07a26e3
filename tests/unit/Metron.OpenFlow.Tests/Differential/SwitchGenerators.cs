namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Messages about the connection, the switch, its ports and packets.</summary>
internal static class SwitchGenerators
{
    private const PortFeatures FeaturesOf10 = (PortFeatures)0xf87f;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("hello", (draw, _) => new(draw.Coin() ? new Hello([]) : Hello.WithVersions(new VersionSet(draw.UInt32(2, 0x7e) & 0x7e | 2)))),
        new("echo", (draw, _) => Echo(draw)),
        new("barrier", (draw, _) => new(draw.Coin() ? new BarrierRequest() : new BarrierReply())),
        new("features-request", (_, _) => new(new FeaturesRequest())),
        new("features", Features),
        new("config", (draw, _) => Config(draw)),
        new("experimenter", (draw, _) => new(new ExperimenterMessage(0x00beef00 + draw.UInt32(0, 255), draw.UInt32(0, 99), draw.Bytes(draw.Count(9))), OvsReads: false)),
        new("error", Error),
        new("port-status", PortStatus),
        new("port-mod", PortMod),
        new("packet-in", PacketIn),
        new("packet-out", PacketOut),
        new("role", (draw, _) => Role(draw), OpenFlowVersion.OpenFlow13),
        new("role-status", (draw, _) => RoleStatus(draw), OpenFlowVersion.OpenFlow14),
    ];

    private static Generated Echo(Draw draw)
    {
        var payload = draw.Bytes(draw.Count(70));
        return new(draw.Coin() ? new EchoRequest(payload) : new EchoReply(payload), Facts: [$"{payload.Count} bytes of payload"]);
    }

    private static Generated Features(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var features = new FeaturesReply
        {
            DatapathId = draw.Number(0, ulong.MaxValue >> 1),
            BufferCount = draw.UInt32(0, uint.MaxValue),
            TableCount = draw.Byte(),
            AuxiliaryId = is10 ? (byte)0 : draw.Byte(),
            Capabilities = draw.Flags(SwitchCapabilities.FlowStatistics, SwitchCapabilities.PortStatistics, SwitchCapabilities.IpReassembly),
            Actions = is10 ? draw.UInt32(0, 0xfff) : 0,
            Ports = is10 ? draw.List(3, d => Port(d, version)) : default,
        };
        return new(features, Facts: [$"dpid:{features.DatapathId:x16}", $"n_tables:{features.TableCount}, n_buffers:{features.BufferCount}"]);
    }

    private static Generated Config(Draw draw)
    {
        var length = draw.UInt16();
        return draw.Count(2) switch
        {
            0 => new(new GetConfigRequest()),
            1 => new(new GetConfigReply(FragmentTreatment.Drop, length), Facts: [$"frags=drop miss_send_len={length}"]),
            _ => new(new SetConfig(FragmentTreatment.Normal, length), Facts: [$"frags=normal miss_send_len={length}"]),
        };
    }

    private static Generated Error(Draw draw, OpenFlowVersion version)
    {
        var refused = OpenFlowCodec.Encode(new BarrierRequest(), version, draw.UInt32(1, 99));
        var code = draw.Pick(
            OpenFlowErrorCode.FlowTableFull, OpenFlowErrorCode.FlowOverlap, OpenFlowErrorCode.BadLength, OpenFlowErrorCode.BadType,
            new OpenFlowErrorCode(2, 4), new OpenFlowErrorCode(7, 1), new OpenFlowErrorCode(9, 1));
        return new(new ErrorMessage(code, [.. refused]), Facts: [code.Name, "OFPT_BARRIER_REQUEST"]);
    }

    /// <summary>A port of which all fields exist in this version.</summary>
    public static PortDescription Port(Draw draw, OpenFlowVersion version)
    {
        var features = version == OpenFlowVersion.OpenFlow10 ? FeaturesOf10 : (PortFeatures)0xffff;
        return new PortDescription
        {
            Number = RuleParts.Port(draw),
            HardwareAddress = draw.Hardware(),
            Name = draw.Text(15),
            Configuration = draw.Flags(PortConfiguration.Down, PortConfiguration.NoReceive, PortConfiguration.NoForward, PortConfiguration.NoPacketIn),
            State = draw.Flags(PortState.LinkDown),
            Ethernet = new EthernetPort(
                (PortFeatures)(uint)draw.Bits(16) & features,
                (PortFeatures)(uint)draw.Bits(16) & features,
                (PortFeatures)(uint)draw.Bits(16) & features,
                (PortFeatures)(uint)draw.Bits(16) & features,
                draw.UInt32(0, 1_000_000_000),
                draw.UInt32(0, 1_000_000_000)),
        };
    }

    private static string PortFact(PortDescription port) => $"({port.Name}): addr:{port.HardwareAddress}";

    private static Generated PortStatus(Draw draw, OpenFlowVersion version)
    {
        var port = Port(draw, version);
        var reason = draw.Pick(PortStatusReason.Add, PortStatusReason.Delete, PortStatusReason.Modify);
        return new(new PortStatus(reason, port), Facts: [PortFact(port), reason switch { PortStatusReason.Add => "ADD:", PortStatusReason.Delete => "DEL:", _ => "MOD:" }]);
    }

    private static Generated PortMod(Draw draw, OpenFlowVersion version)
    {
        var features = version == OpenFlowVersion.OpenFlow10 ? FeaturesOf10 : (PortFeatures)0xffff;
        var mod = new PortMod
        {
            Port = draw.UInt32(1, 0xfeff),
            HardwareAddress = draw.Hardware(),
            Configuration = draw.Flags(PortConfiguration.Down, PortConfiguration.NoForward),
            Mask = PortConfiguration.Down | PortConfiguration.NoForward,
            Advertise = (PortFeatures)(uint)draw.Bits(16) & features,
        };
        return new(mod, Facts: [$"port: {mod.Port}: addr:{mod.HardwareAddress}", "mask:   PORT_DOWN NO_FWD"]);
    }

    private static Generated PacketIn(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var port = draw.UInt32(1, 0xfeff);
        var packet = draw.Frame();
        var packetIn = new PacketIn
        {
            Buffer = draw.Coin() ? BufferNumber.None : draw.UInt32(0, 0xffff),
            TotalLength = draw.UInt16((ushort)packet.Count),
            Reason = draw.Pick(PacketInReason.TableMiss, PacketInReason.Action),
            Table = is10 ? (byte)0 : draw.Byte(0, 253),
            Cookie = is10 ? ulong.MaxValue : draw.Number(1, 1UL << 60),
            Match = is10 || draw.Coin() ? Match.Of(OxmField.InPort(port)) : Match.Of(OxmField.InPort(port), OxmField.Exact(Oxm.TunnelId, 7)),
            Packet = packet,
        };
        List<string> facts = [$"total_len={packetIn.TotalLength}", $"in_port={port}", $"data_len={packet.Count}", packetIn.Buffer == BufferNumber.None ? "(unbuffered)" : $"buffer=0x{packetIn.Buffer:x8}"];
        if (!is10)
        {
            facts.AddRange(packetIn.Table == 0 ? [] : [$"table_id={packetIn.Table}"]);
            facts.Add($"cookie=0x{packetIn.Cookie:x}");
        }

        return new(packetIn, Facts: facts.ToEquatableArray());
    }

    private static Generated PacketOut(Draw draw, OpenFlowVersion version)
    {
        // OVS runs no packet through a group that it does not have, and wants header actions to fit the packet: outputs only.
        var port = draw.UInt32(1, 0xfeff);
        var output = draw.UInt32(1, 0xfeff);
        var packet = draw.Frame();
        return new(
            new PacketOut { InPort = port, Actions = [new SetFieldAction(OxmField.EthernetSource(draw.Hardware())), new OutputAction(output)], Packet = packet },
            Facts: [$"in_port={port} actions=", $"output:{output} data_len={packet.Count}"]);
    }

    private static Generated Role(Draw draw)
    {
        var generation = draw.Number(0, ulong.MaxValue - 1);
        return draw.Coin()
            ? new(new RoleRequest(draw.Pick(ControllerRole.Master, ControllerRole.Slave), generation), Facts: [$"generation_id={generation}"])
            : new(new RoleReply(draw.Pick(ControllerRole.Equal, ControllerRole.Master, ControllerRole.Slave), generation), Facts: [$"generation_id={generation}"]);
    }

    private static Generated RoleStatus(Draw draw)
    {
        var generation = draw.Number(0, ulong.MaxValue - 1);
        return new(
            new RoleStatus { Role = ControllerRole.Slave, Reason = draw.Pick(RoleStatusReason.MasterRequest, RoleStatusReason.Configuration), GenerationId = generation },
            Facts: [$"generation_id={generation}"]);
    }
}
