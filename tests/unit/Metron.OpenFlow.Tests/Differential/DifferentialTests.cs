using System.Text;
using Metron.OpenFlow.Tests.OpenVSwitch;
using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Differential;

/// <summary>
/// Random messages of every kind and version, read by two independent implementations: Open vSwitch's <c>ovs-ofctl</c> and
/// Wireshark's tshark. Set METRON_LONG_TESTS=1 for many more of them.
/// </summary>
public sealed class DifferentialTests
{
    private const int Seed = 20_260;
    private static readonly int PerGenerator = Environment.GetEnvironmentVariable("METRON_LONG_TESTS") == "1" ? 1000 : 40;

    private static readonly string[] Ignorable = ["nw_src=", "nw_dst=", "nw_proto=", "nw_tos=", "tp_src=", "tp_dst=", "dl_vlan_pcp="];

    private static readonly string[] Complaints = ["decode error", "unknown data in hello"];

    // Compared as samples: by tshark below, by ovs-ofctl in the golden files.
    private static readonly Type[] OnlySamples =
    [
        typeof(FlowMonitorRequest), typeof(FlowMonitorReply), typeof(TableStatus), typeof(RequestForward), typeof(FlowCountersRequest),
        typeof(FlowCountersReply), typeof(ControllerStatusMessage), typeof(ControllerStatusRequest), typeof(ControllerStatusReply),
        typeof(BundleFeaturesRequest), typeof(BundleFeaturesReply),
    ];

    public static TheoryData<OpenFlowVersion> Versions => [.. Sample.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Every_kind_of_message_is_generated(OpenFlowVersion version)
    {
        var generated = Messages(version).Select(message => message.Generated.Message.GetType()).ToHashSet();
        var known = Sample.All(version).Select(sample => sample.Message.GetType()).Where(type => !type.Name.StartsWith("Unknown", StringComparison.Ordinal));
        Assert.Empty(known.Except(generated).Except(OnlySamples));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_generated_message_survives_the_round_trip(OpenFlowVersion version) =>
        Assert.All(Messages(version), message =>
        {
            var frame = OpenFlowCodec.Decode(message.Bytes);
            Assert.Equal(message.Bytes, OpenFlowCodec.Encode(frame.Message, version, frame.TransactionId));
            Assert.DoesNotContain(frame.ToString(), char.IsControl);
        });

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public void Ovs_ofctl_reads_every_message_and_the_same_values(OpenFlowVersion version)
    {
        var messages = Messages(version).Where(message => message.Generated.OvsReads).ToList();
        var (texts, log) = OvsBatch.Print([.. messages.Select(message => message.Bytes)]);
        var problems = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            var facts = messages[i].Generated.Facts;
            var missing = facts.Where(fact => !texts[i].Contains(fact, StringComparison.Ordinal)).ToList();
            if (missing.Count > 0 || texts[i].Contains("decode error", StringComparison.Ordinal) || !texts[i].Contains($"(xid=0x{messages[i].Transaction:x})", StringComparison.Ordinal))
            {
                problems.Append($"{messages[i]}\n  {texts[i]}\n  lacks: {string.Join(" | ", missing)}\n");
            }
        }

        Assert.True(problems.Length == 0, Cut(problems, log));
        Assert.Equal("", log);
    }

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public void The_text_of_a_rule_means_the_same_to_ovs_ofctl_as_its_bytes(OpenFlowVersion version)
    {
        var rules = Messages(version).Select(message => message.Generated.Message).OfType<FlowMod>()
            .Concat(Messages(version).Select(message => message.Generated.Message).OfType<FlowStatsReply>().SelectMany(reply => reply.Flows).Select(flow => flow.ToFlowMod()))
            .Where(rule => rule.Command < FlowModCommand.Delete && IsInItsNotation(rule, version))
            .Select(rule => rule with { Command = FlowModCommand.Add, CookieMask = 0, Buffer = BufferNumber.None })
            .ToList();
        Assert.NotEmpty(rules);
        var (fromBytes, _) = OvsBatch.Print([.. rules.Select(rule => OpenFlowCodec.Encode(rule, version, 1))]);
        var fromText = OvsBatch.ParseRules(version, [.. rules.Select(rule => rule.ToString()["OFPT_FLOW_MOD: ADD ".Length..])]);
        Assert.Equal(fromBytes.Select(OvsBatch.WithoutTransaction), fromText);
    }

    [TsharkTheory]
    [MemberData(nameof(Versions))]
    public void Tshark_finds_nothing_malformed_and_the_same_values(OpenFlowVersion version)
    {
        var messages = Messages(version)
            .Concat(Sample.All(version).Where(sample => sample.OvsReads || TsharkGaps.Standard.Contains(sample.Name)).Select(sample => new Message(sample.Name, new Generated(sample.Message), sample.Encode(version), Sample.TransactionId)))
            .Where(message => message.Bytes.Length <= Tshark.LongestMessage)
            .ToList();
        var dissections = Tshark.Dissect([.. messages.Select(message => message.Bytes)], TsharkFields.Names(version));
        var problems = new StringBuilder();
        foreach (var (message, found) in messages.Zip(dissections))
        {
            var wrong = TsharkFields.Of(message.Generated.Message, version, message.Bytes, message.Transaction)
                .Where(field => found.Fields.GetValueOrDefault(field.Key) != field.Value || !found.Fields.ContainsKey(field.Key))
                .Select(field => $"{field.Key} is {(found.Fields.TryGetValue(field.Key, out var value) ? value : "missing")}, not {field.Value}")
                .ToList();
            var complains = found.Complaints.Length > 0 && TsharkGaps.Reason(message.Generated.Message, version) is null;
            if (complains || wrong.Count > 0)
            {
                problems.Append($"{message}\n  {found.Complaints} {string.Join(", ", wrong)}\n");
            }
        }

        Assert.True(problems.Length == 0, Cut(problems, ""));
    }

    /// <summary>What this decoder reads of damaged bytes, and writes again, is to Open vSwitch what it read of the damaged bytes.</summary>
    [OvsTheory]
    [MemberData(nameof(Versions))]
    public void A_damaged_message_that_is_read_still_means_what_ovs_ofctl_reads(OpenFlowVersion version)
    {
        var random = new Random(Seed);
        var originals = Messages(version).Select(message => message.Bytes).ToList();
        var pairs = new List<(byte[] Damaged, byte[] Again)>();
        foreach (var original in originals)
        {
            var damaged = Damage(original, random);
            if (OpenFlowCodec.TryDecode(damaged, out var frame, out _) && frame.Message is not BarrierRequest && !HasReservedBit(damaged, version))
            {
                pairs.Add((damaged, OpenFlowCodec.Encode(frame.Message, version, frame.TransactionId)));
            }
        }

        Assert.InRange(pairs.Count, originals.Count / 10, originals.Count);
        var (before, _) = OvsBatch.Print([.. pairs.Select(pair => pair.Damaged)]);
        var (after, _) = OvsBatch.Print([.. pairs.Select(pair => pair.Again)]);
        var problems = new StringBuilder();
        for (var i = 0; i < pairs.Count; i++)
        {
            if (!IsSame(before[i], after[i], version) && !Complaints.Any(before[i].Contains))
            {
                problems.Append($"{Convert.ToHexStringLower(pairs[i].Damaged)}\n  {before[i]}\n{Convert.ToHexStringLower(pairs[i].Again)}\n  {after[i]}\n");
            }
        }

        Assert.True(problems.Length == 0, Cut(problems, ""));
    }

    /// <summary>In 1.0 this decoder leaves out what the standard says to ignore, such as ports of no protocol; <c>ovs-ofctl</c> prints it.</summary>
    private static bool IsSame(string before, string after, OpenFlowVersion version)
    {
        if (version != OpenFlowVersion.OpenFlow10)
        {
            return before == after;
        }

        var had = before.Split(' ', ',', '\n');
        var has = after.Split(' ', ',', '\n');
        return !has.Except(had).Any() && had.Except(has).All(item => Ignorable.Any(name => item.StartsWith(name, StringComparison.Ordinal)));
    }

    /// <summary>The standard reserves a bit of statistics fields; this decoder ignores it, Open vSwitch then ignores the field.</summary>
    private static bool HasReservedBit(byte[] bytes, OpenFlowVersion version) =>
        version >= OpenFlowVersion.OpenFlow15
        && Enumerable.Range(0, bytes.Length - 2).Any(i => bytes[i] == 0x80 && bytes[i + 1] == 2 && (bytes[i + 2] & 1) != 0);

    private static byte[] Damage(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Length > OpenFlowCodec.HeaderLength; edits--)
        {
            var at = random.Next(OpenFlowCodec.HeaderLength, bytes.Length);
            bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(bytes[at] ^ (1 << random.Next(8)));
        }

        return bytes;
    }

    /// <summary>In 1.0 some words of later versions, which our text uses, mean an extension to <c>ovs-ofctl</c>.</summary>
    private static bool IsInItsNotation(FlowMod rule, OpenFlowVersion version) =>
        version != OpenFlowVersion.OpenFlow10
        || !(rule.Match[Oxm.IpProtocol]?.Value == 132
            || rule.Match[Oxm.VlanId] is { HasMask: true }
            || rule.Instructions.OfType<ApplyActionsInstruction>().SelectMany(apply => apply.Actions).Any(action => action is PushVlanAction));

    private static List<Message> Messages(OpenFlowVersion version)
    {
        var messages = new List<Message>();
        foreach (var generator in Generator.For(version))
        {
            var draw = new Draw(Seed + (byte)version);
            for (var i = 0; i < PerGenerator; i++)
            {
                var generated = generator.Create(draw, version);
                var transaction = draw.UInt32(1, uint.MaxValue);
                messages.Add(new Message(generator.Name, generated, OpenFlowCodec.Encode(generated.Message, version, transaction), transaction));
            }
        }

        return messages;
    }

    private static string Cut(StringBuilder problems, string log) =>
        (problems.Length <= 6000 ? problems.ToString() : problems.ToString(0, 6000)) + log[..Math.Min(log.Length, 2000)];

    private sealed record Message(string Name, Generated Generated, byte[] Bytes, uint Transaction)
    {
        public override string ToString() => $"{Name}: {Generated.Message}\n  {Convert.ToHexStringLower(Bytes.AsSpan(0, Math.Min(Bytes.Length, 400)))}";
    }
}
