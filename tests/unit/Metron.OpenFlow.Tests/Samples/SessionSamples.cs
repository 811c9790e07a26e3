namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Messages about the connection, the switch as a whole, ports, tables, packets and bundles.</summary>
internal static class SessionSamples
{
    private static readonly EquatableArray<OpenFlowProperty> ExperimenterProperty = [new(0xffff, [0x00, 0x00, 0x23, 0x20, 0x00, 0x00, 0x00, 0x09, 0x77])];

    public static IEnumerable<Sample> All(OpenFlowVersion version)
    {
        var is14 = version >= OpenFlowVersion.OpenFlow14;
        foreach (var sample in Session().Concat(Errors(is14)).Concat(Ports(version)).Concat(Packets(is14)).Concat(Bundles(is14)).Concat(Roles(is14)))
        {
            yield return sample;
        }
    }

    private static IEnumerable<Sample> Session()
    {
        yield return new("hello-bitmap", Hello.WithVersions(VersionSet.Default));
        yield return new("hello-bare", new Hello([]));
        yield return new("hello-unknown-element", new Hello([new(2, [0xaa]), HelloElement.VersionBitmap(VersionSet.Default)]));
        yield return new("echo-request", new EchoRequest([1, 2, 3, 4, 5]));
        yield return new("echo-reply", new EchoReply([6, 7, 8]));
        yield return new("barrier-request", new BarrierRequest());
        yield return new("barrier-reply", new BarrierReply());
        yield return new("experimenter", new ExperimenterMessage(0x00beef01, 0x00000203, [0xde, 0xad]), OvsReads: false);
        yield return new("features-request", new FeaturesRequest());
        yield return new("features-reply", new FeaturesReply
        {
            DatapathId = 0x0102030405060708,
            BufferCount = 257,
            TableCount = 254,
            AuxiliaryId = 3,
            Capabilities = SwitchCapabilities.FlowStatistics | SwitchCapabilities.GroupStatistics | SwitchCapabilities.PortBlocked,
            Reserved = 0x0a0b0c0d,
        });
        yield return new("get-config-request", new GetConfigRequest());
        yield return new("get-config-reply", new GetConfigReply(FragmentTreatment.Drop, 0x1234));
        yield return new("set-config", new SetConfig(FragmentTreatment.Reassemble, 0xffe5));
        yield return new("unknown-type", new UnknownMessage((MessageType)77, [9, 8, 7, 6]), OvsReads: false);
    }

    private static IEnumerable<Sample> Errors(bool is14)
    {
        var refused = OpenFlowCodec.Encode(new SetConfig(FragmentTreatment.Normal, 5), is14 ? OpenFlowVersion.OpenFlow14 : OpenFlowVersion.OpenFlow13, 0x11);
        yield return new("error-hello-failed", new ErrorMessage(OpenFlowErrorCode.HelloIncompatible, [.. "no common version"u8]));
        yield return new("error-table-full", new ErrorMessage(OpenFlowErrorCode.FlowTableFull, [.. refused]));
        yield return new("error-unknown-code", new ErrorMessage(new OpenFlowErrorCode(2, 99), [.. refused]), OvsReads: false);
        yield return is14
            ? new("error-bundle", new ErrorMessage(OpenFlowErrorCode.BundleMessageFailed, [.. refused]))
            : new("error-bundle-onf", new ErrorMessage(new OpenFlowErrorCode(0xffff, 2313, ExperimenterNumber.Onf), [.. refused]));
        yield return new("error-experimenter", new ErrorMessage(new OpenFlowErrorCode(0xffff, 12, ExperimenterNumber.Nicira), [.. refused]));
    }

    private static IEnumerable<Sample> Ports(OpenFlowVersion version)
    {
        var is14 = version >= OpenFlowVersion.OpenFlow14;
        yield return new("port-status", new PortStatus(PortStatusReason.Modify, Port(version, 7)));
        yield return new("port-mod", new PortMod
        {
            Port = 0x11,
            HardwareAddress = HardwareAddress.Parse("0a:1b:2c:3d:4e:5f"),
            Configuration = PortConfiguration.Down | PortConfiguration.NoForward,
            Mask = PortConfiguration.Down | PortConfiguration.NoForward | PortConfiguration.NoPacketIn,
            Advertise = PortFeatures.FullDuplex10Gb | PortFeatures.Copper,
            Properties = is14 ? ExperimenterProperty : default,
        }, OvsReads: !is14);
        var settings = new TableSettings { Table = 4, Configuration = TableConfiguration.Eviction };
        yield return new("table-mod", new TableMod(is14
            ? settings with { EvictionFlags = 6, Vacancy = new TableVacancy(20, 80, 55), Properties = ExperimenterProperty }
            : settings), OvsReads: false);
        yield return new("table-mod-all", new TableMod(settings with { Table = TableNumber.All, Configuration = TableConfiguration.None }));
    }

    /// <summary>A port with a different value in every field; the number sets it apart from others.</summary>
    public static PortDescription Port(OpenFlowVersion version, uint number) => new()
    {
        Number = number,
        HardwareAddress = new HardwareAddress(0x020000000000UL + (number & 0xffff)),
        Name = $"veth{number}",
        Configuration = PortConfiguration.NoReceive,
        State = PortState.LinkDown | PortState.Live,
        Ethernet = new EthernetPort(
            PortFeatures.FullDuplex1Gb | PortFeatures.Copper,
            PortFeatures.FullDuplex10Gb | PortFeatures.Fiber,
            PortFeatures.FullDuplex40Gb | PortFeatures.AutoNegotiation,
            PortFeatures.FullDuplex100Gb | PortFeatures.Pause,
            1_000_000 + number,
            40_000_000 + number),
        Properties = version >= OpenFlowVersion.OpenFlow14 && number == 9 ? [new(1, [.. Enumerable.Range(0, 36).Select(i => (byte)i)])] : default,
    };

    private static IEnumerable<Sample> Packets(bool is14)
    {
        yield return new("packet-in", new PacketIn
        {
            Buffer = 0x00c0ffee,
            TotalLength = 1514,
            Reason = is14 ? PacketInReason.Group : PacketInReason.InvalidTtl,
            Table = 5,
            Cookie = 0x1122334455667788,
            Match = Match.Of(OxmField.InPort(6), OxmField.Metadata(0x99)),
            Packet = [.. Enumerable.Range(0, 60).Select(i => (byte)i)],
        });
        yield return new("packet-in-unbuffered", new PacketIn { TotalLength = 60, Match = Match.Of(OxmField.InPort(1)), Packet = [.. new byte[60]] });
        yield return new("packet-out", new PacketOut
        {
            InPort = 3,
            Actions = [new SetQueueAction(8), new OutputAction(9)],
            Packet = [.. Enumerable.Range(100, 64).Select(i => (byte)i)],
        });
        yield return new("packet-out-buffered", new PacketOut { Buffer = 0x77, Actions = [new OutputAction(PortNumber.Table)] });
    }

    private static IEnumerable<Sample> Bundles(bool is14)
    {
        foreach (var kind in Enum.GetValues<BundleControlKind>())
        {
            yield return new($"bundle-{kind}", new BundleControl(0x1001 + (uint)kind, kind, (BundleFlags)((int)kind % 4)));
        }

        yield return new(
            "bundle-control-property",
            new BundleControl(0x2002, BundleControlKind.OpenRequest, BundleFlags.Atomic, ExperimenterProperty),
            OvsReads: false);
        yield return new("bundle-add-flow", new BundleAddMessage(0x3003, BundleFlags.Ordered, FlowSamples.TcpRule(is14)));
        yield return new(
            "bundle-add-group",
            new BundleAddMessage(0x4004, BundleFlags.Atomic | BundleFlags.Ordered, new GroupMod(GroupModCommand.Delete, GroupKind.All, GroupNumber.All)));
        yield return new(
            "bundle-add-property",
            new BundleAddMessage(0x5005, BundleFlags.Ordered, new PortMod { Port = 1, Advertise = PortFeatures.Copper }, ExperimenterProperty),
            OvsReads: false);
    }

    private static IEnumerable<Sample> Roles(bool is14)
    {
        foreach (var role in Enum.GetValues<ControllerRole>())
        {
            yield return new($"role-request-{role}", new RoleRequest(role, 0x0102030405060700 + (ulong)role));
        }

        yield return new("role-reply", new RoleReply(ControllerRole.Slave, 0x99));
        var all = Enum.GetValues<AsyncKind>().Take(is14 ? 12 : 6).Select(kind => new AsyncMask(kind, 1U + (uint)kind)).ToEquatableArray();
        yield return new("get-async-request", new GetAsyncRequest());
        yield return new("get-async-reply", new GetAsyncReply(new AsyncConfiguration(all)));
        yield return new("set-async", new SetAsync(new AsyncConfiguration(all, is14 ? ExperimenterProperty : default)), OvsReads: !is14);
        if (is14)
        {
            yield return new("role-status", new RoleStatus { Role = ControllerRole.Slave, Reason = RoleStatusReason.Configuration, GenerationId = 42 });
            yield return new(
                "role-status-property",
                new RoleStatus { Role = ControllerRole.Equal, Reason = RoleStatusReason.Experimenter, GenerationId = 43, Properties = ExperimenterProperty },
                OvsReads: false);
        }
    }
}
