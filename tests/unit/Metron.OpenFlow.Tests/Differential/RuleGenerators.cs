namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Messages that change rules and groups, or tell that one is gone.</summary>
internal static class RuleGenerators
{
    private const ulong LargestCookie = ulong.MaxValue - 1;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("flow-mod", Flow),
        new("flow-delete", Deletion),
        new("flow-removed", Removed),
        new("group-mod", (draw, _) => Group(draw), OpenFlowVersion.OpenFlow13),
        new("bundle-control", (draw, _) => Bundle(draw), OpenFlowVersion.OpenFlow13),
        new("bundle-add", BundleAdd, OpenFlowVersion.OpenFlow13),
    ];

    public static FlowMod Rule(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var match = RuleParts.Match(draw, version);
        var table = is10 ? (byte)0 : draw.Byte(0, 254);
        return new FlowMod
        {
            Cookie = draw.Number(0, LargestCookie),
            Table = table,
            IdleTimeoutSeconds = draw.UInt16(),
            HardTimeoutSeconds = draw.UInt16(),
            Priority = draw.UInt16(),
            Flags = is10
                ? draw.Flags(FlowModFlags.SendFlowRemoved, FlowModFlags.CheckOverlap)
                : draw.Flags(FlowModFlags.SendFlowRemoved, FlowModFlags.CheckOverlap, FlowModFlags.NoPacketCounts, FlowModFlags.NoByteCounts, FlowModFlags.ResetCounts),
            Importance = version >= OpenFlowVersion.OpenFlow14 ? draw.UInt16() : (ushort)0,
            Match = match,
            Instructions = RuleParts.Instructions(draw, version, match, table),
        };
    }

    private static Generated Flow(Draw draw, OpenFlowVersion version)
    {
        var rule = Rule(draw, version) with { Command = draw.Pick(FlowModCommand.Add, FlowModCommand.Add, FlowModCommand.Modify, FlowModCommand.ModifyStrict) };
        rule = draw.Once(6) ? rule with { Buffer = draw.UInt32(0, 0xffff) } : rule;
        rule = rule.Command != FlowModCommand.Add && version > OpenFlowVersion.OpenFlow10 && draw.Coin() ? rule with { CookieMask = draw.Number(1, ulong.MaxValue) } : rule;
        return new(rule, Facts: Facts(rule, version));
    }

    private static Generated Deletion(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var rule = new FlowMod
        {
            Command = draw.Pick(FlowModCommand.Delete, FlowModCommand.DeleteStrict),
            Cookie = draw.Number(1, LargestCookie),
            CookieMask = is10 ? 0 : draw.Number(1, ulong.MaxValue),
            Table = is10 || draw.Coin() ? TableNumber.All : draw.Byte(0, 254),
            Priority = draw.UInt16(),
            OutPort = draw.Coin() ? PortNumber.Any : draw.UInt32(1, 0xfeff),
            OutGroup = is10 || draw.Coin() ? GroupNumber.Any : draw.UInt32(1, 0xffff),
            Match = RuleParts.Match(draw, version),
        };
        return new(rule, Facts: Facts(rule, version));
    }

    private static EquatableArray<string> Facts(FlowMod rule, OpenFlowVersion version)
    {
        // Open vSwitch leaves out what has no effect: since 1.1 a modification keeps the cookie, and it never takes an importance.
        var isModification = rule.Command is FlowModCommand.Modify or FlowModCommand.ModifyStrict;
        var setsCookie = !isModification || version == OpenFlowVersion.OpenFlow10;
        var facts = new List<string>
        {
            rule.Command switch
            {
                FlowModCommand.Add => "): ADD ",
                FlowModCommand.Modify => "): MOD ",
                FlowModCommand.ModifyStrict => "): MOD_STRICT ",
                FlowModCommand.Delete => "): DEL ",
                _ => "): DEL_STRICT ",
            },
        };
        Add(rule.CookieMask == 0 && rule.Cookie != 0 && setsCookie, $"cookie:0x{rule.Cookie:x}");
        Add(rule.CookieMask != 0, $"cookie:0x{rule.Cookie:x}/0x{rule.CookieMask:x}");
        Add(rule.Priority != FlowMod.DefaultPriority, $"priority={rule.Priority}");
        Add(rule.IdleTimeoutSeconds != 0, $"idle:{rule.IdleTimeoutSeconds}");
        Add(rule.HardTimeoutSeconds != 0, $"hard:{rule.HardTimeoutSeconds}");
        Add(rule.OutPort != PortNumber.Any, $"out_port:{rule.OutPort}");
        Add(rule.Importance != 0 && !isModification, $"importance:{rule.Importance}");
        Add(rule.Table is not 0 and not TableNumber.All, $"table:{rule.Table}");
        return facts.ToEquatableArray();

        void Add(bool applies, string fact)
        {
            if (applies)
            {
                facts.Add(fact);
            }
        }
    }

    private static Generated Removed(Draw draw, OpenFlowVersion version)
    {
        var is10 = version == OpenFlowVersion.OpenFlow10;
        var removed = new FlowRemoved
        {
            Cookie = draw.Number(1, LargestCookie),
            Priority = draw.UInt16(),
            Reason = draw.Pick(FlowRemovedReason.IdleTimeout, FlowRemovedReason.HardTimeout, FlowRemovedReason.Delete),
            Table = is10 ? (byte)0 : draw.Byte(0, 254),
            Age = new FlowAge(draw.UInt32(0, 0x7fffffff), draw.UInt32(0, 999) * 1_000_000),
            IdleTimeoutSeconds = draw.UInt16(),
            HardTimeoutSeconds = is10 ? (ushort)0 : draw.UInt16(),
            PacketCount = draw.Number(0, 1UL << 62),
            ByteCount = draw.Number(0, 1UL << 62),
            Match = RuleParts.Match(draw, version),
        };
        return new(removed, Facts:
        [
            $"cookie:0x{removed.Cookie:x}", $"pkts{removed.PacketCount} bytes{removed.ByteCount}", $"duration{removed.Age.Seconds}",
            removed.Reason switch { FlowRemovedReason.IdleTimeout => "reason=idle", FlowRemovedReason.HardTimeout => "reason=hard", _ => "reason=delete" },
            removed.IdleTimeoutSeconds == 0 ? "" : $"idle{removed.IdleTimeoutSeconds}",
        ]);
    }

    private static Generated Group(Draw draw)
    {
        var kind = draw.Pick(GroupKind.All, GroupKind.Select, GroupKind.Indirect, GroupKind.FastFailover);
        var buckets = kind == GroupKind.Indirect ? [Bucket(draw, kind)] : draw.List(4, d => Bucket(d, kind));
        var mod = new GroupMod(draw.Pick(GroupModCommand.Add, GroupModCommand.Modify), kind, draw.UInt32(0, GroupNumber.Maximum), buckets);
        return new(mod, Facts:
        [
            mod.Command == GroupModCommand.Add ? "ADD" : "MOD",
            $"group_id={mod.Group},type={kind switch { GroupKind.All => "all", GroupKind.Select => "select", GroupKind.Indirect => "indirect", _ => "ff" }}",
            .. buckets.Where(bucket => bucket.Weight > 0).Select(bucket => $"weight:{bucket.Weight}"),
        ]);
    }

    private static Bucket Bucket(Draw draw, GroupKind kind) => new()
    {
        Weight = kind == GroupKind.Select ? draw.UInt16() : (ushort)0,
        WatchPort = kind == GroupKind.FastFailover ? draw.UInt32(1, 0xfeff) : PortNumber.Any,
        Actions = [new SetFieldAction(OxmField.EthernetSource(draw.Hardware())), new OutputAction(draw.UInt32(1, 0xfeff))],
    };

    private static Generated Bundle(Draw draw)
    {
        var control = new BundleControl(
            draw.UInt32(0, uint.MaxValue),
            (BundleControlKind)draw.Count(7),
            draw.Flags(BundleFlags.Atomic, BundleFlags.Ordered));
        return new(control, Facts: [BundleFact(control.Bundle), $"type={BundleWire.KindName(control.Kind)}", $"flags={BundleWire.FlagNames(control.Flags)}"]);
    }

    private static string BundleFact(uint bundle) => bundle == 0 ? "bundle_id=0 " : $"bundle_id=0x{bundle:x} ";

    private static Generated BundleAdd(Draw draw, OpenFlowVersion version)
    {
        var rule = Rule(draw, version);
        var add = new BundleAddMessage(draw.UInt32(0, uint.MaxValue), BundleFlags.Atomic | BundleFlags.Ordered, rule);
        return new(add, Facts: [BundleFact(add.Bundle), .. Facts(rule, version)]);
    }
}
